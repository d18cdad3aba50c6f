import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { debianTool } from '../../scripts/debian.ts';

let work: string;
let bin: string;
let home: string;

beforeEach(() => {
  work = mkdtempSync(path.join(tmpdir(), 'debian-'));
  [bin, home] = [path.join(work, 'bin'), path.join(work, 'home')];
  mkdirSync(bin);
  vi.stubEnv('PATH', `${bin}:/usr/bin:/bin`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(work, { recursive: true });
});

function program(name: string, body: string): void {
  writeFileSync(path.join(bin, name), `#!/bin/sh\necho "$0 $@" >> ${work}/log\n${body}\n`);
  chmodSync(path.join(bin, name), 0o755);
}
/** An apt-get that downloads only when `works` says so (a shell condition on its arguments), and a dpkg that unpacks. */
function debian(works: string): void {
  program(
    'apt-get',
    `case "$*" in *indextargets*) printf 'mirror:/security\\nmirror:/debian\\n'; exit;; *update*) exit;; esac
if ${works}; then touch tool.deb; else echo "E: Unable to locate package" >&2; exit 100; fi`,
  );
  program('dpkg', 'mkdir -p "$3/usr/bin" "$3/usr/lib/tool"; echo made > "$3/usr/bin/some-tool"');
}
const log = () => readFileSync(path.join(work, 'log'), 'utf8');
const tool = (more = {}) => debianTool({ package: 'tools', binary: 'some-tool', home, ...more });

describe('debianTool', () => {
  it('takes what is on PATH', () => {
    program('some-tool', '');
    expect(tool()).toBe(path.join(bin, 'some-tool'));
  });

  it('unpacks the package where PATH has nothing', () => {
    debian('true');
    expect(readFileSync(tool(), 'utf8')).toBe('made\n');
  });

  it('gives a folder of the package, never one on PATH', () => {
    debian('true');
    expect(tool({ binary: 'usr/lib/tool' })).toBe(path.join(home, 'tools/usr/lib/tool'));
  });

  it('downloads once', () => {
    debian('true');
    expect(tool()).toBe(tool());
    expect(log().match(/download/g)).toHaveLength(1);
  });

  it('fetches lists of its own where the machine has none', () => {
    debian('case "$*" in *Dir::State::lists*) true;; *) false;; esac');
    expect(readFileSync(tool(), 'utf8')).toBe('made\n');
  });

  it('takes another suite from the mirror of the machine, not from its security updates', () => {
    program('dpkg', `mkdir -p "$3/usr/bin"; touch "$3/usr/bin/some-tool"; cp ${home}/*/suite.list ${work}`);
    program(
      'apt-get',
      `case "$*" in *indextargets*) printf 'mirror:/security\\nmirror:/debian\\n';; *download*) touch t.deb;; esac`,
    );
    tool({ suite: 'trixie' });
    expect(readFileSync(path.join(work, 'suite.list'), 'utf8')).toBe('deb mirror:/debian trixie main\n');
  });

  it('says in one line what is missing and why, and leaves nothing half done', () => {
    debian('false');
    expect(tool).toThrow(/^some-tool is not on PATH.*package tools.*Unable to locate package.*install it/);
    debian('true');
    expect(readFileSync(tool(), 'utf8')).toBe('made\n');
  });

  it('says which file the package lacks', () => {
    debian('true');
    expect(() => tool({ binary: 'other' })).toThrow(/tools has no other/);
  });
});
