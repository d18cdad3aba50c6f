import { expect, it } from 'vitest';
import { createGate } from '../../src/embedding/gate.ts';
import { nextTurn } from '../../src/embedding/next-turn.ts';

it('never has two pieces of work inside', async () => {
  const exclusively = createGate();
  let [inside, most] = [0, 0];
  const work = async () => {
    most = Math.max(most, ++inside);
    await nextTurn();
    inside--;
  };
  await Promise.all(Array.from({ length: 10 }, () => exclusively(work)));
  expect(most).toBe(1);
});

it('lets the next one in after a failure', async () => {
  const exclusively = createGate();
  await expect(exclusively(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await exclusively(async () => 'yes')).toBe('yes');
});
