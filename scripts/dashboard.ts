// `node scripts/dashboard.ts`: writes scripts/ops/grafana/dashboard.json, as scripts/ops/dashboard.ts describes it.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { grafanaDashboard } from './ops/dashboard.ts';

const file = path.join(import.meta.dirname, 'ops/grafana/dashboard.json');
writeFileSync(file, JSON.stringify(grafanaDashboard()));
spawnSync(path.join(import.meta.dirname, '../node_modules/.bin/biome'), ['format', '--write', file], {
  stdio: 'inherit',
});
