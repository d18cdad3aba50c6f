import { expect, it } from 'vitest';
import { MemoryIndex } from '../../src/palace/memory-index.ts';
import { loadVectorKernel } from '../helpers/vector-kernel.ts';

const kernel = loadVectorKernel();
const START = Date.parse('2026-05-01T09:00:00Z');

function indexOf(said: [speaker: string, content: string][]): MemoryIndex {
  const index = new MemoryIndex(kernel);
  for (const [row, [speaker, content]] of said.entries()) {
    index.add({ row, conversationId: 'chat', role: 'user', speaker, sentAt: START + row * 1_000, content });
  }
  return index;
}
const best = (index: MemoryIndex, text: string) =>
  index.search({ text, vectors: new Map(), topK: 1, filters: {}, now: { time: START, zone: 'UTC' }, explain: true })[0];

const CHAT: [string, string][] = [
  ['Ben', 'Hi Kit! Which sport do you play?'],
  ['Katharina', 'I play badminton at the club'],
  ['Ben', 'And I play football at the club'],
  ['Ben', 'That is great, Kit!'],
];

it('a person is known by the name that others call them', () => {
  const hit = best(indexOf(CHAT), 'Which club does Kit play at?');
  expect(hit!.row).toBe(1);
  expect(hit!.signals.speaker).toBeGreaterThan(0);
});

it('one call makes no name, nor one that is taken back', () => {
  expect(best(indexOf(CHAT.slice(0, 3)), 'Which club does Kit play at?')!.signals.speaker).toBe(0);
  const index = indexOf(CHAT);
  index.remove(3);
  expect(best(index, 'Which club does Kit play at?')!.signals.speaker).toBe(0);
});

it('a greeting of everybody names nobody', () => {
  const index = indexOf([
    ['Ben', 'Hello Guys'],
    ['Ana', 'I play chess at the club'],
    ['Ben', 'Hey Guys'],
  ]);
  expect(best(index, 'What do the guys play at the club?')!.signals.speaker).toBe(0);
});
