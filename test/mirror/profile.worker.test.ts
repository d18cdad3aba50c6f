import { beforeAll, expect, it } from 'vitest';
import type { AuthorAnswer, FingerprintAnswer, Profile } from '../../src/mirror/contract.ts';
import type { EvolutionAnswer, FutureAnswer } from '../../src/mirror/evolution/contract.ts';
import type { ChatAnswer } from '../../src/mirror/replies/contract.ts';
import type { InferenceName } from '../../src/shared/inferences.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { dialogue } from '../helpers/mirror.ts';
import { holdQueue, settled } from '../helpers/person.ts';
import { VOICES } from './style/voices.ts';

const WEEKS = 36;
const inThrees = (texts: readonly string[]) =>
  Array.from({ length: Math.floor(texts.length / 3) }, (_, i) => texts.slice(3 * i, 3 * i + 3).join('\n'));
const OWN = [1, 2, 3, 4, 5, 6].flatMap((seed) => inThrees(VOICES.casual(seed)));
const STRANGER = inThrees(VOICES.careful(9))[0]!;

let app: Client;
/** One person with many weeks of talk, who allows all: nothing below changes them. */
const at = (path: string) => `/users/ana${path}`;
beforeAll(async () => {
  useTestEmbedder();
  holdQueue();
  app = await newClient();
  const messages = dialogue(2 * WEEKS).map((message, i) => ({
    ...message,
    ...(message.role === 'user' ? { content: OWN[(i - 1) / 2] } : {}),
    timestamp: new Date(Date.UTC(2025, 0, 1) + Math.floor(i / 4) * 7 * 86_400_000 + i * 60_000).toISOString(),
    ...(message.role === 'user'
      ? { keystrokes: { intervals_ms: [90, 120, 110, 300, 2_500, 100], corrections: 1 } }
      : {}),
  }));
  await app.post('/messages', { user_id: 'ana', messages });
  await app.post('/message', { user_id: 'ana', content: STRANGER, message_id: 'stranger' });
  await settled(app, 'ana');
  const all: InferenceName[] = ['personality', 'emotion', 'style', 'prediction'];
  await app.send('PUT', at('/consent'), Object.fromEntries(all.map((name) => [name, true])));
});

it('shows five traits, each within its interval, and the messages that moved it', async () => {
  const { personality } = (await app.get<Profile>(at('/mirror'))).body;
  expect(personality).toMatchObject({ progress: 1, state: 'settled', basis: 'lexical', messages: 2 * WEEKS + 1 });
  expect(Object.keys(personality!.traits!)).toEqual([
    ...['openness', 'conscientiousness', 'extraversion', 'agreeableness', 'neuroticism'],
  ]);
  for (const { low, mean, high, moved_by } of Object.values(personality!.traits!)) {
    expect([0 <= low, low <= mean, mean <= high, high <= 1]).toEqual([true, true, true, true]);
    for (const { message_id } of moved_by) {
      expect((await app.get<{ role: string }>(at(`/messages/${message_id}`))).body.role).toBe('user');
    }
  }
});

it('shows how the person writes and types', async () => {
  const { status, body } = await app.get<FingerprintAnswer>(at('/mirror/fingerprint'));
  expect([status, body.state, body.progress]).toEqual([200, 'measured', 1]);
  expect(body.mean_message_length).toBeGreaterThan(5);
  expect(body.typing.rhythm!.keys_per_minute).toBeGreaterThan(100);
});

it('raises an alarm for a message that is not in the person’s manner, and hardly for others', async () => {
  const { body } = await app.get<FingerprintAnswer>(at('/mirror/fingerprint'));
  const stranger = await app.get<{ id: string }>(at('/messages/stranger'));
  expect(body.alarms.map(({ message_id }) => message_id)).toContain(stranger.body.id);
  expect(body.alarms.length).toBeLessThanOrEqual(2);
});

it('tells the person’s own words from a stranger’s', async () => {
  const judge = async (texts: string[]) => (await app.post<AuthorAnswer>(at('/mirror/same-author'), { texts })).body;
  const [theirs, other] = [await judge(inThrees(VOICES.casual(7))), await judge(inThrees(VOICES.careful(7)))];
  expect(theirs.probability!).toBeGreaterThan(0.8);
  expect(other.probability!).toBeLessThan(0.2);
  expect(await judge(['ok'])).toMatchObject({ state: 'insufficient', probability: null, evidence: null });
});

it('writes every name as the API does', async () => {
  const names = (value: unknown): string[] =>
    typeof value !== 'object' || value === null
      ? []
      : Object.entries(value).flatMap(([key, inner]) => [...(Array.isArray(value) ? [] : [key]), ...names(inner)]);
  const shown = await Promise.all([
    ...['', '/evolution', '/fingerprint', '/emotion'].map((path) => app.get(at(`/mirror${path}`))),
    app.post(at('/mirror/same-author'), { texts: inThrees(VOICES.casual(7)) }),
    app.post(at('/mirror/calibrate')),
  ]);
  expect(shown.flatMap(({ body }) => names(body)).filter((name) => /[A-Z]/.test(name))).toEqual([]);
});

it('shows how each series went, by week and by month', async () => {
  const { body } = await app.get<EvolutionAnswer>(at('/mirror/evolution'));
  expect(body.weeks).toBeGreaterThanOrEqual(WEEKS);
  const names = body.series.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['personality.openness', 'emotion.valence', 'style.message_length']));
  const months = (await app.get<EvolutionAnswer>(at('/mirror/evolution?resolution=month&of=style'))).body;
  expect(months.series.every(({ name }) => name.startsWith('style.'))).toBe(true);
  expect(months.series[0]!.points.length).toBeLessThan(WEEKS / 2);
  const shares = months.series.find(({ name }) => name === 'style.commas')!;
  for (const { low, value, high } of shares.points)
    expect([0 <= low, low <= value, value <= high]).toEqual([true, true, true]);
});

it('projects the traits with intervals that widen by year and stay within [0, 1]', async () => {
  const { body } = await app.post<FutureAnswer>(at('/mirror/future-self'), { years: 10, age: 30 });
  expect([body.state, body.traits.length]).toEqual(['projected', 5]);
  for (const { points } of body.traits) {
    expect(points.map(({ year }) => year)).toEqual([...Array(11).keys()]);
    for (let i = 1; i < points.length; i++) {
      expect(points[i]!.low).toBeLessThanOrEqual(points[i - 1]!.low);
      expect(points[i]!.high).toBeGreaterThanOrEqual(points[i - 1]!.high);
      expect(points[i]!.low).toBeGreaterThanOrEqual(0);
      expect(points[i]!.high).toBeLessThanOrEqual(1);
    }
  }
  const reply = await app.post(at('/mirror/future-self'), { years: 0, age: 200 });
  expect(reply.body.errors!.map(({ pointer }) => pointer)).toEqual(['/years', '/age']);
});

it('answers in a chat with the person’s own words, says so, and names where they are from', async () => {
  const { status, body } = await app.post<ChatAnswer>(at('/mirror/chat'), { message: 'Do you want to swim today?' });
  expect([status, body.label, body.generated]).toEqual([200, 'mirror', false]);
  expect(body.sources.length).toBeGreaterThan(0);
  for (const { message_id, content } of body.sources) {
    const message = (await app.get<{ role: string; content: string }>(at(`/messages/${message_id}`))).body;
    expect([message.role, message.content]).toEqual(['user', content]);
  }
  if (body.state === 'insufficient') expect(body.reply).toBeNull();
  else expect(body.sources.map(({ content }) => content)).toContain(body.reply);
});

it('says in a chat that it knows nothing of a person who said nothing', async () => {
  await app.send('PUT', '/users/silent/consent', { style: true, prediction: true });
  const { body } = await app.post<ChatAnswer>('/users/silent/mirror/chat', { message: 'Hello?' });
  expect(body).toMatchObject({ label: 'mirror', state: 'insufficient', reply: null, sources: [], style_fit: null });
});

it('shows nothing of a trait before there are enough words', async () => {
  await app.send('PUT', '/users/brief/consent', { personality: true, style: true });
  await app.post('/message?wait=true', { user_id: 'brief', content: 'Hello there.' });
  const { body } = await app.get<Profile>('/users/brief/mirror');
  expect([body.personality!.state, body.personality!.traits, body.emotion]).toEqual(['insufficient', null, null]);
  expect((await app.post<FutureAnswer>('/users/brief/mirror/future-self', {})).body.state).toBe('insufficient');
});
