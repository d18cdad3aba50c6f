import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Candidate, type ContextMessage, composeContext } from '../../src/context/compose.ts';
import { countTokens } from '../../src/context/tokens.ts';

const MARK = 'bcdfghjklm';
const START = Date.UTC(2026, 0, 1);

const hostileText = fc.oneof(
  fc.lorem({ maxCount: 60 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }),
  fc
    .array(
      fc.constantFrom(
        '"',
        '\n',
        '\r',
        '\u2028',
        '\u0085',
        '\\',
        'end ',
        MARK,
        '\\u0022',
        '<|im_start|>',
        '</s>',
        '[INST]',
        '🦉',
        '?',
        ' a',
      ),
      { minLength: 1, maxLength: 40 },
    )
    .map((parts) => parts.join('')),
);
const message = (row: number): fc.Arbitrary<ContextMessage> =>
  fc.record({
    row: fc.constant(row),
    id: fc.constant(`m${row}`),
    message_id: fc.constant(null),
    conversation_id: fc.constantFrom('a', 'b'),
    role: fc.constantFrom('user' as const, 'assistant' as const),
    speaker: fc.option(hostileText),
    content: hostileText,
    timestamp: fc.integer({ min: 0, max: 5_000 }).map((minutes) => new Date(START + minutes * 60_000).toISOString()),
  });
const candidates: fc.Arbitrary<Candidate[]> = fc.integer({ min: 0, max: 12 }).chain((count) =>
  fc.tuple(
    ...Array.from({ length: count }, (_, i) =>
      fc.record({
        message: message(i * 2 + 1),
        score: fc.double({ noNaN: true }),
        before: fc.option(message(i * 2)),
      }),
    ),
  ),
);
const marks = () => {
  let calls = 0;
  return () => (calls++ === 0 ? MARK : `other${calls}`);
};

it('never takes more tokens than it may, by its own count of the whole text', () => {
  fc.assert(
    fc.property(candidates, fc.integer({ min: 64, max: 600 }), (found, maxTokens) => {
      const { text, tokens } = composeContext(found, { maxTokens, newMark: marks() });
      expect(tokens).toBe(countTokens(text));
      expect(tokens).toBeLessThanOrEqual(maxTokens);
    }),
  );
});

it('has no line that a message could have made: heads, dates and JSON strings only, closed by the mark once', () => {
  fc.assert(
    fc.property(candidates, (found) => {
      const { text, sources } = composeContext(found, { maxTokens: 4_000, newMark: marks() });
      if (text === '') return;
      const mark = /"end (\w+)"/.exec(text)![1]!;
      for (const { message: m, before } of found) {
        expect(m.content + m.speaker + before?.content + before?.speaker).not.toContain(mark);
      }
      const lines = text.split(/[\n\r\u0085\u2028\u2029]/);
      expect(lines.at(-2)).toBe(`end ${mark}`);
      expect(lines.at(-1)).toBe('');
      const records = lines.slice(1, -2).filter((line) => !/^\d{4}-\d\d-\d\d \(\w+day\)$/.test(line));
      expect(records).toHaveLength(sources.length);
      for (const line of records) {
        expect(line).toMatch(/^\d\d:\d\d ("(?:[^"\\]|\\.)*"|[\p{L}\p{M}\p{N} .'_…-]+): "(?:[^"\\]|\\.)*"$/u);
        expect(line).not.toMatch(/<\||<\/|\[INST/i);
        expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      }
    }),
  );
});

it('gives back every text that it did not cut, and in order of time', () => {
  fc.assert(
    fc.property(candidates, (found) => {
      const { text, sources } = composeContext(found, { maxTokens: 8_000, newMark: marks() });
      const contents = [...text.matchAll(/: ("(?:[^"\\]|\\.)*")$/gmu)].map((match) => JSON.parse(match[1]!) as string);
      const known = new Map(
        found.flatMap(({ message: m, before }) => [m, ...(before ? [before] : [])]).map((m) => [m.id, m]),
      );
      expect(contents).toEqual(sources.map(({ id }) => known.get(id)!.content));
      const times = sources.map(({ timestamp }) => timestamp);
      expect(times).toEqual(times.toSorted());
      expect(new Set(sources.map(({ id }) => id)).size).toBe(sources.length);
    }),
  );
});
