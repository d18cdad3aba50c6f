import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candidate, MissingMessage } from '../../../src/archaeology/reconstruct/reconstruction.ts';
import { sameText } from '../../../src/text/same-text.ts';
import { BEFORE, copyOf, rebuilt, type SceneOptions } from './scene.ts';

const WORDS = [
  'Sintra',
  'tent',
  'red',
  'Zoë',
  '17',
  'boat',
  '3.50',
  'the',
  'you',
  'lake',
  'OK',
  '你好',
  '🎉',
  'www.x.org',
];
const phrase = fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 9 }).map((words) => words.join(' '));
const later = fc.oneof(
  phrase.map((text) => `> ${text}`),
  fc.tuple(phrase, phrase).map(([quoted, text]) => `> ${quoted}\n${text}?`),
  phrase.map((text) => `You said "${text}", no?`),
  phrase.map((text) => `you said you wanted ${text}. really?`),
  phrase.map((text) => `about the ${text}, yes`),
  phrase,
);
const scene: fc.Arbitrary<SceneOptions> = fc.record({
  changes: fc.tuple(later, later, later).map(([a, b, c]) => ({ [BEFORE]: a, [BEFORE + 1]: b, [BEFORE + 2]: c })),
  place: fc.record({
    missing: fc.constantFrom(null, { expected: 3, low: 1, high: 6 }, { expected: 12, low: 4, high: 30 }),
  }),
  copies: fc
    .array(fc.tuple(phrase, fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 2 })
    .map((copies) => copies.map(([text, certainty], i) => copyOf(text, 2_400_000 + i, certainty))),
});
const RUNS = { numRuns: 60 };

const candidatesOf = ({ retrieval, composition }: MissingMessage): Candidate[] =>
  [retrieval, composition].flatMap((each) => (each?.state === 'proposed' ? [each, ...each.alternatives] : []));

const pieces = (text: string) =>
  (text.toLowerCase().match(/[\p{L}\p{N}\p{M}.]+|\p{Extended_Pictographic}/gu) ?? []).map((piece) =>
    piece.replace(/^\.+|\.+$/g, ''),
  );
/** Names, numbers, signs and words of content: an oracle of its own, for the words that occur here. */
const JOINING = new Set(
  'a an the and or but so of in on at to for with by from as than then about over under into'.split(' '),
);

describe('reconstruct', () => {
  it('composes no name, number or word that its evidence does not hold', () => {
    fc.assert(
      fc.property(scene, (options) => {
        for (const { composition } of rebuilt({ ...options, copies: [], options: { maxMessages: 1 } }).place.messages) {
          if (composition?.state !== 'proposed') continue;
          for (const { text, evidence } of [composition, ...composition.alternatives]) {
            const held = new Set(evidence.flatMap((each) => pieces(each.text)));
            const alien = pieces(text).filter((piece) => piece !== '' && !held.has(piece) && !JOINING.has(piece));
            expect(alien).toEqual([]);
          }
        }
      }),
      RUNS,
    );
  });

  it('quotes its evidence as the messages hold it', () => {
    fc.assert(
      fc.property(scene, (options) => {
        const { place, messages } = rebuilt(options);
        for (const { messageId, start, end, text } of place.messages
          .flatMap(candidatesOf)
          .flatMap(({ evidence }) => evidence)) {
          const content = messages.find(({ id }) => id === messageId)?.content ?? text;
          expect(content.slice(start, end)).toBe(text);
        }
      }),
      RUNS,
    );
  });

  it('gives the same answer to the same question', () => {
    fc.assert(
      fc.property(scene, (options) => {
        expect(rebuilt(options).place).toEqual(rebuilt(options).place);
      }),
      { numRuns: 20 },
    );
  });

  it('keeps confidence in [0, 1], above the floor where it proposes and below it where only chance forbids', () => {
    fc.assert(
      fc.property(scene, (options) => {
        for (const { retrieval, composition } of rebuilt(options).place.messages) {
          for (const each of [retrieval!, composition!]) {
            expect(each.confidence).toBeGreaterThanOrEqual(0);
            expect(each.confidence).toBeLessThanOrEqual(1);
            if (each.state === 'proposed') expect(each.confidence).toBeGreaterThanOrEqual(each.floor);
            else if (each.cause === 'below_floor') expect(each.confidence).toBeLessThan(each.floor);
          }
        }
      }),
      RUNS,
    );
  });

  it('never proposes again what was rejected, however often it is asked', () => {
    fc.assert(
      fc.property(scene, (options) => {
        const rejected = new Set<string>();
        for (let round = 0; round < 6; round++) {
          const found = rebuilt({ ...options, ports: { rejected } }).place.messages.flatMap(candidatesOf);
          expect(found.filter(({ text }) => rejected.has(sameText(text)))).toEqual([]);
          for (const { text } of found) rejected.add(sameText(text));
          if (found.length === 0) break;
        }
      }),
      { numRuns: 30 },
    );
  });
});
