import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Line, lines } from '../../src/importers/lines.ts';
import { chunked } from '../helpers/import-file.ts';

async function split(bytes: Uint8Array, ends: number[] = [], maxBytes?: number): Promise<Line[]> {
  const found: Line[] = [];
  for await (const line of lines(chunked(bytes, ends), maxBytes)) found.push(line);
  return found;
}
const encode = (text: string) => new TextEncoder().encode(text);

it('finds the lines that splitting the whole text finds, wherever it is cut', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '中', '🍏', '\n', '\r\n', '\ufeff', ' '), maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(200), { maxLength: 20 }), async (whole, ends) => {
      const expected = whole.replace(/^\ufeff/, '').split(/\r?\n/);
      if (expected.at(-1) === '' && (whole.endsWith('\n') || whole === '')) expected.pop();
      const found = await split(encode(whole), ends);
      // a file of nothing but a byte order mark has one empty line
      expect(found.map((line) => line.text)).toEqual(expected);
      expect(found.every((line, i) => line.number === i + 1 && line.broken === undefined)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

it('reports a line that is too long and goes on behind it', async () => {
  const found = await split(encode(`short\n${'x'.repeat(30)}\nnext`), [10, 20, 25], 20);
  expect(found).toEqual([
    { number: 1, text: 'short' },
    { number: 2, text: '', broken: 'too long' },
    { number: 3, text: 'next' },
  ]);
});

it('reports a line that is no UTF-8 and reads the others', async () => {
  const bytes = new Uint8Array([...encode('a\n'), 0xff, 0xc3, 0x0a, ...encode('é')]);
  expect((await split(bytes)).map(({ broken }) => broken)).toEqual([undefined, 'not UTF-8', undefined]);
});
