import { expect, it } from 'vitest';
import { fitAmongOwn, RECALL_FLOOR } from '../../../src/mirror/prediction/recall.ts';

const TOPICS = ['bread', 'rain', 'trains', 'chess', 'paint', 'boats', 'tax', 'shoes', 'bees', 'salt', 'maps'];
const turn = (text: string) => ({ text, vector: null });
const past = TOPICS.map((topic, i) => ({
  id: `m${i}`,
  turn: turn(`I once told everyone all about ${topic}.`),
  context: [turn('And then?')],
  sentAt: i,
}));
const context = [turn('Where is the lighthouse on your island?')];

it('finds that a turn which takes up what was said answers it better than others', () => {
  const fit = fitAmongOwn(context, turn('The lighthouse is at the north end of the island.'), past, null);
  expect(fit).toBeGreaterThan(RECALL_FLOOR);
});

it('finds that a turn about something else does not answer', () => {
  expect(fitAmongOwn(context, turn('I once told everyone all about soap.'), past, null)).toBeLessThan(RECALL_FLOOR);
});

it('says nothing where there is too little to compare with', () => {
  expect(fitAmongOwn(context, turn('North.'), past.slice(0, 8), null)).toBeNull();
});

it('does not compare a turn with itself', () => {
  const same = past.slice(0, 9).map((reply) => ({ ...reply, turn: turn('North.') }));
  expect(fitAmongOwn(context, turn('North.'), same, null)).toBeNull();
});
