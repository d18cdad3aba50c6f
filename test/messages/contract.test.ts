import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS, MessageBody, MessagesBody, NewMessage, Timestamp, UserId } from '../../src/messages/contract.ts';

const takes = (message: object) => NewMessage.safeParse({ content: 'hello', ...message }).success;
const NUL = '\u0000';
const LONE = '\ud83d';

describe('content', () => {
  it.each([
    ['one byte a letter', 'a', LIMITS.messageBytes],
    ['two', 'é', LIMITS.messageBytes / 2],
    ['four', '🦉', LIMITS.messageBytes / 4],
  ])('may fill 32 KB of UTF-8 and no more, at %s', (_width, letter, most) => {
    expect(takes({ content: letter.repeat(most) })).toBe(true);
    expect(takes({ content: `${letter.repeat(most - 1)}${letter}a` })).toBe(false);
  });

  it('counts bytes as an encoder does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        fc.pre(!text.includes(NUL));
        const content = text.repeat(Math.ceil(LIMITS.messageBytes / text.length));
        expect(takes({ content })).toBe(Buffer.byteLength(content) <= LIMITS.messageBytes);
      }),
    );
  });

  it.each([
    ['empty', ''],
    ['with NUL', `a${NUL}`],
    ['with half a character', `a${LONE}b`],
    ['no text', 7],
  ])('is refused when %s', (_what, content) => {
    expect(takes({ content })).toBe(false);
  });

  it('is kept verbatim', () => {
    const content = '  \r\n\tÅ Å \uFEFF‮ 👩‍👩‍👧 ';
    expect(NewMessage.parse({ content }).content).toBe(content);
  });
});

describe('names', () => {
  it.each([
    [`speaker`, 128],
    ['conversation_id', 128],
    ['message_id', 256],
  ])('%s has 1 to %i characters of valid Unicode', (field, most) => {
    expect(takes({ [field]: 'x'.repeat(most) })).toBe(true);
    for (const wrong of ['', 'x'.repeat(most + 1), `a${NUL}b`, LONE, null])
      expect(takes({ [field]: wrong })).toBe(false);
  });

  it('a user id neither begins nor ends with a space', () => {
    expect(UserId.safeParse('ana maría').success).toBe(true);
    for (const wrong of [' ana', 'ana ', '\n', '', 'x'.repeat(129), `a${NUL}`, LONE]) {
      expect(UserId.safeParse(wrong).success).toBe(false);
    }
  });
});

it('a user id is no step in a path, or nobody could be read or erased under it', () => {
  expect(['.', '..', '...', 'a.b'].map((id) => UserId.safeParse(id).success)).toEqual([false, false, true, true]);
});

describe('metadata', () => {
  const metadata = (value: unknown) => takes({ metadata: value });

  it('takes any JSON object of at most 4 KB', () => {
    expect(metadata({ nested: { list: [1, null, 'two', { three: true }] } })).toBe(true);
    expect(metadata({ k: 'x'.repeat(LIMITS.metadataBytes - 8) })).toBe(true);
    expect(metadata({ k: 'x'.repeat(LIMITS.metadataBytes - 7) })).toBe(false);
    for (const wrong of [null, [], 'text', 7]) expect(metadata(wrong)).toBe(false);
  });

  it('is refused with NUL or half a character anywhere within', () => {
    for (const bad of [NUL, LONE, '\udc00', `\\${NUL}`, `\\\\${LONE}`]) {
      expect(metadata({ k: bad })).toBe(false);
      expect(metadata({ k: { deep: [`a${bad}b`] } })).toBe(false);
      expect(metadata({ k: { [bad]: 1 } })).toBe(false);
      expect(metadata({ [bad]: 1 })).toBe(false);
    }
  });

  it('may hold text that only looks like an escaped NUL', () => {
    for (const text of ['\\u0000', '\\\\u0000', 'C:\\u0000', '\\ud800', 'u0000']) {
      expect(metadata({ k: text })).toBe(true);
      expect(metadata({ [text]: 1 })).toBe(true);
    }
  });

  it('is refused exactly when a text in it holds NUL or is not well formed', () => {
    const text = fc
      .array(fc.constantFrom('\\', 'u0000', NUL, LONE, '\udc00', 'ud800', '"', 'a'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, (key, value) => {
        const fine = (s: string) => s.isWellFormed() && !s.includes(NUL);
        expect(metadata({ [key]: [value] })).toBe(fine(key) && fine(value));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('timestamp', () => {
  it.each([
    '2026-11-20T18:02:11Z',
    '2026-11-20T18:02:11.123456Z',
    '2024-02-29T23:59:59-12:00',
    '1900-01-01T00:00:00Z',
    '2099-12-31T23:59:59.999Z',
  ])('takes %s', (text) => {
    expect(Timestamp.safeParse(text).success).toBe(true);
  });
  it.each([
    '2026-11-20',
    '2026-11-20T18:02:11',
    '2026-11-20 18:02:11Z',
    '2025-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:00+99:00',
    '1899-12-31T23:59:59Z',
    '1900-01-01T00:00:00+01:00',
    '2100-01-01T00:00:00Z',
    '1748772000',
    'yesterday',
    '',
  ])('refuses "%s"', (text) => {
    expect(Timestamp.safeParse(text).success).toBe(false);
  });
});

describe('request', () => {
  it('holds 1 to 500 messages', () => {
    const body = (count: number) =>
      MessagesBody.safeParse({ user_id: 'u', messages: Array(count).fill({ content: 'a' }) });
    expect([0, 1, 500, 501].map((count) => body(count).success)).toEqual([false, true, true, false]);
  });

  it('is refused with a field that nobody knows', () => {
    expect(MessageBody.safeParse({ user_id: 'u', content: 'a', contnet: 'b' }).success).toBe(false);
    expect(MessagesBody.safeParse({ user_id: 'u', messages: [{ content: 'a', user_id: 'u' }] }).success).toBe(false);
  });

  it('stands for the user in the default conversation when it does not say', () => {
    expect(MessageBody.parse({ user_id: 'u', content: 'a' })).toEqual({
      user_id: 'u',
      content: 'a',
      role: 'user',
      conversation_id: 'default',
    });
  });

  it('takes typing rhythm and never keys', () => {
    expect(takes({ keystrokes: { intervals_ms: [0, 120, 600_000], corrections: 2 } })).toBe(true);
    expect(takes({ keystrokes: { intervals_ms: [], keys: ['a'] } })).toBe(false);
    expect(takes({ keystrokes: { intervals_ms: [-1] } })).toBe(false);
    expect(takes({ keystrokes: { intervals_ms: [1.5] } })).toBe(false);
    expect(takes({ keystrokes: { intervals_ms: Array(LIMITS.keystrokesPerMessage + 1).fill(1) } })).toBe(false);
  });
});
