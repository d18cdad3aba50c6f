import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PalaceApi } from '../../durable-objects/palace/palace-api.ts';
import { ReaderApi } from '../../durable-objects/palace/reader-api.ts';
import { WalkApi } from '../../durable-objects/palace/walk-api.ts';
import { UserMemory } from '../../durable-objects/user-memory.ts';
import { withPalace, withReader, withWalks } from '../../src/http/user-memory.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';

const owner = { tenantId: 'tenant', userId: 'nobody' };
const GIVEN_OUT = [PalaceApi, WalkApi, ReaderApi];

/** What the object was told to let go. A request that ends tells it too; a test is a request that has not ended. */
let released: string[];
beforeEach(() => {
  useTestEmbedder();
  released = [];
  for (const { name, prototype } of GIVEN_OUT) {
    Object.defineProperty(prototype, Symbol.dispose, { value: () => released.push(name), configurable: true });
  }
});
afterEach(() => {
  for (const { prototype } of GIVEN_OUT) Reflect.deleteProperty(prototype, Symbol.dispose);
});

const releasedAre = (...names: string[]) => vi.waitFor(() => expect(released.toSorted()).toEqual(names));

it('lets go of the palaces once they have answered', async () => {
  const answer = await withPalace(env, owner, async (palace) => {
    const first = await palace.rooms('nowhere');
    expect(released).toEqual([]);
    return [first, await palace.list()];
  });
  expect(answer).toMatchObject([{ code: 'not_found' }, { code: 'not_found' }]);
  await releasedAre('PalaceApi');
});

it.each([
  ['walks', 'WalkApi', () => withWalks(env, owner, (walks) => walks.trail('nowhere'))],
  ['the reader', 'ReaderApi', () => withReader(env, owner, (reader) => reader.frame('nowhere'))],
] as const)('lets go of %s, and of the palaces they were reached through', async (_what, name, ask) => {
  expect(await ask()).toMatchObject({ code: 'not_found' });
  await releasedAre('PalaceApi', name);
});

it('lets go of them when what they were needed for fails', async () => {
  const failing = withWalks(env, owner, async (walks) => {
    await walks.trail('nowhere');
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  await releasedAre('PalaceApi', 'WalkApi');
});

it('fails once, with no rejection left unheard, when the object fails', async () => {
  const broken = vi.spyOn(UserMemory.prototype, 'palace').mockImplementation(() => {
    throw new Error('broken');
  });
  await expect(withWalks(env, owner, (walks) => walks.trail('nowhere'))).rejects.toThrow('broken');
  broken.mockRestore();
  expect(await withWalks(env, owner, (walks) => walks.trail('nowhere'))).toMatchObject({ code: 'not_found' });
});
