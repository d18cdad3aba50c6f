import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CalibrationAnswer } from '../../src/mirror/calibration/contract.ts';
import type { EmotionAnswer, Profile } from '../../src/mirror/contract.ts';
import type { DecisionPage, DecisionView } from '../../src/mirror/decisions/contract.ts';
import type { DecisionPrediction, ResponsePrediction } from '../../src/mirror/replies/contract.ts';
import type { AuditPage } from '../../src/person/audit/contract.ts';
import type { InferenceName } from '../../src/shared/inferences.ts';
import { type Client, newClient, type Problem } from '../helpers/client.ts';
import { type TestEmbedder, useTestEmbedder } from '../helpers/embedder.ts';
import { dialogue, profileRows } from '../helpers/mirror.ts';
import { evict, holdQueue, settled } from '../helpers/person.ts';

let app: Client;
let model: TestEmbedder;
let owner: { tenantId: string; userId: string };
beforeAll(async () => {
  model = useTestEmbedder();
  holdQueue();
  app = await newClient({ scopes: ['ingest', 'read', 'profile'] });
});
beforeEach(() => {
  model.away = false;
  owner = { tenantId: app.tenantId, userId: crypto.randomUUID() };
});

const at = (path: string) => `/users/${owner.userId}${path}`;
const allow = (...names: InferenceName[]) =>
  app.send('PUT', at('/consent'), Object.fromEntries(names.map((name) => [name, true])));
const forbid = (...names: InferenceName[]) =>
  app.send('PUT', at('/consent'), Object.fromEntries(names.map((name) => [name, false])));
const send = async (messages: object[]) => {
  await app.post('/messages', { user_id: owner.userId, messages });
  await settled(app, owner.userId);
};
const emotion = async () => (await app.get<EmotionAnswer>(at('/mirror/emotion'))).body;

describe('without consent', () => {
  const ROUTES: [string, string, object | undefined, InferenceName[]][] = [
    ['GET', '/mirror', undefined, ['personality', 'emotion', 'style']],
    ['GET', '/mirror/evolution', undefined, ['personality', 'emotion', 'style']],
    ['GET', '/mirror/evolution?of=style', undefined, ['style']],
    ['GET', '/mirror/fingerprint', undefined, ['style']],
    ['POST', '/mirror/same-author', { texts: ['x'] }, ['style']],
    ['POST', '/mirror/future-self', {}, ['personality']],
    ['POST', '/mirror/chat', { message: 'Hi' }, ['style', 'prediction']],
    ['GET', '/mirror/emotion', undefined, ['emotion']],
    ['POST', '/mirror/predict-response', { message: 'Hi' }, ['prediction']],
    ['POST', '/mirror/decisions', { context: 'x', options: ['a', 'b'] }, ['prediction']],
    ['GET', '/mirror/decisions', undefined, ['prediction']],
    ['PATCH', '/mirror/decisions/x', { outcome: 1 }, ['prediction']],
    ['POST', '/mirror/decisions/predict', { context: 'x', options: ['a', 'b'] }, ['prediction']],
    ['POST', '/mirror/calibrate', undefined, ['prediction']],
  ];
  it.each(ROUTES)('%s %s is refused, and says what is missing', async (method, path, body, inferences) => {
    await send(dialogue(1));
    await allow('reconstruction');
    const reply = await app.send<Problem & { inferences: string[] }>(method, at(path), body);
    expect([reply.status, reply.body.code, reply.body.inferences]).toEqual([403, 'consent_required', inferences]);
    expect(await profileRows(owner)).toEqual({
      ...{ mirror_state: 0, mirror_part: 0, mirror_late: 0, decision: 0, prediction: 0, answers: 0 },
    });
    expect((await app.get<AuditPage>(at('/audit'))).body.items).toHaveLength(1); // the consent itself
  });
});

describe('emotion', () => {
  it('is read from what the person said before the consent and after it', async () => {
    await send(dialogue(10));
    await allow('emotion');
    const before = await emotion();
    expect([before.state, before.progress, before.messages]).toEqual(['tentative', 1, 10]);
    await send(dialogue(5, 'other'));
    expect((await emotion()).messages).toBe(15);
    await evict(owner);
    expect((await emotion()).messages).toBe(15);
  });

  it('forgets a message that is deleted', async () => {
    await allow('emotion');
    await send(dialogue(10));
    await app.delete(at('/messages/talk-a3'));
    await app.delete(at('/messages/talk-q4'));
    expect((await emotion()).messages).toBe(9);
  });

  it('reads one message of the person, and no other', async () => {
    await allow('emotion');
    await send(dialogue(3));
    const { body } = await app.get<EmotionAnswer>(at('/mirror/emotion?message_id=talk-a2'));
    expect(body.message!.valence).toBeLessThan(0);
    for (const id of ['talk-q2', 'nobody']) {
      expect((await app.get(at(`/mirror/emotion?message_id=${id}`))).status).toBe(404);
    }
  });

  it('is part of the profile, which says nothing of what is not allowed', async () => {
    await send(dialogue(10));
    await allow('emotion');
    const { body } = await app.get<Profile>(at('/mirror'));
    expect(body.emotion).toMatchObject({ messages: 10 });
    await forbid('emotion');
    expect((await app.get(at('/mirror'))).status).toBe(403);
  });

  it('can follow 32 KB of one letter, an emoji alone, and clocks that run backwards', async () => {
    await allow('emotion');
    const odd = ['a'.repeat(32_768), '🙂', '。', 'Ñandú über alles?', '\u200b'];
    await send(odd.map((content, i) => ({ content, timestamp: new Date(Date.UTC(2020 - i, 1, 1)).toISOString() })));
    expect(await emotion()).toMatchObject({ progress: 1 });
  });
});

describe('decisions', () => {
  const sea = { context: 'Where to spend the summer holidays', options: ['the sea', 'the mountains'] };
  const record = (changes: object) => app.post<DecisionView>(at('/mirror/decisions'), { ...sea, ...changes });

  it('are recorded, listed, and completed later', async () => {
    await allow('prediction');
    const open = (await record({})).body;
    expect(open).toMatchObject({ choice: null, outcome: null });
    const second = (await record({ choice: 'the sea', decided_at: '2026-01-05T10:00:00Z' })).body;
    const patched = await app.send<DecisionView>('PATCH', at(`/mirror/decisions/${open.id}`), {
      ...{ choice: 'the mountains', outcome: -0.5 },
    });
    expect(patched.body).toMatchObject({ choice: 'the mountains', outcome: -0.5 });
    const page = (await app.get<DecisionPage>(at('/mirror/decisions?limit=1'))).body;
    expect(page.items.map(({ id }) => id)).toEqual([second.id]);
    const next = (await app.get<DecisionPage>(at(`/mirror/decisions?limit=1&cursor=${page.next}`))).body;
    expect([next.items, next.next]).toEqual([[patched.body], null]);
  });

  it('are predicted from like ones, with their sources', async () => {
    await allow('prediction');
    const ids: string[] = [];
    for (const context of ['summer holidays with the family', 'holidays in summer', 'short summer holidays']) {
      ids.push((await record({ context, choice: 'the sea', outcome: 1 })).body.id);
    }
    const { body } = await app.post<DecisionPrediction>(at('/mirror/decisions/predict'), sea);
    expect(body).toMatchObject({ state: 'predicted', best: 'the sea' });
    expect(body.confidence).toBeGreaterThan(0.6);
    expect(ids).toEqual(expect.arrayContaining(body.options[0]!.sources));
    const unknown = await app.post<DecisionPrediction>(at('/mirror/decisions/predict'), {
      ...{ context: 'Which keyboard?', options: ['loud', 'silent'] },
    });
    expect(unknown.body).toMatchObject({ state: 'insufficient', best: null });
  });

  it('have chances that add up to one, though two options say the same', async () => {
    await allow('prediction');
    await record({ choice: 'the sea' });
    const options = ['the sea', 'The sea!', 'the mountains'];
    const { body } = await app.post<DecisionPrediction>(at('/mirror/decisions/predict'), { ...sea, options });
    expect(body.options.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 2);
  });

  it('score what was predicted, shown and in shadow', async () => {
    await allow('prediction');
    await record({ choice: 'the sea' });
    const predict = async () => (await app.post<DecisionPrediction>(at('/mirror/decisions/predict'), sea)).body;
    await record({ choice: 'the sea', prediction_id: (await predict()).prediction_id });
    const later = (await record({ prediction_id: (await predict()).prediction_id })).body;
    await app.send('PATCH', at(`/mirror/decisions/${later.id}`), { choice: 'the mountains' });
    await predict();
    const { body } = await app.post<CalibrationAnswer>(at('/mirror/calibrate'));
    expect(body.decisions.map(({ version, shown, scored, hit_rate }) => [version, shown, scored, hit_rate])).toEqual([
      ['alike-1', true, 2, 0.5],
      ['frequent-1', false, 2, 0.5],
    ]);
    expect(body).toMatchObject({ state: 'insufficient', open: 2 });
  });

  it('work while no model answers', async () => {
    await allow('prediction');
    model.away = true;
    await record({ choice: 'the sea' });
    const { body } = await app.post<DecisionPrediction>(at('/mirror/decisions/predict'), sea);
    expect(body.options[0]).toMatchObject({ option: 'the sea' });
  });

  it('are refused with a pointer to each fault', async () => {
    await allow('prediction');
    const faults = async (body: object) =>
      (await app.post(at('/mirror/decisions'), body)).body.errors!.map(({ pointer }) => pointer).toSorted();
    expect(await faults({ context: '', options: ['a'], outcome: 2 })).toEqual(['/context', '/options', '/outcome']);
    expect(await faults({ ...sea, choice: 'the moon' })).toEqual(['/choice']);
    expect(await faults({ ...sea, options: ['a', 'a'] })).toEqual(['/options']);
    expect((await app.send('PATCH', at('/mirror/decisions/none'), { outcome: 1 })).status).toBe(404);
    expect((await record({ prediction_id: 'none' })).status).toBe(404);
    const { id } = (await record({})).body;
    expect((await app.send('PATCH', at(`/mirror/decisions/${id}`), { choice: 'the moon' })).status).toBe(409);
  });
});

describe('predict-response', () => {
  const ask = (body: object, headers?: Record<string, string>) =>
    app.post<ResponsePrediction>(at('/mirror/predict-response'), body, headers);
  const QUESTION = { conversation_id: 'talk', message: 'Do you want to swim today?' };

  it('ranks given candidates', async () => {
    await allow('prediction');
    await send(dialogue(10));
    const candidates = ['The invoice is attached.', 'Yes, the lake is warm today.', 'Seven.'];
    const { body } = await ask({ ...QUESTION, candidates });
    expect(body.candidates.map(({ text }) => text).toSorted()).toEqual(candidates.toSorted());
    expect(body.candidates[0]!.text).toBe('Yes, the lake is warm today.');
    expect(body.candidates.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1);
  });

  it('draws from the past of the person alone', async () => {
    await allow('prediction');
    await send(dialogue(25));
    const { body } = await ask({ ...QUESTION, top_k: 20 });
    expect(body.candidates.length).toBeGreaterThan(0);
    for (const { text } of body.candidates) expect(text).toMatch(/Number \d+\.$/); // as answers end, and no question
  });

  it('claims nothing without history', async () => {
    await allow('prediction');
    const { status, body } = await ask({ message: 'How are you?' });
    expect([status, body.state, body.best, body.prediction_id]).toEqual([200, 'insufficient', null, null]);
  });

  it('counts notes as no replies', async () => {
    await allow('prediction');
    for (let i = 0; i < 20; i++) await app.post(at('/memories'), { content: `Note ${i} about the harbour.` });
    await send([{ content: 'How are you?', conversation_id: 'talk', role: 'assistant' }]);
    const { body } = await ask({ conversation_id: 'talk' });
    expect(body.reason).toContain('messages of the person');
  });

  it('is scored by the next message of the person in that conversation', async () => {
    await allow('prediction');
    await send(dialogue(25));
    await ask({ ...QUESTION, candidates: ['Yes, the lake is warm today.', 'Seven.'] });
    await ask({ ...QUESTION, candidates: ['Nine.', 'Seven.'], record: false });
    await send([
      { content: 'Yes, the lake is warm today!', conversation_id: 'elsewhere' },
      { content: 'Do you want to swim today?', conversation_id: 'talk', role: 'assistant' },
    ]);
    const calibrated = async () => (await app.post<CalibrationAnswer>(at('/mirror/calibrate'))).body;
    expect((await calibrated()).open).toBe(2);
    await send([{ content: 'yes the lake is warm today', conversation_id: 'talk' }]);
    const { open, replies, state } = await calibrated();
    expect([open, state]).toEqual([0, 'measured']);
    expect(replies.map(({ version, scored, hit_rate }) => [version, scored, hit_rate])).toEqual([
      ['fit-1', 1, 1],
      ['nearest-1', 1, 1],
    ]);
  });

  it('answers the same Idempotency-Key once', async () => {
    await allow('prediction');
    await send(dialogue(25));
    const question = { ...QUESTION, candidates: ['Yes.', 'No.'] };
    const [one, again] = [
      await ask(question, { 'idempotency-key': 'k' }),
      await ask(question, { 'idempotency-key': 'k' }),
    ];
    expect(again.body).toEqual(one.body);
    expect((await ask({ ...question, top_k: 1 }, { 'idempotency-key': 'k' })).status).toBe(409);
    expect((await profileRows(owner)).prediction).toBe(2); // one that was shown, one in shadow
  });
});

describe('a consent that is withdrawn', () => {
  it('erases all that was concluded under it, answers and open predictions too', async () => {
    await allow('prediction', 'emotion', 'style', 'personality');
    await send(dialogue(150));
    await app.post(at('/mirror/decisions'), { context: 'x', options: ['a', 'b'] }, { 'idempotency-key': 'd' });
    const candidates = ['Yes.', 'No.'];
    await app.post(at('/mirror/predict-response'), { message: 'Tea?', candidates }, { 'idempotency-key': 'p' });
    await app.post(at('/mirror/calibrate'));
    expect(await profileRows(owner)).toMatchObject({ decision: 1, prediction: 2, answers: 2 });
    await forbid('prediction', 'emotion', 'style', 'personality');
    expect(Object.values(await profileRows(owner)).every((rows) => rows === 0)).toBe(true);
    await allow('emotion');
    expect((await emotion()).messages).toBe(150);
  });
});

it('writes every read down before it answers, with the key and the request', async () => {
  await allow('emotion', 'prediction');
  await send(dialogue(2));
  const asked = (path: string) => app.get(at(path), { 'x-request-id': `read${path.replaceAll('/', '-')}` });
  for (const path of ['/mirror', '/mirror/emotion', '/mirror/decisions']) await asked(path);
  const { items } = (await app.get<AuditPage>(at('/audit'))).body;
  expect(items.slice(0, 3).map(({ action, inferences, request_id }) => [action, inferences, request_id])).toEqual([
    ['decisions.read', ['prediction'], 'read-mirror-decisions'],
    ['emotion.read', ['emotion'], 'read-mirror-emotion'],
    ['profile.read', ['emotion'], 'read-mirror'],
  ]);
  expect(items.every(({ key_id }) => key_id === app.id)).toBe(true);
});
