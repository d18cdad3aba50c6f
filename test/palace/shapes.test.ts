import { expect, it } from 'vitest';
import { ANSWER_KINDS, Shapes } from '../../src/palace/shapes.ts';
import { words } from '../../src/text/tokenize.ts';

function shapeOf(content: string) {
  const shapes = new Shapes();
  shapes.set(5_000, content, words(content));
  const answers = Array.from({ length: ANSWER_KINDS }, (_, kind) => (shapes.answers[5_000]! >> kind) & 1);
  return { answers, names: shapes.names[5_000]!, length: shapes.lengths[5_000]! };
}

it.each([
  ['We were there last week', [1, 0, 0, 0, 0, 0, 0]],
  ['Just because', [0, 1, 0, 0, 0, 0, 0]],
  ['Seven of them', [0, 0, 1, 0, 0, 0, 0]],
  ['My favourite!', [0, 0, 0, 1, 0, 0, 0]],
  ['She bought it', [0, 0, 0, 0, 1, 0, 0]],
  ['I hope so', [0, 0, 0, 0, 0, 1, 0]],
  ['Here in Málaga', [0, 0, 0, 0, 0, 0, 1]],
  ['here in bed', [0, 0, 0, 0, 0, 0, 0]],
  ['猫が好きです', [0, 0, 0, 0, 0, 0, 0]],
])('tells what %j may answer', (content, answers) => {
  expect(shapeOf(content).answers).toEqual(answers);
});

it('counts names inside sentences, in any alphabet with capitals', () => {
  expect(shapeOf('Yes, Ana saw Émile. Nobody else').names).toBe(2);
  expect(shapeOf('там был Иван').names).toBe(1);
  expect(shapeOf(`he ${'met Ana '.repeat(300)}`).names).toBe(255);
});

it('keeps the length of a text as long as a message may be, and no trace of a removed one', () => {
  expect(shapeOf('x'.repeat(70_000)).length).toBe(65_535);
  const shapes = new Shapes();
  shapes.set(0, 'In Oslo we met Ana', ['we', 'went']);
  shapes.remove(0);
  expect([shapes.answers[0], shapes.names[0], shapes.lengths[0]]).toEqual([0, 0, 0]);
});
