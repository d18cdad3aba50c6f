import { expect, it } from 'vitest';
import { evidenceStep } from '../../../src/mirror/personality/evidence-step.ts';

const counts = Array.from({ length: 20_000 }, (_, count) => count);

it('hears each of the first messages at once', () => {
  expect(new Set(counts.slice(0, 50).map(evidenceStep)).size).toBe(50);
});

it('holds together no counts that are more than two in a hundred apart', () => {
  const byStep = Map.groupBy(counts.slice(1), evidenceStep);
  for (const held of byStep.values()) expect(held.at(-1)! / held[0]!).toBeLessThanOrEqual(1.02);
});

it('never comes back to a step', () => {
  const steps = counts.map(evidenceStep);
  const changes = steps.filter((step, i) => step !== steps[i - 1]);
  expect(new Set(changes).size).toBe(changes.length);
});
