import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Env } from '../../src/env.ts';
import { consume } from '../../src/tasks/consumer.ts';
import { pacer } from '../../src/tasks/isolate-pacer.ts';

/** What was begun and ended, in this order. */
let seen: string[];
/** Persons whose objects fail. */
let failing: string[];
/** What an object waits for before it answers, by person. */
let held: Record<string, Promise<unknown>>;
const env = {
  DATABASE_URL: 'postgres://nobody@localhost/none',
  ENCRYPTION_KEYS: `key:${'k'.repeat(32)}`,
  USER_MEMORY: {
    getByName: (name: string) => ({ sync: () => objectOf(name.split('\u0000')[1]!) }),
  },
} as unknown as Env;
const objectOf = (person: string) => ({
  async changes() {
    seen.push(`${person} begins`);
    await (held[person] ?? new Promise(setImmediate));
    seen.push(`${person} ends`);
    if (failing.includes(person)) throw new Error('object is gone');
    return null;
  },
  [Symbol.dispose]() {},
});

let started = Date.UTC(2026, 0, 1);
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  started += 3_600_000; // the isolate's pacer outlives a test: nothing has arrived lately
  vi.setSystemTime(started);
  seen = [];
  failing = [];
  held = {};
});
afterEach(() => vi.useRealTimers());

/** Messages arrive in the isolate. */
const arrive = () => {
  for (let i = 0; i < 50; i++) pacer.accepted(Date.now());
};
const turnsOfTheLoop = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
};
const until = async (line: string) => {
  while (!seen.includes(line)) await turnsOfTheLoop(1);
};

/** Consumes a batch that names these persons. @returns those whose messages were acknowledged, and those to be sent again */
async function consumed(...persons: string[]) {
  const acked: string[] = [];
  const retried: string[] = [];
  const messages = persons.map((userId, i) => ({
    ...{ id: String(i), timestamp: new Date(), attempts: 1, body: { kind: 'sync', tenantId: 't', userId } },
    ack: () => acked.push(userId),
    retry: () => retried.push(userId),
  }));
  await consume({ messages } as unknown as MessageBatch, env);
  return { acked: acked.sort(), retried };
}

describe('persons of a batch', () => {
  it('are saved together when nothing arrives', async () => {
    held = { a: until('b begins'), b: until('a begins') };
    expect(await consumed('a', 'b')).toEqual({ acked: ['a', 'b'], retried: [] });
  });

  it('are saved one after another while messages arrive', async () => {
    arrive();
    expect(await consumed('a', 'b', 'c')).toEqual({ acked: ['a', 'b', 'c'], retried: [] });
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('are saved once though named twice, and each message is settled', async () => {
    arrive();
    expect(await consumed('a', 'b', 'a')).toEqual({ acked: ['a', 'a', 'b'], retried: [] });
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  it('are saved though one before them failed', async () => {
    const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
    arrive();
    failing = ['a'];
    expect(await consumed('a', 'b', 'a')).toEqual({ acked: ['b'], retried: ['a', 'a'] });
    expect(noise).toHaveBeenCalledTimes(2);
    noise.mockRestore();
  });

  it('wait no longer than two seconds for one whose object does not answer', async () => {
    arrive();
    held = { a: until('c ends') };
    const work = consumed('a', 'b', 'c');
    await until('a begins');
    await vi.advanceTimersByTimeAsync(1_999);
    await turnsOfTheLoop(20);
    expect(seen).toEqual(['a begins']);
    await vi.advanceTimersByTimeAsync(1);
    await work;
    expect(seen).toEqual(['a begins', 'b begins', 'b ends', 'c begins', 'c ends', 'a ends']);
  });
});
