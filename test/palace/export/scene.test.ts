import { expect, it } from 'vitest';
import { sceneJson } from '../../../src/palace/export/scene.ts';
import { titleOf } from '../../../src/palace/export/title.ts';
import { inPages, newFrame, strewnMemories } from '../../helpers/scene.ts';

async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all).toString();
}

it.each([0, 1, 10, 25])('is one JSON document whatever the pages: %i memories', async (count) => {
  const frame = newFrame('garden');
  const memories = strewnMemories(frame, count);
  const text = await textOf(sceneJson(frame, inPages(memories, 10)));
  expect(JSON.parse(text)).toEqual({ ...frame, memories });
});

it.each([
  ['a short text as it is', 'The heron came back.', 'The heron came back.'],
  ['lines made one', ' The\n\theron  came ', 'The heron came'],
  [
    'whole words',
    'The heron came back to the pond behind our house this morning.',
    'The heron came back to the pond behind our…',
  ],
  ['a word without end', 'x'.repeat(99), `${'x'.repeat(47)}…`],
  ['whole characters', '🦉'.repeat(40), `${'🦉'.repeat(23)}…`],
  ['nothing but blanks', ' \n ', ''],
])('titles a memory with %s', (_what, content, title) => {
  expect(titleOf(content)).toBe(title);
});
