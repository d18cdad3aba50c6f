import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Batch, batches } from '../../src/cli/batches.ts';
import type { ImportItem } from '../../src/importers/importer.ts';

const item = (content: string, minute: number): ImportItem => ({
  kind: 'message',
  value: {
    at: 'line 1',
    message: { content, role: 'user', conversation_id: 'c', timestamp: new Date(minute * 60_000).toISOString() },
  },
});
async function* stream(items: ImportItem[]) {
  yield* items;
}
async function collect(items: ImportItem[], skip = 0): Promise<Batch[]> {
  const found: Batch[] = [];
  for await (const batch of batches(stream(items), skip)) found.push(batch);
  return found;
}
const bodyBytes = (batch: Batch) =>
  JSON.stringify({ user_id: 'x'.repeat(128), messages: batch.messages.map((m) => m.message) }).length;

const messages = fc
  .array(fc.record({ gap: fc.constantFrom(0, 0, 0, 1), size: fc.constantFrom(1, 1, 10, 10, 30_000) }), {
    maxLength: 1600,
    size: 'max',
  })
  .map((said) => {
    let minute = 0;
    return said.map(({ gap, size }, i) => {
      minute += gap;
      return item(`${i} ${'x'.repeat(size)}`, minute);
    });
  });

it('holds every message after the skipped ones once, in order, and keeps to the limits', async () => {
  await fc.assert(
    fc.asyncProperty(messages, fc.nat(1700), async (items, skip) => {
      const found = await collect(items, skip);
      expect(found.flatMap((batch) => batch.messages)).toEqual(items.slice(skip).map((i) => i.value));
      for (const batch of found) {
        expect(batch.messages.length).toBeGreaterThan(0);
        expect(batch.messages.length).toBeLessThanOrEqual(500);
        expect(bodyBytes(batch)).toBeLessThan(2 * 1024 * 1024);
      }
    }),
    { numRuns: 30 },
  );
});

it('ends a batch where the time changes, so that two requests may overtake each other', async () => {
  const items = Array.from({ length: 1400 }, (_, i) => item(String(i), Math.floor(i / 7)));
  const found = await collect(items);
  for (const [i, batch] of found.entries()) {
    const next = found[i + 1]?.messages[0];
    if (next) expect(batch.messages.at(-1)?.message.timestamp).not.toBe(next.message.timestamp);
  }
});

it('cuts within a time where more than a batch was said at once', async () => {
  const found = await collect(Array.from({ length: 1200 }, (_, i) => item(String(i), 0)));
  expect(found.map((batch) => batch.messages.length)).toEqual([500, 500, 200]);
});
