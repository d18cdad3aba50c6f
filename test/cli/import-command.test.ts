import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliRun, cli } from '../helpers/cli-run.ts';
import { FakeService } from '../helpers/fake-service.ts';

let service: FakeService;
let folder: string;
beforeEach(async () => {
  service = await FakeService.start();
  folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-cli-'));
});
afterEach(async () => {
  await service.stop();
  rmSync(folder, { recursive: true });
});

const env = () => ({ PALIMPSEST_STATE: folder, PALIMPSEST_URL: service.url, PALIMPSEST_KEY: service.key });
const run = (...args: string[]): Promise<CliRun> => cli(['import', ...args], env());
const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(path.join(folder, name), content);
  return name;
};
/** Messages a minute apart, or all in one minute. */
const chat = (messages: number, oneMinute = false) =>
  Array.from({ length: messages }, (_, i) => {
    const at = new Date(Date.UTC(2024, 1, 28) + (oneMinute ? 0 : i * 60_000)).toISOString();
    const [date, time] = [at.slice(0, 10).split('-').reverse().join('/'), at.slice(11, 16)];
    return `${date}, ${time} - ${i % 2 ? 'Tom' : 'Nora'}: message ${i}\n`;
  }).join('');
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `message ${from + i}`);
const unfinished = () => (existsSync(path.join(folder, 'imports')) ? readdirSync(path.join(folder, 'imports')) : []);

describe('a good file', () => {
  it('is stored whole, in batches of at most 500, and its end is a summary', async () => {
    const result = await run(put('chat.txt', chat(1200)), '--user', 'nora', '--self', 'Nora');
    expect(result.code).toBe(0);
    expect(service.batches).toEqual([500, 500, 200]);
    expect(service.contents()).toEqual(numbers(0, 1200));
    expect(result.out).toMatch(/Read: 1,200 messages\nNew: 1,200\nDuplicates: 0\nSkipped: 0\nFaults: 0\nTime: /);
    expect([...service.stored.values()].map(({ message }) => message.role).slice(0, 2)).toEqual(['user', 'assistant']);
    expect(unfinished()).toEqual([]);
  });

  it('changes nothing the second time', async () => {
    const file = put('chat.txt', chat(700));
    await run(file, '--user', 'nora', '--self', 'Nora');
    const again = await run(file, '--user', 'nora', '--self', 'Nora');
    expect(again.code).toBe(0);
    expect(again.out).toContain('New: 0\nDuplicates: 700');
    expect(service.stored.size).toBe(700);
  });

  it('has only its new messages stored when it has grown', async () => {
    await run(put('chat.txt', chat(10)), '--user', 'nora', '--self', 'Nora');
    const grown = await run(put('chat.txt', chat(12)), '--user', 'nora', '--self', 'Nora');
    expect(grown.out).toContain('New: 2\nDuplicates: 10');
  });

  it('is sent with at most two requests at once', async () => {
    await run(put('chat.txt', chat(3000)), '--user', 'nora', '--self', 'Nora');
    expect(service.mostAtOnce).toBe(2);
  });

  it('waits until everything is searchable, unless told not to', async () => {
    service.taskSteps = 2;
    const file = put('chat.txt', chat(10));
    expect((await run(file, '--user', 'nora', '--self', 'Nora')).code).toBe(0);
    service.taskSteps = -1;
    const failed = await run(file, '--user', 'nora', '--self', 'Nora');
    expect(failed.code).toBe(1);
    expect(failed.out).toContain('task task-2: not searchable: the model is gone');
    expect((await run(file, '--user', 'nora', '--self', 'Nora', '--no-wait')).code).toBe(0);
  });
});

describe('who is who', () => {
  it('must be told for a chat between people: the names are listed and nothing is sent', async () => {
    const result = await run(put('chat.txt', chat(5)), '--user', 'nora');
    expect(result.code).toBe(2);
    expect(result.err).toMatch(/3 {2}Nora\n +2 {2}Tom/);
    expect(result.err).toContain('--self');
    expect(service.posts).toBe(0);
  });

  it('must be a name of the file', async () => {
    const result = await run(put('chat.txt', chat(5)), '--user', 'nora', '--self', 'Eva');
    expect(result.code).toBe(2);
    expect(result.err).toContain('No message is by "Eva"');
    expect(service.posts).toBe(0);
  });

  it('is shown by a dry run, which needs neither name nor server', async () => {
    const result = await cli(['import', put('chat.txt', chat(5)), '--user', 'nora', '--dry-run'], {
      PALIMPSEST_STATE: folder,
    });
    expect(result.code).toBe(0);
    expect(result.out).toContain('5 messages in 1 conversation (whatsapp)');
    expect(result.out).toContain('From 2024-02-28T00:00:00.000Z to 2024-02-28T00:04:00.000Z');
    expect(result.out).toMatch(/3 {2}Nora/);
    expect(service.posts).toBe(0);
  });
});

describe('a service in trouble', () => {
  it('is asked again after 429, 503 and a broken connection, and nothing is lost or doubled', async () => {
    service.mishaps.push(
      { kind: 'refuse', code: 'rate_limited', retryAfter: 0 },
      { kind: 'drop', stored: false },
      { kind: 'refuse', code: 'unavailable', retryAfter: 0 },
      { kind: 'drop', stored: true },
    );
    const result = await run(put('chat.txt', chat(1500)), '--user', 'nora', '--self', 'Nora');
    expect(result.code).toBe(0);
    expect(service.contents().toSorted()).toEqual(numbers(0, 1500).toSorted());
    expect(result.out).toContain('Faults: 0');
  });

  it('that stays away ends the import with what is done; the next run goes on from there', async () => {
    const file = put('chat.txt', chat(2000));
    const args = [file, '--user', 'nora', '--self', 'Nora', '--give-up-after', '0.2'];
    // two batches pass, then nothing does
    const away = { kind: 'refuse', code: 'unavailable', retryAfter: 1 } as const;
    service.mishaps.push(...([undefined, undefined, away, away] as typeof service.mishaps));
    const first = await run(...args);
    expect(first.code).toBe(1);
    expect(first.err).toContain('1,000 of 2,000 messages are stored. Run the same command again');
    expect(unfinished()).toHaveLength(1);

    const posts = service.posts;
    const second = await run(...args);
    expect(second.code).toBe(0);
    expect(second.err).toContain('Resuming after 1,000 messages');
    expect(service.posts - posts).toBe(2);
    expect(second.out).toContain('New: 2,000');
    expect(service.contents()).toEqual(numbers(0, 2000));
    expect(unfinished()).toEqual([]);
  });

  it('that has lost its data in between gets everything again', async () => {
    const args = [put('chat.txt', chat(1500)), '--user', 'nora', '--self', 'Nora', '--give-up-after', '0.2'];
    const away = { kind: 'refuse', code: 'unavailable', retryAfter: 1 } as const;
    service.mishaps.push(...([undefined, away, away] as typeof service.mishaps));
    expect((await run(...args)).code).toBe(1);
    service.stored.clear();
    expect((await run(...args)).code).toBe(0);
    expect(service.contents()).toEqual(numbers(0, 1500));
  });

  it('that refuses a message gets the rest, and the message is named', async () => {
    const faults = [{ in: 'body' as const, pointer: '/messages/1/content', detail: 'Too rude.' }];
    service.mishaps.push({ kind: 'refuse', code: 'invalid_input', faults });
    const result = await run(put('chat.txt', chat(4)), '--user', 'nora', '--self', 'Nora');
    expect(result.code).toBe(1);
    expect(service.contents()).toEqual(['message 0', 'message 2', 'message 3']);
    expect(result.out).toContain('line 2: refused by the service: Too rude.');
  });

  it('that does not know the key is exit code 2', async () => {
    const result = await run(put('chat.txt', chat(4)), '--user', 'nora', '--self', 'Nora', '--key', 'wrong');
    expect(result.code).toBe(2);
    expect(result.err).toContain('unauthenticated');
  });
});

describe('a file that is not what it claims to be', () => {
  it('and breaks half-way keeps what was read; the mended file completes it', async () => {
    const good = chat(600);
    const broken = `${good.slice(0, good.indexOf('message 300'))}\u0000\u0000`;
    const args = ['--user', 'nora', '--self', 'Nora'];
    const first = await run(put('chat.txt', broken), ...args);
    expect(first.code).toBe(1);
    expect(first.out).toContain('line 301: the line holds binary data');
    expect(first.err).toContain('nothing is stored twice');
    expect(service.contents()).toEqual(numbers(0, 300));

    const second = await run(put('chat.txt', good), ...args);
    expect(second.code).toBe(0);
    expect(second.out).toContain('New: 300\nDuplicates: 300');
    expect(service.contents()).toEqual(numbers(0, 600));
  });

  it('shows its first ten faults and counts the others', async () => {
    const result = await run(put('x.jsonl', `{"content":"hi"}\n${'oops\n'.repeat(14)}`), '--user', 'nora');
    expect(result.code).toBe(1);
    expect(service.contents()).toEqual(['hi']);
    expect(result.out).toContain('line 11: not a JSON object\n  and 4 more');
  });

  it.each([
    ['a zip archive', 'chat.txt', 'PK\u0003\u0004xx', 'zip archive'],
    ['no known format', 'diary.txt', 'Dear diary', 'none of the known formats'],
    ['empty', 'chat.txt', '', 'it is empty'],
  ])('because it is %s is refused before anything is sent', async (_, name, content, reason) => {
    const result = await run(put(name, content), '--user', 'nora');
    expect(result.code).toBe(2);
    expect(result.err).toContain(reason);
  });
});

describe('wrong use', () => {
  it.each([
    [['missing.txt', '--user', 'nora'], 'There is no file'],
    [['.', '--user', 'nora'], 'is not a file'],
    [['chat.txt'], '--user'],
    [['chat.txt', '--user', ' nora'], '--user'],
    [['chat.txt', '--user', 'nora', '--tz', 'Moon/Crater'], '--tz'],
    [['chat.txt', '--user', 'nora', '--format', 'fax'], '--format'],
    [['chat.txt', '--user', 'nora', '--self', 'Nora', '--url', 'ftp://x'], 'not an http(s) address'],
  ])('%j is exit code 2 with the reason', async (args, reason) => {
    put('chat.txt', chat(2));
    const result = await run(...args);
    expect(result.code).toBe(2);
    expect(result.err).toContain(reason);
    expect(service.posts).toBe(0);
  });
});

it('asks before it acts on a guess, and takes no for an answer', async () => {
  put('chat.txt', '02/03/24, 10:00 - Nora: a\n');
  const args = ['import', 'chat.txt', '--user', 'nora', '--self', 'Nora'];
  const asked = await cli(args, env(), false, true);
  expect(asked.code).toBe(2);
  expect(asked.err).toContain('day/month');
  expect(service.posts).toBe(0);
  expect((await cli([...args, '--yes'], env(), false, true)).code).toBe(0);
  expect((await cli(args, env(), true, true)).code).toBe(0);
});
