import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Neighbours, NONE } from '../../src/palace/neighbours.ts';

it('links a conversation in order of time and row, in whatever order messages come and go', () => {
  const message = fc.record({ conversation: fc.nat(2), sentAt: fc.nat(8), removes: fc.option(fc.nat(30)) });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 30 }), (messages) => {
      const neighbours = new Neighbours();
      const held = new Map<number, { conversation: number; sentAt: number }>();
      for (const [row, { conversation, sentAt, removes }] of messages.entries()) {
        neighbours.add(row, conversation, sentAt);
        held.set(row, { conversation, sentAt });
        const gone = removes === null ? undefined : held.get(removes);
        if (gone !== undefined) {
          neighbours.remove(removes!, gone.conversation);
          held.delete(removes!);
        }
      }
      for (const conversation of [0, 1, 2]) {
        const order = [...held]
          .filter(([, each]) => each.conversation === conversation)
          .sort(([a, x], [b, y]) => x.sentAt - y.sentAt || a - b)
          .map(([row]) => row);
        for (const [i, row] of order.entries()) {
          expect(neighbours.previous[row]).toBe(order[i - 1] ?? NONE);
          expect(neighbours.next[row]).toBe(order[i + 1] ?? NONE);
        }
      }
    }),
    { numRuns: 500 },
  );
});

it('holds rows far beyond its first capacity', () => {
  const neighbours = new Neighbours();
  for (const row of [5, 50_000, 1_000_000]) neighbours.add(row, 0, row);
  expect([neighbours.next[5], neighbours.next[50_000], neighbours.next[1_000_000]]).toEqual([50_000, 1_000_000, NONE]);
});
