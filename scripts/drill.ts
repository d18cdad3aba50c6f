// `npm run drill -- NAME [ARGS]`: rehearses on a real server what must not go wrong. Figures on stdout, one JSON object a
// line; what went wrong on stderr. Exits with 1 if anything did.

import type { Report } from '../test/bench/report.ts';
import { archive } from '../test/drills/archive.ts';
import { chaos } from '../test/drills/chaos.ts';
import { diskFull } from '../test/drills/disk-full.ts';
import { embedderFailing, kvFailing } from '../test/drills/failing.ts';
import { fuzz } from '../test/drills/fuzz.ts';
import { objectLost, postgresLost } from '../test/drills/lost.ts';
import { originKilled } from '../test/drills/origin-killed.ts';
import { outage } from '../test/drills/outage.ts';
import { rollback } from '../test/drills/rollback.ts';
import { twoWriters } from '../test/drills/two-writers.ts';
import { vectors } from '../test/drills/vectors.ts';
import { runCommand, UserError } from './user-error.ts';

/** Takes its own arguments; answers what went wrong, a line each. */
type Drill = (args: readonly string[], report: Report) => Promise<string[]>;

const DRILLS: Record<string, Drill> = {
  fuzz,
  chaos,
  outage,
  archive,
  vectors,
  rollback,
  'two-writers': twoWriters,
  'origin-killed': originKilled,
  'kv-failing': kvFailing,
  'embedder-failing': embedderFailing,
  'disk-full': diskFull,
  'object-lost': objectLost,
  'postgres-lost': postgresLost,
};

await runCommand(async () => {
  const [name = '', ...args] = process.argv.slice(2);
  const drill = Object.hasOwn(DRILLS, name) ? DRILLS[name] : undefined;
  if (!drill) throw new UserError(`npm run drill -- ${Object.keys(DRILLS).join(' | ')} [ARGS]`);
  const wrong = await drill(args, (metric) => console.log(JSON.stringify({ suite: `drill/${name}`, ...metric })));
  for (const line of wrong) console.error(`drill ${name}: ${line}`);
  console.error(`drill ${name}: ${wrong.length === 0 ? 'ok' : 'FAILED'}`);
  process.exit(wrong.length === 0 ? 0 : 1);
});
