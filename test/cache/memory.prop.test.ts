import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { MemoryCache } from '../../src/cache/memory.ts';

const BUDGET = 2_000;
const key = fc.constantFrom('a:1', 'a:2', 'a:3', 'b:1', 'b:2', 'b:3');
const command = fc.oneof(
  fc.record({
    do: fc.constant('put' as const),
    key,
    size: fc.integer({ min: 0, max: 2_500 }),
    ttl: fc.integer({ min: 1, max: 9 }),
  }),
  fc.record({ do: fc.constant('get' as const), key }),
  fc.record({ do: fc.constant('clear' as const), prefix: fc.constantFrom('a:', 'b:') }),
  fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 5 }) }),
);

interface Kept {
  key: string;
  value: Uint8Array;
  until: number;
}

/** The same cache as a list, oldest use first. */
class ListCache {
  list: Kept[] = [];
  size = () => this.list.reduce((sum, kept) => sum + kept.value.length + 2 * kept.key.length + 200, 0);
  get(key: string, now: number): Uint8Array | null {
    const found = this.list.find((kept) => kept.key === key);
    this.list = this.list.filter((kept) => kept !== found);
    if (!found || found.until <= now) return null;
    this.list.push(found);
    return found.value;
  }
  put(kept: Kept): void {
    this.list = this.list.filter(({ key }) => key !== kept.key);
    if (kept.value.length + 2 * kept.key.length + 200 > BUDGET) return;
    this.list.push(kept);
    while (this.size() > BUDGET) this.list.shift();
  }
}

it('answers as a plain list does and never holds more than its budget', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
      let now = 0;
      const cache = new MemoryCache(BUDGET, { now: () => now, random: () => 0 });
      const oracle = new ListCache();
      for (const step of commands) {
        if (step.do === 'wait') now += step.seconds * 1000;
        else if (step.do === 'get') expect(await cache.get(step.key)).toBe(oracle.get(step.key, now));
        else if (step.do === 'clear') {
          await cache.clear(step.prefix);
          oracle.list = oracle.list.filter((kept) => !kept.key.startsWith(step.prefix));
        } else {
          const value = new Uint8Array(step.size);
          await cache.put(step.key, value, step.ttl);
          oracle.put({ key: step.key, value, until: now + step.ttl * 1000 });
        }
        expect(cache.size).toBe(oracle.size());
        expect(cache.size).toBeLessThanOrEqual(BUDGET);
      }
    }),
    { numRuns: 1000 },
  );
});
