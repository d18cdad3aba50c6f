import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReconstructionView } from '../../src/archaeology/reconstructions/contract.ts';
import { type Owner, Scope } from '../../src/auth/contract.ts';
import type { ImportReport } from '../../src/person/archive/contract.ts';
import type { ErasureReceipt } from '../../src/person/erasure/contract.ts';
import { type Client, call, newClient } from '../helpers/client.ts';
import { count, inPostgres, settled, statusOf, sync } from '../helpers/person.ts';
import { SECRETS } from '../helpers/victim.ts';
import { MESSAGES, openApp, reconciled, stranger, wholePerson } from '../helpers/whole-person.ts';

let app: Client;
let owner: Owner;
beforeAll(async () => {
  app = await openApp();
});
beforeEach(() => {
  owner = stranger(app);
});

/** What is kept only under a consent. */
const UNDER_CONSENT = ['decision', 'reconstruction', 'other_copy'];

const at = (path = '') => `/users/${owner.userId}${path}`;
const erase = () => app.send<ErasureReceipt>('DELETE', at());
const person = () => wholePerson(app, owner);
const reconcile = () => reconciled(app, owner.userId);

describe('an archive', () => {
  const exported = async (userId = owner.userId) =>
    (await call(`/api/v1/users/${userId}/export`, { headers: { authorization: app.authorization } })).text;
  const imported = (archive: string, asker = app, userId = owner.userId) =>
    call<ImportReport & { code: string }>(`/api/v1/users/${userId}/import`, {
      method: 'POST',
      headers: { authorization: asker.authorization, 'content-type': 'application/x-ndjson' },
      body: archive,
    });
  /** Without what says when it was made, and that it was. */
  const content = (archive: string) =>
    archive.split('\n').filter((line) => /^{"type":"(record|message)"/.test(line) && !line.includes('"archive.'));

  it('holds everything, and comes back equal after the user was erased', async () => {
    await person();
    const before = await exported();
    for (const secret of SECRETS) expect(before).toContain(secret);
    await erase();
    expect((await imported(before)).body).toMatchObject({ messages: MESSAGES, new_messages: MESSAGES });
    await settled(app, owner.userId);
    expect(content(await exported())).toEqual(content(before));
    await sync(owner);
    expect((await reconcile()).equal).toBe(true);
  });

  it('changes nothing when it is taken in again', async () => {
    await person();
    const archive = await exported();
    expect((await imported(archive)).body).toMatchObject({ new_messages: 0 });
    expect(content(await exported())).toEqual(content(archive));
  });

  it('brings nothing back under a consent that was withdrawn since', async () => {
    await person();
    const [made] = (await app.get<{ items: { id: string }[] }>(at('/reconstructions'))).body.items;
    const id = made!.id;
    const accepted = await app.post<ReconstructionView>(at(`/reconstructions/${id}/verdict`), { verdict: 'accept' });
    expect(accepted.status).toBe(200);
    const archive = await exported();
    const everything = await Promise.all(UNDER_CONSENT.map((table) => count(owner, table)));
    expect(everything.every((rows) => rows > 0)).toBe(true);
    await app.send('PUT', at('/consent'), { prediction: false, reconstruction: false, style: false });
    expect((await imported(archive)).body).toMatchObject({ new_messages: 0 });
    expect((await app.get(at(`/memories/${accepted.body.verdict!.memory_id}`))).status).toBe(404);
    expect(await Promise.all(UNDER_CONSENT.map((table) => count(owner, table)))).toEqual(UNDER_CONSENT.map(() => 0));
  });

  it('brings back a message that was deleted since, whether Postgres has heard of that or not', async () => {
    await person();
    const archive = await exported();
    const ids = (await inPostgres(owner)).map(({ id }) => id).sort();
    await app.delete(at('/messages/h0'));
    expect((await imported(archive)).body).toMatchObject({ new_messages: 1 });
    expect((await app.get(at('/messages/h0'))).status).toBe(200);
    await sync(owner);
    expect((await inPostgres(owner)).map(({ id }) => id).sort()).toEqual(ids);
    await app.delete(at('/messages/h0'));
    await sync(owner);
    expect((await imported(archive)).body).toMatchObject({ new_messages: 1 });
    await sync(owner);
    expect((await reconcile()).equal).toBe(true);
  });

  it('is refused where it was changed, cut short, or is of another tenant', async () => {
    await person();
    const archive = await exported();
    const stranger = await newClient({ scopes: Scope.options });
    for (const [text, asker] of [
      [archive.replace('heron', 'eagle'), app],
      [archive.split('\n').slice(0, 5).join('\n'), app],
      ['', app],
      ['{"a":1}', app],
      [archive, stranger],
    ] as const) {
      const reply = await imported(text, asker, 'somebody');
      expect([reply.status, reply.body.code]).toEqual([400, 'invalid_input']);
    }
    expect((await app.get('/users/somebody')).status).toBe(404);
  });

  it('is refused where it is not text, as one that was packed', async () => {
    const { status, body } = await call('/api/v1/users/somebody/import', {
      method: 'POST',
      headers: { authorization: app.authorization, 'content-type': 'application/x-ndjson' },
      body: new Uint8Array([0x1f, 0x8b, 8, 0, 0xff, 10]),
    });
    expect([status, body]).toMatchObject([
      400,
      { code: 'invalid_input', errors: [{ pointer: '', detail: 'The archive is not UTF-8.' }] },
    ]);
  });

  it('is refused where a user would have more than they may, and leaves them as they were', async () => {
    await person();
    const archive = await exported();
    const full = crypto.randomUUID();
    const palaces = async () => (await app.get<{ items: unknown[] }>(`/users/${full}/palaces`)).body.items.length;
    for (let made = 1; made < 32; made++) await app.post(`/users/${full}/palaces`, { name: `House ${made}` });
    expect(await palaces()).toBe(32);
    const reply = await imported(archive, app, full);
    expect([reply.status, reply.body.code]).toEqual([409, 'conflict']);
    expect([await palaces(), await statusOf(app, full)]).toMatchObject([32, { messages: 0 }]);
  });
});
