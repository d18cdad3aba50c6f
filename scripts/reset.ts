// `npm run reset`: removes what the local server keeps.
import { existsSync, rmSync } from 'node:fs';
import { defaultStateDir, stateHolder } from './state.ts';
import { runCommand, UserError } from './user-error.ts';

await runCommand(async () => {
  const stateDir = defaultStateDir();
  if (!existsSync(stateDir)) return console.log(`nothing to remove: ${stateDir} does not exist`);
  const holder = stateHolder(stateDir);
  if (holder !== null) throw new UserError(`process ${holder} runs a server on ${stateDir}; stop it first.`);
  rmSync(stateDir, { recursive: true, force: true });
  console.log(`removed ${stateDir}`);
});
