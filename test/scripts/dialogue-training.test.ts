import { describe, expect, it } from 'vitest';
import { trainEncoders } from '../../scripts/dialogue-training/dual-encoder.ts';
import { foldsOf } from '../../scripts/dialogue-training/folds.ts';
import { practiceOf } from '../../scripts/dialogue-training/practice.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import type { Dialogue, HiddenTurn } from '../eval/dialogues.ts';

const dialogue = (id: string, turns: string[], speakers: string[] = []): Dialogue => ({ id, turns, speakers });
const hidden = (before: string, gold: string): HiddenTurn => ({
  ...{ id: gold, set: 'dailydialog', before: [before], after: [], candidates: [gold, 'x'], gold: 0 },
});
const daily = Array.from({ length: 12 }, (_, i) => dialogue(`dailydialog/${i}`, [`a${i}`, `b${i}`, `c${i}`]));

it('tests each hidden turn once, without its dialogue in the training', () => {
  const items = daily.map((_, i) => hidden(`a${i}`, `b${i}`));
  const folds = foldsOf(daily, items);
  expect(folds.flatMap(({ tested }) => tested)).toHaveLength(items.length);
  for (const { training, tested } of folds) {
    const trained = new Set(training.flatMap(({ turns }) => turns));
    expect(tested.filter(({ id }) => trained.has(id))).toEqual([]);
  }
});

it('keeps a copy of a tested dialogue out of the training', () => {
  const copy = dialogue('dailydialog/copy', ['other start', 'a1', 'b1']);
  const folds = foldsOf([...daily, copy], [hidden('a1', 'b1')]);
  const fold = folds.find(({ tested }) => tested.length > 0)!;
  expect(fold.training).not.toContain(copy);
});

it('keeps every chat of a tested person out of the training', () => {
  const chats = [
    dialogue('realtalk/1', ['p', 'q'], ['ann', 'ben']),
    dialogue('realtalk/2', ['r', 's'], ['ben', 'cyd']),
    dialogue('realtalk/3', ['t', 'u'], ['cyd', 'dan']),
  ];
  const fold = foldsOf([...daily, ...chats], [hidden('p', 'q')]).find(({ tested }) => tested.length > 0)!;
  expect(fold.training.filter(({ id }) => id.startsWith('realtalk/'))).toEqual([chats[2]]);
});

it('gives each dialogue to the one fold that does not train on it', () => {
  const folds = foldsOf(daily, []);
  expect(folds.flatMap(({ own }) => own)).toHaveLength(daily.length);
  for (const { own, training } of folds) expect(training.filter((one) => own.includes(one))).toEqual([]);
});

describe('made hidden turns', () => {
  const turns = Array.from({ length: 60 }, (_, i) => `turn ${i}`);
  const chat: Dialogue = {
    ...dialogue('realtalk/1', turns, ['ann', 'ben']),
    saidBy: turns.map((_, i) => 'ab'[i % 2]!),
  };
  const numberOf = (text: string) => Number(text.split(' ')[1]);

  it('stand between the neighbours that they had', () => {
    for (const { before, after, candidates, gold } of practiceOf([chat])) {
      const at = numberOf(candidates[gold]!);
      expect([before.at(-1), ...after]).toEqual(turns.slice(at - 1, at + 1 + after.length).toSpliced(1, 1));
    }
  });

  it('have distractors that stand nowhere near', () => {
    for (const { before, after, candidates } of practiceOf([chat])) {
      expect(new Set(candidates).size).toBe(10);
      expect(candidates.filter((text) => [...before.slice(-3), ...after].includes(text))).toEqual([]);
    }
  });

  it('have distractors of the same speaker where they are replies', () => {
    const replies = practiceOf([chat]).filter(({ set }) => set === 'reply');
    expect(replies.length).toBeGreaterThan(40);
    for (const { candidates } of replies) {
      expect(new Set(candidates.map((text) => numberOf(text) % 2)).size).toBe(1);
    }
  });

  it('are not made of dialogues that do not say who speaks', () => {
    expect(practiceOf(daily)).toEqual([]);
  });
});

it('learns which turn answers which', () => {
  // turn i + 8 answers turn i, and shares no component with it
  const [columns, kinds] = [16, 8];
  const random = seeded(5);
  const inputs = Float32Array.from({ length: columns * columns }, (_, i) => Number(i % (columns + 1) === 0));
  const pairings = Array.from({ length: 512 }, () => Math.floor(random() * kinds)).map((kind) => ({
    turn: kind + kinds,
    neighbours: [kind],
  }));
  const start = [0, 1].map(() => Float32Array.from({ length: columns * kinds }, () => random() - 0.5));
  const options = { positions: 1, epochs: 30, rate: 0.02, pull: 0, sharpness: 1, start, width: kinds };
  const { contexts, turn } = trainEncoders(inputs, columns, [pairings], options);
  const column = ({ values }: { values: Float32Array }, c: number) =>
    Array.from({ length: kinds }, (_, r) => values[r * columns + c]!);
  for (let kind = 0; kind < kinds; kind++) {
    const asked = column(contexts[0]!, kind);
    const scores = Array.from({ length: kinds }, (_, other) =>
      column(turn, other + kinds).reduce((sum, value, r) => sum + value * asked[r]!, 0),
    );
    expect(scores.indexOf(Math.max(...scores))).toBe(kind);
  }
});
