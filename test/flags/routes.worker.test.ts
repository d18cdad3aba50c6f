import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FlagDesk } from '../../durable-objects/flag-desk.ts';
import type { Env } from '../../src/env.ts';
import type { FlagChange, FlagsView } from '../../src/flags/contract.ts';
import { flagKey } from '../../src/flags/flag-reader.ts';
import { FLAG_NAMES } from '../../src/flags/registry.ts';
import type { Page } from '../../src/shared/page.ts';
import { type Client, newClient } from '../helpers/client.ts';

let admin: Client;
beforeEach(async () => {
  vi.spyOn(console, 'info').mockImplementation(() => {});
  admin = await newClient({ scopes: ['admin'] });
});
afterEach(() => void vi.restoreAllMocks());

const put = (flags: object, more: object = {}, client = admin) =>
  client.send<FlagsView>('PUT', '/flags', { flags, ...more });
const rules = async (client = admin) => (await client.get<FlagsView>('/flags')).body;
const ruleOf = (view: FlagsView, name: string) => view.flags.find((flag) => flag.name === name)!;
const log = async (query = '') => (await admin.get<Page<FlagChange>>(`/flags/changes${query}`)).body;

it('shows every flag with its default before anything is set', async () => {
  const view = await rules();
  expect(view.version).toBe(0);
  expect(view.flags.map(({ name }) => name)).toEqual(FLAG_NAMES);
  expect(view.flags.every((flag) => flag.is_default)).toBe(true);
});

it('sets a flag, leaves the others, and takes it back', async () => {
  const rule = { kind: 'percentage', percentage: 5 };
  const set = await put({ mirror_reply_candidate: rule });
  expect([set.status, set.body.version]).toEqual([200, 1]);
  expect(ruleOf(await rules(), 'mirror_reply_candidate')).toMatchObject({ rule, is_default: false });
  expect(ruleOf(await rules(), 'rerank').is_default).toBe(true);
  expect(ruleOf((await put({ mirror_reply_candidate: null })).body, 'mirror_reply_candidate').is_default).toBe(true);
});

it('is followed by the objects of the tenant, and by no other', async () => {
  await put({ rerank: { kind: 'allow_list', user_ids: ['ana'] } });
  const isOn = (tenantId: string, userId: string) =>
    new FlagDesk(env as unknown as Env, () => ({ tenantId, userId })).isOn('rerank');
  expect(await isOn(admin.tenantId, 'ana')).toBe(true);
  expect(await isOn(admin.tenantId, 'bo')).toBe(false);
  expect(await isOn('another', 'bo')).toBe(true);
});

it('writes down who changed what, and nothing where nothing changed', async () => {
  const off = { kind: 'boolean', on: false };
  await put({ rerank: off });
  await put({ rerank: off });
  await put({ rerank: null, text_model: off });
  const { items } = await log();
  expect(items).toMatchObject([
    { flag: 'text_model', before: null, after: off, version: 2, key_id: admin.id },
    { flag: 'rerank', before: off, after: null, version: 2, key_id: admin.id },
    { flag: 'rerank', before: null, after: off, version: 1, key_id: admin.id },
  ]);
  expect(items.every(({ at, request_id }) => Date.parse(at) > 0 && request_id !== '')).toBe(true);
  const first = await log('?limit=2');
  const second = await log(`?limit=2&cursor=${first.next}`);
  expect([...first.items, ...second.items]).toEqual(items);
  expect(second.next).toBeNull();
});

it('changes nothing of flags that somebody else has changed meanwhile', async () => {
  await put({ rerank: { kind: 'boolean', on: false } }, { if_version: 0 });
  const late = await put({ rerank: null }, { if_version: 0 });
  expect(late.status).toBe(409);
  expect((await rules()).version).toBe(1);
});

it.each([
  ['/flags', 'all'],
  ['/flags/unheard_of', { unheard_of: { kind: 'boolean', on: true } }],
  ['/flags/rerank/on', { rerank: { kind: 'boolean' } }],
  ['/flags/rerank/percentage', { rerank: { kind: 'percentage', percentage: 101 } }],
  ['/flags/rerank/user_ids/0', { rerank: { kind: 'allow_list', user_ids: [''] } }],
])('names the fault at %s', async (pointer, flags) => {
  const reply = await admin.send<{ errors: { pointer: string }[] }>('PUT', '/flags', { flags });
  expect([reply.status, reply.body.errors.map((fault) => fault.pointer)]).toEqual([400, [pointer]]);
});

it('is ruled by the tenant as a whole: no key of another tenant, without the scope, or bound to a user', async () => {
  await put({ rerank: { kind: 'boolean', on: false } });
  const stranger = await newClient({ scopes: ['admin'] });
  expect((await rules(stranger)).version).toBe(0);
  const { tenantId } = admin;
  for (const client of [
    await newClient({ tenantId }),
    await newClient({ tenantId, userId: 'ana', scopes: ['admin'] }),
  ]) {
    for (const reply of [
      await client.get('/flags'),
      await client.get('/flags/changes'),
      await put({ rerank: null }, {}, client),
    ]) {
      expect(reply.status).toBe(403);
    }
  }
});

it('keeps what KV could not be told, and tells it later', async () => {
  const { KV, TENANT_LEDGER } = env as unknown as Env;
  const ledger = TENANT_LEDGER.getByName(admin.tenantId);
  await runInDurableObject(ledger, (object) => {
    vi.spyOn(object as unknown as { write(): Promise<boolean> }, 'write').mockResolvedValueOnce(false);
  });
  expect((await put({ rerank: { kind: 'boolean', on: false } })).status).toBe(200);
  const key = await flagKey(admin.tenantId);
  expect([(await rules()).version, await KV.get(key)]).toEqual([1, null]);
  await runDurableObjectAlarm(ledger);
  expect(JSON.parse((await KV.get(key))!)).toEqual({ version: 1, rules: { rerank: { kind: 'boolean', on: false } } });
});

it.each(['refused', 'overtaken by the first'] as const)(
  'tells KV in the end of the later of two changes at once, also when it was %s',
  async (fate) => {
    const { KV, TENANT_LEDGER } = env as unknown as Env;
    const ledger = TENANT_LEDGER.getByName(admin.tenantId);
    // a promise would not do: what waited for it would go on as a part of the other object
    let first: 'to come' | 'under way' | 'let go' = 'to come';
    await runInDurableObject(ledger, (object) => {
      const held = object as unknown as { env: Env };
      const really = held.env.KV.put.bind(held.env.KV) as (key: string, text: string) => Promise<void>;
      const write = vi.fn(really).mockImplementationOnce(async (...given) => {
        first = 'under way';
        while (first === 'under way') await scheduler.wait(5);
        await really(...given);
      });
      if (fate === 'refused') write.mockRejectedValueOnce(new Error('KV PUT failed: 429 Too Many Requests'));
      Object.assign(held, { env: { ...held.env, KV: { put: write } } });
    });
    const on = put({ rerank: { kind: 'boolean', on: true } });
    await vi.waitUntil(() => first === 'under way');
    const off = await put({ rerank: { kind: 'boolean', on: false } });
    first = 'let go';
    expect([(await on).status, off.status]).toEqual([200, 200]);
    await runDurableObjectAlarm(ledger);
    const told = JSON.parse((await KV.get(await flagKey(admin.tenantId)))!);
    expect(told).toEqual({ version: 2, rules: { rerank: { kind: 'boolean', on: false } } });
    expect(await runDurableObjectAlarm(ledger)).toBe(false);
  },
);
