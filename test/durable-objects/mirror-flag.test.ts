import { beforeEach, expect, it, vi } from 'vitest';
import { VERSIONS } from '../../src/mirror/variants.ts';

const MINUTE = 60_000;
const FLAG = { reply: { shown: VERSIONS.reply[1], shadow: null, share: 0 } };
let mirrorFlag: typeof import('../../durable-objects/mirror/mirror-flag.ts').mirrorFlag;
beforeEach(async () => {
  vi.resetModules();
  ({ mirrorFlag } = await import('../../durable-objects/mirror/mirror-flag.ts'));
});

const kvOf = (answers: (() => Promise<string | null>)[]) => {
  const get = vi.fn(() => answers.shift()!());
  return { get, kv: { get } as unknown as KVNamespace };
};
const says = (value: object | null) => async () => value && JSON.stringify(value);
const fails = async () => {
  throw new Error('down');
};

it('is asked of KV once a minute', async () => {
  const { kv, get } = kvOf([says(FLAG), says(null)]);
  expect([await mirrorFlag(kv, 0), await mirrorFlag(kv, MINUTE - 1)]).toEqual([FLAG, FLAG]);
  expect(get).toHaveBeenCalledTimes(1);
  expect(await mirrorFlag(kv, MINUTE)).toEqual({});
});

it('stays as it was last known while KV is down', async () => {
  const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
  const { kv } = kvOf([fails, says(FLAG), fails]);
  expect(await mirrorFlag(kv, 0)).toEqual({});
  expect(await mirrorFlag(kv, MINUTE)).toEqual(FLAG);
  expect(await mirrorFlag(kv, 2 * MINUTE)).toEqual(FLAG);
  noise.mockRestore();
});
