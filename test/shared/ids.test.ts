import fc from 'fast-check';
import { expect, it } from 'vitest';
import { newUlid, parseTaskId, taskId, ulid, ulidEntropyHex } from '../../src/shared/ids.ts';

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const entropy = fc.uint8Array({ minLength: 10, maxLength: 10 });
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** The spec read literally: one number of 128 bits, written in base 32. */
function ulidBySpec(ms: number, bytes: Uint8Array): string {
  let value = (BigInt(ms) << 80n) | BigInt(`0x${hexOf(bytes)}`);
  let text = '';
  for (let i = 0; i < 26; i++, value /= 32n) text = DIGITS[Number(value % 32n)] + text;
  return text;
}

it('writes time and entropy as the ULID spec does', () => {
  fc.assert(
    fc.property(time, entropy, (ms, bytes) => {
      expect(ulid(ms, bytes)).toBe(ulidBySpec(ms, bytes));
    }),
  );
});

it('agrees with the examples of the spec', () => {
  expect(ulid(1469918176385, new Uint8Array(10)).slice(0, 10)).toBe('01ARYZ6S41');
  expect(ulid(2 ** 48 - 1, new Uint8Array(10).fill(255))).toBe('7ZZZZZZZZZZZZZZZZZZZZZZZZZ');
});

it('sorts by time', () => {
  fc.assert(
    fc.property(time, time, entropy, entropy, (a, b, x, y) => {
      fc.pre(a < b);
      expect(ulid(a, x) < ulid(b, y)).toBe(true);
    }),
  );
});

it('counts times before 1970 as 1970, and cuts fractions of a millisecond', () => {
  const none = new Uint8Array(10);
  expect(ulid(-1, none)).toBe(ulid(0, none));
  expect(ulid(5.9, none)).toBe(ulid(5, none));
  expect(ulid(2 ** 60, none)).toBe(ulid(2 ** 48 - 1, none));
});

it('uses the first ten bytes of longer entropy', () => {
  fc.assert(
    fc.property(time, fc.uint8Array({ minLength: 10, maxLength: 40 }), (ms, bytes) => {
      expect(ulid(ms, bytes)).toBe(ulidBySpec(ms, bytes.slice(0, 10)));
    }),
  );
});

it('gives the entropy back as hex', () => {
  fc.assert(
    fc.property(time, entropy, (ms, bytes) => {
      expect(ulidEntropyHex(ulid(ms, bytes))).toBe(hexOf(bytes));
    }),
  );
});

it.each([
  ['empty', ''],
  ['short', '01ARYZ6S4100000000000000'],
  ['long', '01ARYZ6S41000000000000000000'],
  ['lower case', '01aryz6s410000000000000000'],
  ['a letter that base 32 leaves out', '01ARYZ6S41I000000000000000'],
  ['more than 128 bits', '81ARYZ6S410000000000000000'],
  ['followed by a line break', '01ARYZ6S410000000000000000\n'],
])('finds no entropy in what is no ULID: %s', (_what, text) => {
  expect(ulidEntropyHex(text)).toBeNull();
});

it('makes ids that differ within one millisecond', () => {
  expect(new Set(Array.from({ length: 1000 }, () => newUlid(1))).size).toBe(1000);
});

const ID = '01ARYZ6S410000000000000000';

it('finds the person of a task, whatever Unicode names them', () => {
  const person = fc.string({ unit: 'binary', minLength: 1, maxLength: 128 });
  fc.assert(
    fc.property(person, (userId) => {
      const id = taskId(ID, userId);
      expect(id).toMatch(/^[A-Za-z0-9_-]+$/); // safe in a URL
      expect(parseTaskId(id)).toEqual({ id: ID, userId });
    }),
    { examples: [['\uFEFFana'], ['😀'], ['a_b-c'], ['\u0000']] },
  );
});

it.each([
  ['nothing', ''],
  ['no user', `task_${ID}_`],
  ['no task', 'task__YW5h'],
  ['another prefix', `tusk_${ID}_YW5h`],
  ['base 64 that is not UTF-8', `task_${ID}__w`],
  ['impossible base 64', `task_${ID}_A`],
  ['something after it', `task_${ID}_YW5h!`],
])('reads no task from what names none: %s', (_what, text) => {
  expect(parseTaskId(text)).toBeNull();
});

it('never throws on a text that is no task id', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseTaskId(`task_${ID}_${text}`)));
});
