import { expect, it } from 'vitest';
import { RecentQuestions } from '../../src/embedding/recent-questions.ts';
import { done, refused } from '../../src/shared/errors.ts';

/** Counts how often the model is asked; each answer is the number of the call. */
function questions() {
  let [now, asked, isAway] = [0, 0, false];
  const found: string[] = [];
  const recent = new RecentQuestions({ now: () => now, tally: (result) => found.push(result) });
  const model = async () =>
    isAway ? refused('unavailable', 'away') : done({ model: 'm', dimensions: 1, vectors: Float32Array.of(++asked) });
  return {
    found,
    ask: async (question: string, name?: string) => {
      const answer = await recent.embed(question, name, model);
      return answer.ok ? answer.value.vectors : null;
    },
    later(ms: number): void {
      now += ms;
    },
    leave(away: boolean): void {
      isAway = away;
    },
  };
}

it('asks once for a question within a minute, however it is spaced', async () => {
  const { ask, later, found } = questions();
  expect([await ask('who  am I?'), await ask(' who am I?')]).toEqual([Float32Array.of(1), Float32Array.of(1)]);
  later(60_000);
  expect(await ask('who am I?')).toEqual(Float32Array.of(2));
  expect(found).toEqual(['hit']);
});

it('takes no question for another, nor for that to another model', async () => {
  const { ask } = questions();
  const answers = [await ask('a'), await ask('A'), await ask('a', 'other'), await ask('a')];
  expect(answers.map((vector) => vector?.[0])).toEqual([1, 2, 3, 1]);
});

it('holds a few questions, the latest', async () => {
  const { ask } = questions();
  for (const question of ['a', 'b', 'c', 'd', 'e']) await ask(question);
  expect([(await ask('b'))?.[0], (await ask('a'))?.[0]]).toEqual([2, 6]);
});

it('gives away nothing that could be changed, and keeps no refusal', async () => {
  const { ask, leave } = questions();
  leave(true);
  const refusal = await ask('a');
  leave(false);
  (await ask('a'))!.fill(9);
  (await ask('a'))!.fill(9);
  expect([refusal, await ask('a')]).toEqual([null, Float32Array.of(1)]);
});
