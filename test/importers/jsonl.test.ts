import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonl } from '../../src/importers/jsonl.ts';
import { NewMessage } from '../../src/messages/contract.ts';
import { faultsOf, importAll, messagesOf, notesOf, skipsOf } from '../helpers/import-file.ts';

const file = readFileSync(path.join(import.meta.dirname, 'fixtures/jsonl/faults.jsonl'));
const one = async (line: object, options = {}) => (await importAll(jsonl, JSON.stringify(line), options))[0];

describe('a file with good and bad lines', () => {
  it('has every good line read', async () => {
    const messages = messagesOf(await importAll(jsonl, file, { self: 'Nora', timeZone: 'Europe/Berlin' }));
    expect(
      messages.map((m) => [m.message_id?.slice(0, 5), m.conversation_id, m.role, m.speaker, m.timestamp, m.content]),
    ).toEqual([
      ['m1', 'c1', 'user', 'Nora', '2024-02-28T20:59:00.000Z', 'I moved to Lisbon'],
      ['jsonl', 'c1', 'assistant', undefined, '2024-02-28T22:01:00.000Z', 'Which street?'],
      ['defau', 'default', 'user', 'Nora', '2024-02-28T21:03:00.000Z', 'Rua da Rosa'],
      ['jsonl', 'default', 'assistant', undefined, undefined, 'two\nparts'],
    ]);
  });

  it('has every bad line named with the reason', async () => {
    const items = await importAll(jsonl, file);
    expect(faultsOf(items).map(({ at, reason }) => `${at}: ${reason}`)).toEqual([
      'line 3: not a JSON object',
      'line 5: not a JSON object',
      'line 6: role: must be user, assistant or system',
      'line 7: timestamp: no date and time that is known',
      'line 11: content: must be text (or text, message, body)',
      'line 12: the line is not UTF-8',
    ]);
    expect(skipsOf(items)).toEqual([{ at: 'line 8', reason: 'written by a tool' }]);
    expect(notesOf(items)).toEqual([{ text: 'Fields that are not kept: mood.', guess: false }]);
  });
});

describe('roles', () => {
  it('are undecided where a line names a speaker and no role, and nobody is named as self', async () => {
    expect(await one({ text: 'hi', author: 'Nora' })).toMatchObject({ value: { undecided: true } });
    expect(await one({ text: 'hi', author: 'Nora' }, { self: 'Tom' })).toMatchObject({
      value: { message: { role: 'assistant' } },
    });
    expect(await one({ text: 'hi' })).toMatchObject({ value: { message: { role: 'user' } } });
    expect(await one({ text: 'hi', author: 'Nora', role: 'human' }, { self: 'Tom' })).toMatchObject({
      value: { message: { role: 'user' } },
    });
  });
});

it('prefers the name that the service uses, wherever it stands in the line', async () => {
  expect(await one({ text: 'b', content: 'a' })).toMatchObject({ value: { message: { content: 'a' } } });
  expect(await one({ content: 'a', text: 'b' })).toMatchObject({ value: { message: { content: 'a' } } });
});

describe('times', () => {
  it.each([
    ['2024-02-28T21:59:00Z', '2024-02-28T21:59:00.000Z'],
    ['2024-02-28 21:59:00.123456+0530', '2024-02-28T16:29:00.123Z'],
    ['2024-02-28', '2024-02-28T00:00:00.000Z'],
    [1709157540, '2024-02-28T21:59:00.000Z'],
    ['1709157540.5', '2024-02-28T21:59:00.500Z'],
    [1709157540123, '2024-02-28T21:59:00.123Z'],
  ])('%s is read', async (timestamp, expected) => {
    expect(await one({ content: 'hi', timestamp })).toMatchObject({ value: { message: { timestamp: expected } } });
  });

  it.each(['yesterday', '2024-13-01', '2024-02-30T00:00:00Z', '1e3', true, {}])('%s is a fault', async (timestamp) => {
    expect(await one({ content: 'hi', timestamp })).toMatchObject({ kind: 'fault' });
  });
});

it('reads back any message that the service accepts', async () => {
  const message = fc.record(
    {
      content: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
      role: fc.constantFrom('user' as const, 'assistant' as const, 'system' as const),
      speaker: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
      conversation_id: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
      timestamp: fc
        .date({ min: new Date('1901-01-01'), max: new Date('2099-01-01'), noInvalidDate: true })
        .map((d) => d.toISOString()),
      message_id: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
      metadata: fc.dictionary(fc.string({ unit: 'grapheme-ascii', maxLength: 10 }), fc.integer(), { maxKeys: 3 }),
    },
    { requiredKeys: ['content', 'role', 'conversation_id', 'message_id'] },
  );
  const valid = message.filter((m) => NewMessage.safeParse(m).success);
  await fc.assert(
    fc.asyncProperty(fc.array(valid, { maxLength: 10 }), fc.array(fc.nat(2000)), async (messages, ends) => {
      const text = messages.map((m) => `${JSON.stringify(m)}\n`).join('\n');
      expect(messagesOf(await importAll(jsonl, text, {}, ends))).toEqual(messages);
    }),
    { numRuns: 200 },
  );
});
