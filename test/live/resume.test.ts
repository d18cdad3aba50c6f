import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LiveEvent } from '../../src/live/contract.ts';
import { type EventLog, greeting } from '../../src/live/resume.ts';

const event = (sequence: number): LiveEvent => ({
  type: 'message.deleted',
  message_ids: [],
  sequence,
  at: '2026-01-01T00:00:00.000Z',
});

/** A log that holds events `first` to `last`; 0, 0 is an empty one. */
const logOf = (first: number, last: number): EventLog => ({
  bounds: () => ({ first, last }),
  after: (sequence) => {
    const from = Math.max(first, sequence + 1);
    return first === 0 ? [] : Array.from({ length: Math.max(0, last - from + 1) }, (_, i) => event(from + i));
  },
});

it('tells a new client where the stream stands, and nothing of the past', () => {
  expect(greeting(logOf(1, 5), null)).toEqual([{ type: 'hello', sequence: 5, resync: false }]);
});

it('sends what came after the last event seen', () => {
  expect(greeting(logOf(1, 5), 3)).toEqual([{ type: 'hello', sequence: 5, resync: false }, event(4), event(5)]);
  expect(greeting(logOf(1, 5), 5)).toEqual([{ type: 'hello', sequence: 5, resync: false }]);
});

it('sends everything to a client that has seen nothing', () => {
  expect(greeting(logOf(0, 0), 0)).toEqual([{ type: 'hello', sequence: 0, resync: false }]);
  expect(greeting(logOf(1, 2), 0)).toHaveLength(3);
});

it('asks a client to read anew that missed events which are no longer kept', () => {
  expect(greeting(logOf(10, 12), 8)).toEqual([{ type: 'hello', sequence: 12, resync: true }]);
  expect(greeting(logOf(10, 12), 9)).toHaveLength(4);
});

it('asks a client to read anew that knows a later event than there is', () => {
  expect(greeting(logOf(1, 5), 6)).toEqual([{ type: 'hello', sequence: 5, resync: true }]);
  expect(greeting(logOf(0, 0), 1)).toEqual([{ type: 'hello', sequence: 0, resync: true }]);
});

it('leaves no hole: what is sent joins on to what was seen, or the client reads anew', () => {
  const bounds = fc
    .tuple(fc.integer({ min: 1, max: 30 }), fc.nat(30))
    .map(([first, more]) => [first, first + more] as const);
  fc.assert(
    fc.property(bounds, fc.nat(70), ([first, last], since) => {
      const [hello, ...events] = greeting(logOf(first, last), since);
      if (hello.resync) {
        expect(events).toEqual([]);
        return;
      }
      const seen = Array.from({ length: since }, (_, i) => i + 1);
      expect([...seen, ...events.map((e) => e.sequence)]).toEqual(Array.from({ length: last }, (_, i) => i + 1));
    }),
  );
});
