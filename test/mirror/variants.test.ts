import { expect, it, vi } from 'vitest';
import { bucket, parseFlag, VERSIONS, versionsFor } from '../../src/mirror/variants.ts';

const users = Array.from({ length: 2_000 }, (_, i) => `user ${i}`);
const [first, second] = VERSIONS.reply;

it('shows the first version, and runs the second beside it, unless a flag says otherwise', () => {
  expect(versionsFor('reply', 'ana', {})).toEqual({ shown: first, shadow: second });
});

it('shows what the flag says, to everybody', () => {
  const flag = { reply: { shown: second, shadow: null, share: 1 } };
  for (const user of users) expect(versionsFor('reply', user, flag)).toEqual({ shown: second, shadow: null });
});

it('runs no version beside itself', () => {
  expect(versionsFor('reply', 'ana', { reply: { shown: second, shadow: second, share: 1 } }).shadow).toBeNull();
});

it('runs the shadow for its share of the users, always the same ones, and keeps them as the share grows', () => {
  const inShadow = (share: number) => {
    const flag = { reply: { shown: first, shadow: second, share } };
    return users.filter((user) => versionsFor('reply', user, flag).shadow !== null);
  };
  const [tenth, half] = [inShadow(0.1), inShadow(0.5)];
  expect(tenth.length / users.length).toBeCloseTo(0.1, 1);
  expect(half.length / users.length).toBeCloseTo(0.5, 1);
  expect(inShadow(0.1)).toEqual(tenth);
  expect(half).toEqual(expect.arrayContaining(tenth));
  expect(inShadow(0)).toEqual([]);
});

it('draws the users of each kind anew', () => {
  const both = users.filter((user) => bucket(user, 'reply') < 0.1 && bucket(user, 'decision') < 0.1);
  expect(both.length / users.length).toBeLessThan(0.03);
});

it('reads a flag, and takes one that is broken for none', () => {
  const flag = { decision: { shown: VERSIONS.decision[1], shadow: null, share: 0.5 } };
  expect(parseFlag(JSON.stringify(flag))).toEqual(flag);
  expect(parseFlag(null)).toEqual({});
  const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
  for (const text of ['{', '{"reply":{"shown":"x","shadow":null,"share":1}}', '{"other":1}']) {
    expect(parseFlag(text)).toEqual({});
  }
  noise.mockRestore();
});
