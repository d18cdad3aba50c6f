import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromBase64, toBase64 } from '../../src/shared/base64.ts';

it('reads back every byte that it wrote, also of a view into a larger buffer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), (bytes, cut) => {
      const view = bytes.subarray(Math.min(cut, bytes.length));
      expect(fromBase64(toBase64(view))).toEqual(new Uint8Array(view));
    }),
  );
});

it('writes what RFC 4648 writes', () => {
  const written = ['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'].map((text) =>
    toBase64(new TextEncoder().encode(text)),
  );
  expect(written).toEqual(['', 'Zg==', 'Zm8=', 'Zm9v', 'Zm9vYg==', 'Zm9vYmE=', 'Zm9vYmFy']);
});

it('refuses what is not base64', () => {
  expect(() => fromBase64('not base64!')).toThrow(DOMException);
});
