import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { complete, split } from '../../src/importers/complete.ts';
import { MessageKeys } from '../../src/importers/message-key.ts';
import { LIMITS, NewMessage } from '../../src/messages/contract.ts';
import { faultsOf, messagesOf } from '../helpers/import-file.ts';

const draft = { at: 'line 1', role: 'user' as const, conversation: 'c', content: 'x' };
const completed = (changes: Partial<Parameters<typeof complete>[0]>) => [
  ...complete({ ...draft, ...changes }, new MessageKeys('test')),
];

describe('long messages', () => {
  it('are cut into pieces that fit and join to the same text, never inside a character', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '\n', 'é', '中', '🍏'), maxLength: 200 });
    fc.assert(
      fc.property(text, fc.integer({ min: 4, max: 50 }), (whole, max) => {
        const pieces = split(whole, max);
        expect(pieces.join('')).toBe(whole);
        for (const piece of pieces) {
          expect(new TextEncoder().encode(piece).length).toBeLessThanOrEqual(max);
          expect(piece.isWellFormed()).toBe(true);
        }
        if (whole !== '') expect(pieces).not.toContain('');
      }),
      { numRuns: 2000 },
    );
  });

  it('become numbered parts of one moment', () => {
    const content = 'word '.repeat(16_000);
    const parts = messagesOf(completed({ content, id: 'm1', timestamp: '2024-02-28T10:00:00Z', metadata: { a: 1 } }));
    expect(parts.map((m) => m.message_id)).toEqual(['m1#1/3', 'm1#2/3', 'm1#3/3']);
    expect(parts.map((m) => m.metadata)).toEqual(['1/3', '2/3', '3/3'].map((part) => ({ a: 1, part })));
    expect(parts.map((m) => m.content).join('')).toBe(content);
  });

  it('of exactly the limit stay whole', () => {
    expect(completed({ content: 'x'.repeat(LIMITS.messageBytes) })).toHaveLength(1);
    expect(completed({ content: 'x'.repeat(LIMITS.messageBytes + 1) })).toHaveLength(2);
  });
});

it('makes messages that the service accepts of any text, id and conversation', () => {
  const any = fc.string({ unit: 'binary', minLength: 1, maxLength: 400 });
  const wild = any.map((s) => `${s}\u0000\ud800`);
  fc.assert(
    fc.property(
      fc.oneof(any, wild),
      fc.oneof(any, wild),
      fc.option(
        any.map((s) => s.toWellFormed().replaceAll('\u0000', '')).filter((s) => s !== ''),
        { nil: undefined },
      ),
      (content, conversation, id) => {
        const items = completed({ content, conversation, id });
        expect(faultsOf(items)).toEqual([]);
        for (const message of messagesOf(items)) expect(NewMessage.safeParse(message).success).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});

it('reports a message that the service would refuse, without its text', () => {
  expect(completed({ content: '' })).toMatchObject([{ kind: 'fault', value: { at: 'line 1', fatal: false } }]);
  expect(completed({ timestamp: '1776-07-04T00:00:00Z' })).toMatchObject([{ kind: 'fault' }]);
});

describe('keys', () => {
  const parts = { conversation: 'c', time: '2024', speaker: 'Nora', content: 'ok', position: 'line 1' };

  it('are the same in every run, and different for equal messages of one run', () => {
    const [first, second] = [new MessageKeys('f'), new MessageKeys('f')];
    const ids = [first.next(parts), first.next(parts), first.next(parts)];
    expect(new Set(ids).size).toBe(3);
    expect([second.next(parts), second.next(parts), second.next(parts)]).toEqual(ids);
  });

  it('differ when anything about the message differs', () => {
    const variants = [
      {},
      { conversation: 'd' },
      { time: '2025' },
      { speaker: 'Tom' },
      { speaker: undefined },
      { content: 'no' },
    ];
    const ids = variants.map((change) => new MessageKeys('f').next({ ...parts, ...change }));
    expect(new Set([...ids, new MessageKeys('g').next(parts)]).size).toBe(variants.length + 1);
  });

  it('use the position only where there is no time', () => {
    const id = (changes: object) => new MessageKeys('f').next({ ...parts, ...changes });
    expect(id({ position: 'line 2' })).toBe(id({}));
    expect(id({ time: undefined, position: 'line 2' })).not.toBe(id({ time: undefined }));
  });

  it('tell equal messages apart across a very long run of others', () => {
    const keys = new MessageKeys('f');
    const first = keys.next(parts);
    for (let i = 0; i < 70_000; i++) keys.next({ ...parts, content: String(i) });
    expect(keys.next(parts)).not.toBe(first);
  });
});
