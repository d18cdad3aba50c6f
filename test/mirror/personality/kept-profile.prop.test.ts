import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MemoryCache } from '../../../src/cache/memory.ts';
import type { CacheResult } from '../../../src/cache/tally.ts';
import { type Evidence, KeptProfiles } from '../../../src/mirror/personality/kept-profile.ts';

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('hear' as const), words: fc.integer({ min: 0, max: 400 }) }) },
  { weight: 2, arbitrary: fc.constant({ do: 'read' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'renew' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'end' as const }) },
);

it('never shows a profile of another life, or of less than what is known but for two in a hundred', () => {
  const start = fc.record({ messages: fc.nat(2_000), words: fc.nat(30_000) });
  fc.assert(
    fc.property(start, fc.array(step, { maxLength: 80, size: 'max' }), (first, steps) => {
      const profiles = new KeptProfiles<Evidence & { life: number }>(new MemoryCache(100_000));
      let now = { life: 0, ...first };
      for (const one of steps) {
        if (one.do === 'hear') now = { ...now, messages: now.messages + 1, words: now.words + one.words };
        else if (one.do === 'end') now = { ...now, life: now.life + 1, messages: Math.max(0, now.messages - 1) };
        else if (one.do === 'renew') profiles.renew(String(now.life), now, () => now);
        else {
          const shown = profiles.read(String(now.life), now, () => now);
          expect(shown.life).toBe(now.life);
          expect(now.messages - shown.messages).toBeLessThanOrEqual(0.02 * shown.messages);
          expect(now.words - shown.words).toBeLessThanOrEqual(0.02 * shown.words);
        }
      }
    }),
  );
});

/** Concludes what it has heard; `seen` is what became of the questions. */
function reader() {
  const seen: CacheResult[] = [];
  let now = 0;
  const options = { now: () => now, random: () => 0, tally: (result: CacheResult) => void seen.push(result) };
  const profiles = new KeptProfiles<number>(new MemoryCache(10_000, options));
  return {
    later(seconds: number): void {
      now += 1_000 * seconds;
    },
    seen,
    read: (messages: number) => profiles.read('one', { messages, words: 0 }, () => messages),
    renew: (messages: number) => profiles.renew('one', { messages, words: 0 }, () => messages),
  };
}

it('hears each of the first messages at once, later ones when there are two in a hundred more', () => {
  const { read } = reader();
  expect([10, 11, 49, 50, 51, 52, 1_000, 1_020, 1_021].map(read)).toEqual([
    10, 11, 49, 50, 50, 52, 1_000, 1_000, 1_021,
  ]);
});

it('has a profile that is read concluded anew before it is read again', () => {
  const { seen, read, renew } = reader();
  read(100);
  read(100);
  renew(102); // still true
  renew(103);
  expect(read(103)).toBe(103);
  expect(seen).toEqual(['miss', 'hit', 'renewal', 'hit']);
});

it('has it concluded anew before its time is over', () => {
  const { seen, read, renew, later } = reader();
  read(100);
  read(100);
  later(1_700);
  renew(101); // early
  later(1_800);
  renew(102);
  later(1_900);
  expect(read(102)).toBe(102);
  expect(seen).toEqual(['miss', 'hit', 'renewal', 'hit']);
});

it('concludes nothing anew that nobody has read since', () => {
  const { seen, read, renew } = reader();
  renew(50); // nothing is held
  read(100);
  renew(110); // whoever made it may have been the only reader
  expect(read(110)).toBe(110);
  renew(120);
  expect(seen).toEqual(['miss', 'stale']);
});
