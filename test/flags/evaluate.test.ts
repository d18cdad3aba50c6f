import { expect, it, vi } from 'vitest';
import type { FlagRule } from '../../src/flags/contract.ts';
import { isOn, ruleOf } from '../../src/flags/evaluate.ts';
import { FlagReader } from '../../src/flags/flag-reader.ts';
import { FLAGS } from '../../src/flags/registry.ts';

const users = Array.from({ length: 4_000 }, (_, i) => `user ${i}`);
const name = 'mirror_reply_candidate';
const onFor = (rule: FlagRule, flag: Parameters<typeof isOn>[0] = name, tenant = 't') =>
  users.filter((user) => isOn(flag, rule, tenant, user));
const share = (percentage: number): FlagRule => ({ kind: 'percentage', percentage });

it('is on for the share of the users that it names', () => {
  for (const percentage of [0, 2.5, 10, 50, 100]) {
    expect(onFor(share(percentage)).length / users.length).toBeCloseTo(percentage / 100, 1);
  }
});

it('keeps everybody who is in as the share grows', () => {
  const steps = [1, 5, 20, 60, 100].map((percentage) => onFor(share(percentage)));
  for (const [i, before] of steps.slice(0, -1).entries()) expect(steps[i + 1]).toEqual(expect.arrayContaining(before));
});

it('draws other users for another flag, and for another tenant', () => {
  const first = new Set(onFor(share(10)));
  for (const other of [onFor(share(10), 'rerank'), onFor(share(10), name, 'u')]) {
    expect(other.filter((user) => first.has(user)).length / users.length).toBeLessThan(0.03);
  }
});

it('is on for those it lists, and for its share of the others', () => {
  const listed = { kind: 'allow_list' as const, user_ids: ['user 7', 'somebody'], percentage: 0 };
  expect(onFor(listed)).toEqual(['user 7']);
  expect(onFor({ ...listed, percentage: 20 })).toEqual(
    users.filter((u) => u === 'user 7' || isOn(name, share(20), 't', u)),
  );
});

it('takes a rule that it cannot read for the default', () => {
  const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
  for (const rule of [null, 'on', { kind: 'percentage', percentage: 200 }, { kind: 'lottery' }]) {
    expect(ruleOf('rerank', { version: 1, rules: { rerank: rule } })).toEqual(FLAGS.rerank.byDefault);
  }
  noise.mockRestore();
});

/** KV that answers what it is told, or fails. */
function reading(answers: (string | null | Error)[]) {
  let asked = 0;
  let now = 0;
  const results: string[] = [];
  const get = async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)]!;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const kv = { get } as unknown as KVNamespace;
  const reader = new FlagReader({ kv, now: () => now, tally: (result) => results.push(result) });
  return {
    isOn: (flag: Parameters<FlagReader['isOn']>[0]) => reader.isOn(flag, 't', 'ana'),
    asked: () => asked,
    results,
    later: (ms: number) => {
      now += ms;
    },
  };
}
const off = JSON.stringify({ version: 1, rules: { rerank: { kind: 'boolean', on: false } } });

it('asks KV once in thirty seconds, also where nothing is set', async () => {
  const flags = reading([null, off]);
  expect([await flags.isOn('rerank'), await flags.isOn('text_model'), flags.asked()]).toEqual([true, true, 1]);
  flags.later(30_000);
  expect([await flags.isOn('rerank'), flags.asked()]).toEqual([false, 2]);
  expect(flags.results).toEqual(['miss', 'hit', 'stale']);
});

it('reads anew before the time is over, once, while others go on with what is known', async () => {
  const flags = reading([null, off]);
  await flags.isOn('rerank');
  flags.later(25_000);
  expect([await flags.isOn('rerank'), await flags.isOn('rerank'), flags.asked()]).toEqual([true, false, 2]);
  flags.later(20_000); // of the first answer, the time would be over
  expect([await flags.isOn('rerank'), flags.asked()]).toEqual([false, 3]);
  expect(flags.results).toEqual(['miss', 'hit', 'renewal', 'hit', 'hit', 'renewal']);
});

it('stays as it was last known while KV is down or holds something odd', async () => {
  const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
  const flags = reading([new Error('down'), off, new Error('down'), '{']);
  const seen: boolean[] = [];
  for (let i = 0; i < 4; i++, flags.later(30_000)) seen.push(await flags.isOn('rerank'));
  expect(seen).toEqual([true, false, false, false]);
  noise.mockRestore();
});
