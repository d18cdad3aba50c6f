import type { Utterance } from '../../src/mirror/inference.ts';

let row = 0;

/** A message as the inferences see it; what a test does not name is of no account. */
export const utterance = (fields: Partial<Utterance>): Utterance => ({
  row: ++row,
  id: `m${row}`,
  conversationId: 'default',
  content: 'hello',
  sentAt: Date.UTC(2026, 0, 5),
  vector: null,
  model: null,
  keystrokes: null,
  ...fields,
});
