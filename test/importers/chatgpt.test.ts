import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chatgpt } from '../../src/importers/chatgpt.ts';
import { faultsOf, importAll, messagesOf, skipsOf } from '../helpers/import-file.ts';

const file = readFileSync(path.join(import.meta.dirname, 'fixtures/chatgpt/conversations.json'));

describe('a conversation', () => {
  it('is read along its current branch, with roles, times and ids', async () => {
    const messages = messagesOf(await importAll(chatgpt, file, { self: 'Nora' })).filter(
      (m) => m.conversation_id === 'c-garden',
    );
    expect(messages.map((m) => [m.message_id, m.role, m.speaker, m.timestamp, m.content])).toEqual([
      ['m-u1', 'user', 'Nora', '2023-11-14T22:13:20.250Z', 'When do I plant garlic?'],
      ['m-a1b', 'assistant', 'ChatGPT', '2023-11-14T22:13:30.000Z', 'In autumn.\nBefore the frost.'],
      // has no time of its own: that of the message before it
      ['m-u2b', 'user', 'Nora', '2023-11-14T22:13:32.000Z', 'And these onions?\nthe red ones'],
      ['m-a2b', 'assistant', 'ChatGPT', '2023-11-14T22:14:00.000Z', 'In April, the red ones.'],
    ]);
  });

  it('without a current node is read up to its latest answer', async () => {
    const messages = messagesOf(await importAll(chatgpt, file)).filter((m) => m.conversation_id === 'c-old');
    expect(messages.map((m) => m.content)).toEqual(['Which way?', 'Right.']);
  });

  it('has what was left out counted with the reason', async () => {
    const skips = skipsOf(await importAll(chatgpt, file));
    expect(skips.map(({ at, reason }) => `${at}: ${reason}`)).toEqual([
      'item 0, message m-sys: hidden in the conversation',
      'item 0, message m-tool1: written by a tool',
      'item 0, message m-call1: a call of a tool',
      'item 0, message m-a1: another branch of the conversation',
      'item 0, message m-u2: another branch of the conversation',
      'item 0, message m-a2: another branch of the conversation',
      'item 2, message m-x: another branch of the conversation',
    ]);
  });

  it('whose parents form a circle ends', async () => {
    const message = {
      id: 'm',
      author: { role: 'user' },
      content: { content_type: 'text', parts: ['hi'] },
      create_time: 1,
    };
    const mapping = { a: { parent: 'b', message }, b: { parent: 'a', message: { ...message, id: 'n' } } };
    const circle = JSON.stringify([{ id: 'c', current_node: 'a', mapping }]);
    expect(messagesOf(await importAll(chatgpt, circle))).toHaveLength(2);
  });
});

describe('a file that is not what it claims to be', () => {
  it('has an entry that is no conversation named, and the rest read', async () => {
    const faults = faultsOf(await importAll(chatgpt, file));
    expect(faults).toMatchObject([{ at: 'item 1', fatal: false }]);
    expect(faults[0]?.reason).toContain('mapping');
  });

  it('cut off in the middle keeps what stands before the cut', async () => {
    const cut = file.subarray(0, file.length - 200);
    const items = await importAll(chatgpt, cut);
    expect(messagesOf(items)).toHaveLength(4);
    expect(faultsOf(items).at(-1)).toMatchObject({ at: `byte ${cut.length}`, fatal: true });
  });

  it('broken in the middle names the byte', async () => {
    const text = new TextDecoder().decode(file);
    const end = new TextEncoder().encode(text.slice(0, text.indexOf('"not a conversation"'))).length;
    const broken = Buffer.concat([file.subarray(0, end), Buffer.from('!'), file.subarray(end)]);
    const items = await importAll(chatgpt, broken);
    expect(messagesOf(items)).toHaveLength(4);
    expect(faultsOf(items)).toMatchObject([{ at: `byte ${end}`, fatal: true }]);
  });

  it.each([['{"a":1}'], ['hello'], ['']])('is refused when it is %s', async (text) => {
    expect(faultsOf(await importAll(chatgpt, text))).toMatchObject([{ at: 'byte 0', fatal: true }]);
  });
});

it('gives the same items wherever the file is cut into chunks', async () => {
  const whole = await importAll(chatgpt, file);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(file.length), { maxLength: 200 }), async (ends) => {
      expect(await importAll(chatgpt, file, {}, ends)).toEqual(whole);
    }),
    { numRuns: 30 },
  );
});
