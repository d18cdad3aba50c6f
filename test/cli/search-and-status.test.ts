import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cli } from '../helpers/cli-run.ts';
import { FakeService } from '../helpers/fake-service.ts';

let service: FakeService;
let folder: string;
beforeEach(async () => {
  service = await FakeService.start();
  folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-cli-'));
  const file = path.join(folder, 'x.jsonl');
  writeFileSync(
    file,
    '{"content":"I moved to Lisbon","speaker":"Nora","role":"user","timestamp":"2024-02-28T21:59:00Z"}\n{"content":"bell\\u0007 \\u001b[31mred Lisbon"}\n',
  );
  await cli(['import', file, '--user', 'nora'], env());
});
afterEach(async () => {
  await service.stop();
  rmSync(folder, { recursive: true });
});
const env = () => ({ PALIMPSEST_STATE: folder, PALIMPSEST_URL: service.url, PALIMPSEST_KEY: service.key });

it('search prints who said what and when, the best first', async () => {
  const result = await cli(['search', 'Lisbon', '--user', 'nora'], env());
  expect(result.code).toBe(0);
  expect(result.out.split('\n')[0]).toBe('  1. 0.500  2024-02-28 21:59  Nora: I moved to Lisbon');
});

it('search lets no text reach into the terminal', async () => {
  const result = await cli(['search', 'red', '--user', 'nora'], env());
  expect(result.out).toContain('[31mred Lisbon');
  for (const control of ['\u0007', '\u001b']) expect(result.out).not.toContain(control);
});

it('search explains its score when asked, and answers JSON when asked', async () => {
  expect((await cli(['search', 'moved', '--user', 'nora', '--explain'], env())).out).toContain('words 0.500');
  const json = await cli(['search', 'Lisbon', '--user', 'nora', '--top-k', '1', '--json'], env());
  expect(JSON.parse(json.out).results).toHaveLength(1);
});

it('search says so when it finds nothing', async () => {
  expect((await cli(['search', 'Porto', '--user', 'nora'], env())).out).toBe('Nothing found.');
});

it.each(['0', '101', 'many'])('search refuses --top-k %s', async (value) => {
  expect((await cli(['search', 'x', '--user', 'nora', '--top-k', value], env())).code).toBe(2);
});

it('status shows the service and the person', async () => {
  const result = await cli(['status', '--user', 'nora'], env());
  expect(result.code).toBe(0);
  expect(result.out).toContain('ready (postgres ok)');
  expect(result.out).toContain('Messages: 2');
});

it('a local server is asked with the key of its state folder', async () => {
  writeFileSync(path.join(folder, 'dev-key'), `${service.key}\n`);
  const local = { PALIMPSEST_STATE: folder, PALIMPSEST_URL: service.url };
  expect((await cli(['status', '--user', 'nora'], local)).code).toBe(0);
});

it('without a key it says how to give one', async () => {
  const result = await cli(['search', 'x', '--user', 'nora'], {
    PALIMPSEST_STATE: folder,
    PALIMPSEST_URL: service.url,
  });
  expect(result.code).toBe(2);
  expect(result.err).toContain('--key');
});

it('the key of the local server goes to no other address', async () => {
  writeFileSync(path.join(folder, 'dev-key'), service.key);
  const result = await cli(['search', 'x', '--user', 'nora', '--url', 'http://192.0.2.1:9'], {
    PALIMPSEST_STATE: folder,
  });
  expect(result.code).toBe(2);
});

it('help is exit code 0, an unknown command 2', async () => {
  expect((await cli(['--help'], env())).code).toBe(0);
  expect((await cli(['import', '--help'], env())).out).toContain('Exit codes');
  expect((await cli(['frobnicate'], env())).code).toBe(2);
});
