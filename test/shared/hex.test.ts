import { expect, it } from 'vitest';
import { bytesOfHex, hexOf } from '../../src/shared/hex.ts';

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte);

it('writes every byte as two lower-case digits', () => {
  expect(hexOf(EVERY_BYTE)).toBe(Buffer.from(EVERY_BYTE).toString('hex'));
});

it('reads digits of either case', () => {
  const hex = hexOf(EVERY_BYTE);
  expect([bytesOfHex(hex), bytesOfHex(hex.toUpperCase())]).toEqual([EVERY_BYTE, EVERY_BYTE]);
});
