import { seeded } from '../../../src/statistics/seeded.ts';

const SUBJECTS = ['we', 'they', 'my sister', 'the neighbours', 'everybody', 'that guy'];
const VERBS = ['went to', 'talked about', 'forgot', 'looked for', 'liked', 'was at'];
const OBJECTS = ['the market', 'the old bridge', 'a film', 'the garden', 'the match', 'dinner', 'the lake'];

/** Invented writers who say alike things in unlike manners; the same for a seed. */
export const VOICES = {
  careful: (seed: number) => said(seed, (s) => `I am quite certain; ${s}, I believe, because it was late.`),
  casual: (seed: number) => said(seed, (s) => `omg ${s} haha!! u know im so tired tho`),
};

function said(seed: number, dress: (sentence: string) => string): string[] {
  const random = seeded(seed);
  const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)]!;
  return Array.from({ length: 40 }, () => dress(`${pick(SUBJECTS)} ${pick(VERBS)} ${pick(OBJECTS)}`));
}
