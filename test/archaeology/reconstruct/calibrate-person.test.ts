import { describe, expect, it } from 'vitest';
import { calibratePerson, hiddenTrial } from '../../../src/archaeology/reconstruct/calibrate-person.ts';
import { chanceOf, fitNear, SHIPPED_CALIBRATION } from '../../../src/archaeology/reconstruct/confidence.ts';
import { pastTexts } from '../../../src/archaeology/reconstruct/retrieval.ts';
import { MemoryHistory } from '../../helpers/memory-history.ts';
import { seeded, unit } from '../../helpers/unit-vector.ts';
import { chat } from './scene.ts';

/** Bruno asks the same few things again and again; Ana answers each always alike, or never alike. */
function history(repeats: boolean): MemoryHistory {
  const messages = chat({}, 160).map((message, row) => {
    const topic = (row >> 1) % 4;
    const content = message.isOwn ? (repeats ? `answer ${topic} as ever` : `${row} pears`) : `question ${topic}?`;
    return { ...message, content, vector: unit(seeded(1 + topic * 2 + (row % 2)), 64) };
  });
  return new MemoryHistory(messages, { model: 'test/1' });
}

describe('calibratePerson', () => {
  it('grows surer of a person who says the same in the same place, and less sure of one who never does', () => {
    const sureness = (repeats: boolean) => {
      const all = history(repeats);
      const [turn] = all.knownTurns(1);
      const { score } = all.hide(turn!.id, (ports) => hiddenTrial(turn!, ports)).past!;
      return [chanceOf('past', score, calibratePerson(all)), chanceOf('past', score, SHIPPED_CALIBRATION)];
    };
    const [[same], [never, before]] = [sureness(true), sureness(false)];
    expect(same).toBeGreaterThan(0.8);
    expect(never).toBeLessThanOrEqual(before!);
  });

  it('says from how many hidden turns it learned', () => {
    expect(calibratePerson(history(true)).hidden.past).toBe(60);
  });

  it('gives the same answer for the same history', () => {
    expect(calibratePerson(history(true))).toEqual(calibratePerson(history(true)));
  });

  it('is the shipped one for a person without turns', () => {
    const { past, composition } = calibratePerson(new MemoryHistory([], { model: null }));
    expect({ past, composition }).toEqual({
      past: SHIPPED_CALIBRATION.past,
      composition: SHIPPED_CALIBRATION.composition,
    });
  });

  it('keeps what verdicts have taught', () => {
    const trials = { quote: { n: 3, held: 1, expected: 2.4 } };
    expect(calibratePerson(history(true), { ...SHIPPED_CALIBRATION, trials }).trials).toEqual(trials);
  });

  it('never shows a hidden turn to what judges its place', () => {
    const all = history(false);
    for (const { id, text, place } of all.knownTurns(20)) {
      all.hide(id, (ports) => {
        const { before, after } = place;
        const sides = {
          before: [{ text: '', vector: before.at(-1)!.vector }],
          after: [{ text: '', vector: after[0]!.vector }],
        };
        expect(
          pastTexts(sides, ports).flatMap(({ evidence }) => evidence.map(({ messageId }) => messageId)),
        ).not.toContain(id);
        expect(ports.timesSaid(text)).toBe(0);
        expect(ports.style.score(text).unknown).toBe(1);
      });
      expect(all.ports().timesSaid(text)).toBe(1);
    }
  });
});

describe('fitNear', () => {
  const prior = { a: 1, b: -1 };

  it('is the prior without cases', () => {
    expect(fitNear(prior, [], [])).toEqual(prior);
  });

  it('moves further the more cases there are', () => {
    const offset = (n: number) => fitNear(prior, new Float64Array(n), new Float64Array(n).fill(1)).b;
    expect(offset(2)).toBeGreaterThan(prior.b);
    expect(offset(200)).toBeGreaterThan(offset(20));
    expect(offset(20)).toBeGreaterThan(offset(2));
  });

  it('never lets a better score mean a smaller chance', () => {
    const scores = Float64Array.from({ length: 200 }, (_, i) => i / 20);
    expect(
      fitNear(
        prior,
        scores,
        scores.map((score) => Number(score < 5)),
      ).a,
    ).toBeGreaterThanOrEqual(0);
  });
});
