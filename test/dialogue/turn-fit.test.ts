import { expect, it } from 'vitest';
import { shippedModel } from '../../src/dialogue/model.ts';
import type { Turn } from '../../src/dialogue/turn.ts';
import { turnFit } from '../../src/dialogue/turn-fit.ts';
import { seeded, unit } from '../helpers/unit-vector.ts';

const said = (text: string, vector: Float32Array | null = null): Turn => ({ text, vector });
const WORDS_ONLY = { model: null };

it('finds the reply that shares the rare word', () => {
  const fit = turnFit(
    { before: [said('Did you ever play the bassoon?')], after: [] },
    [said('We went to the shop again.'), said('I learned the bassoon at school.'), said('It rains a lot here.')],
    WORDS_ONLY,
  );
  expect(fit.best).toBe(1);
});

it('takes thanks before "you are welcome" for likelier than a farewell', () => {
  const fit = turnFit(
    { before: [], after: [said("You're welcome.")] },
    [said('Hello there.'), said('Thank you so much!')],
    WORDS_ONLY,
  );
  expect(fit.best).toBe(1);
});

it('shows what the turn after tells and the turn before does not', () => {
  const candidates = [said('Where is the harbour?'), said('Where is the library?')];
  const before = [said('Good morning!')];
  const blind = turnFit({ before, after: [] }, candidates, WORDS_ONLY);
  const seeing = turnFit({ before, after: [said('The library? Down this street.')] }, candidates, WORDS_ONLY);
  expect(seeing.probabilities[1]! - blind.probabilities[1]!).toBeGreaterThan(0.2);
});

it('gives probabilities that add up to 1', () => {
  const { probabilities } = turnFit(
    { before: [said('How are you?')], after: [] },
    ['Fine.', 'Seven.', 'Blue.', ''].map((text) => said(text)),
    WORDS_ONLY,
  );
  expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
});

it('is not sure of anything when nothing stands around', () => {
  const fit = turnFit({ before: [], after: [] }, [said('one thing'), said('more things')], WORDS_ONLY);
  expect(fit.confidence).toBeLessThan(0.6);
});

it('has no best of no candidates', () => {
  const fit = turnFit({ before: [said('Hello?')], after: [] }, [], WORDS_ONLY);
  expect(fit).toMatchObject({ best: -1, confidence: 0, probabilities: new Float64Array(0) });
});

it('prefers what is habitual when nothing else tells candidates apart', () => {
  const fit = turnFit({ before: [said('Hm?')], after: [] }, [said('aaa'), said('bbb')], {
    ...WORDS_ONLY,
    priors: [0, Math.log(3)],
  });
  expect(fit.probabilities[1]).toBeCloseTo(0.75, 6);
});

it.each([
  ['projection', shippedModel().embeddingModel],
  ['cosine', 'some-other-model'],
])('compares vectors by %s', (basis, model) => {
  const random = seeded(3);
  const [near, far] = [unit(random), unit(random)];
  const fit = turnFit({ before: [said('x', near)], after: [] }, [said('y', far), said('z', near)], { model });
  expect(fit).toMatchObject({ basis, best: 1 });
});

it('leaves vectors aside when one candidate has none', () => {
  const vector = unit(seeded(3));
  const fit = turnFit({ before: [said('x', vector)], after: [] }, [said('y', vector), said('z')], {
    model: shippedModel().embeddingModel,
  });
  expect(fit.basis).toBe('words');
});

it('bears 32 KB of one letter, emoji and other scripts', () => {
  const candidates = ['a'.repeat(32_768), '🙂', 'こんにちは', '   '].map((text) => said(text));
  const { probabilities } = turnFit(
    { before: [said('a'.repeat(32_768))], after: [said('🙂')] },
    candidates,
    WORDS_ONLY,
  );
  expect(probabilities.every(Number.isFinite)).toBe(true);
});

it('takes a second greeting by the same person for less likely than a first one', () => {
  const candidates = [said('Hello Ben.'), said('We paint the fence.')];
  const chance = (own: string) =>
    turnFit({ before: [said(own), said('Hi, nice to hear from you.')], after: [] }, candidates, WORDS_ONLY)
      .probabilities[0]!;
  expect(chance('Hey Ann!')).toBeLessThan(chance('Dinner stands ready!'));
});

it('takes a farewell after a farewell for likelier than a greeting', () => {
  const candidates = [said('Hello! How are you today?'), said('See you tomorrow!')];
  const before = [said('I have to go to bed now.'), said('Good night, talk to you tomorrow!')];
  expect(turnFit({ before, after: [] }, candidates, WORDS_ONLY).best).toBe(1);
});
