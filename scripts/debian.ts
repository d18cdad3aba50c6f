import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { UserError } from './user-error.ts';

export interface DebianTool {
  /** name of the Debian package that has it */
  package: string;
  /** a program's name, looked up on PATH first; or a path inside the package (a file or a folder; `.`: all of it), never on PATH */
  binary: string;
  /** another suite than the machine's own (`trixie`, `bookworm-backports`), from the mirror that the machine uses */
  suite?: string;
  /** packages unpacked into the same folder: libraries that the tool needs */
  also?: readonly string[];
  /** where packages are unpacked; default: `.build/debian` in the repository */
  home?: string;
}

const HOME = path.join(import.meta.dirname, '../.build/debian');
const PROGRAM_FOLDERS = ['usr/bin', 'usr/sbin', 'bin', 'sbin', 'usr/games'];

/**
 * The absolute path of a program (or folder) of Debian: what is on PATH, else what `apt-get download` and `dpkg -x` bring.
 * Nothing is installed, no service starts, no root is needed and the machine's own package lists stay as they are.
 *
 * @throws UserError when it is neither on PATH nor to be had
 */
export function debianTool(tool: DebianTool): string {
  const found = isProgram(tool) ? onPath(tool.binary) : null;
  if (found) return found;
  const folder = path.join(tool.home ?? HOME, [tool.package, tool.suite].filter(Boolean).join('_'));
  if (!existsSync(folder)) unpack(tool, folder);
  const inside = isProgram(tool) ? PROGRAM_FOLDERS.map((bin) => path.join(bin, tool.binary)) : [tool.binary];
  const there = inside.map((file) => path.join(folder, file)).find((file) => existsSync(file));
  if (!there) throw new UserError(`Debian's package ${tool.package} has no ${tool.binary} (looked in ${folder}).`);
  return there;
}

const isProgram = (tool: DebianTool) => !tool.binary.includes('/') && tool.binary !== '.';

function onPath(name: string): string | null {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter).filter(Boolean)) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not in this folder
    }
  }
  return null;
}

/** Unpacks beside, then renames: who finds the folder finds all of it, also when two processes do this at once. */
function unpack(tool: DebianTool, folder: string): void {
  mkdirSync(path.dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.new-`);
  try {
    const archives = download(tool, work);
    const root = path.join(work, 'root');
    for (const archive of archives) must(tool, run('dpkg', ['-x', archive, root], work));
    if (!existsSync(folder)) renameSync(root, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @returns the packages' files */
function download(tool: DebianTool, work: string): string[] {
  const archives = path.join(work, 'archives');
  mkdirSync(archives);
  // as the caller: `_apt`, which root's apt-get would become, cannot write here
  const fetch = ['-q', '-o', 'APT::Sandbox::User=root', 'download', tool.package, ...(tool.also ?? [])];
  if (tool.suite || run('apt-get', fetch, archives) !== null) {
    const lists = ownLists(tool, work);
    must(tool, run('apt-get', [...lists, '-q', '-o', 'APT::Sandbox::User=root', 'update'], work));
    must(tool, run('apt-get', [...lists, ...fetch], archives));
  }
  return readdirSync(archives).map((name) => path.join(archives, name));
}

/** Options that give apt-get package lists of its own, which may be fetched without being root. */
function ownLists(tool: DebianTool, work: string): string[] {
  const lists = path.join(work, 'lists');
  mkdirSync(path.join(lists, 'partial'), { recursive: true });
  const own = [`Dir::State::lists=${lists}`, 'Dir::Cache::pkgcache=', 'Dir::Cache::srcpkgcache='];
  if (tool.suite) {
    const sources = path.join(work, 'suite.list');
    writeFileSync(sources, `deb ${mirror(tool)} ${tool.suite} main\n`);
    own.push(`Dir::Etc::sourcelist=${sources}`, 'Dir::Etc::sourceparts=-');
  }
  return own.flatMap((option) => ['-o', option]);
}

/** The mirror that the machine's own sources name: of those for security and for releases, the one for releases. */
function mirror(tool: DebianTool): string {
  const asked = spawnSync('apt-get', ['indextargets', '--format', '$(REPO_URI)'], { encoding: 'utf8' });
  const first = asked.stdout?.split('\n').find((line) => line !== '' && !line.includes('security'));
  if (!first) throw missing(tool, 'apt-get knows no mirror');
  return first;
}

/** @returns null when it went well, else the last line that it said */
function run(file: string, args: readonly string[], cwd: string): string | null {
  const done = spawnSync(file, args, { cwd, encoding: 'utf8', timeout: 300_000 });
  if (done.status === 0) return null;
  return `${file}: ${done.error?.message ?? done.stderr?.trim().split('\n').at(-1)}`;
}

function must(tool: DebianTool, failure: string | null): void {
  if (failure !== null) throw missing(tool, failure);
}

function missing(tool: DebianTool, why: string): UserError {
  return new UserError(
    `${tool.binary} is not on PATH, and Debian's package ${tool.package} could not be had (${why}); install it and try again.`,
  );
}
