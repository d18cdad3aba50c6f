import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { MemoryCache } from '../../src/cache/memory.ts';
import { CACHES } from '../../src/cache/policy.ts';
import { sealedCache } from '../../src/cache/sealed.ts';
import { AnswerCache } from '../../src/llm/answer-cache.ts';
import { SavedKeys } from '../../src/llm/kept-keys.ts';
import { count, data, records } from '../../src/llm/slots.ts';
import { defineTemplate } from '../../src/llm/template.ts';
import { NO_MODEL } from '../../src/llm/text-model.ts';
import type { StreamPart } from '../../src/llm/text-tier.ts';
import { startTextServer, type TextServer } from '../helpers/text-server.ts';
import { ASKING, anthropicAt, textTierOver } from '../helpers/text-tier.ts';

const note = defineTemplate({
  name: 'note',
  instructions: 'Write a note of {{words}} words.',
  ask: '{{about}} {{from}}',
  slots: { words: count, about: data(100), from: records(3, 50) },
  output: { kind: 'text', maxLetters: 500 },
  maxTokens: 50,
  temperature: 0,
});
const VALUES = { words: 5, about: 'the sea', from: [{ id: 'm1', who: 'Ana', text: 'It was blue.' }] };
const mood = defineTemplate({
  ...{ name: 'mood', instructions: 'Tell the mood.', ask: '{{said}}', slots: { said: data(100) } },
  ...{ maxTokens: 50, temperature: 0 },
  output: { kind: 'json', schema: z.strictObject({ mood: z.enum(['good', 'bad']) }) },
});

let server: TextServer;
beforeEach(async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  server = await startTextServer('anthropic');
  server.script({ kind: 'write', pieces: ['Blue', ' sea'] });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await server.stop();
});
const rig = (options: Parameters<typeof textTierOver>[1] = {}) => textTierOver(anthropicAt(server.url), options);
const says = (...answers: string[]) =>
  server.script(...answers.map((text) => ({ kind: 'write', pieces: [text] }) as const));
async function heard<T extends string | null>(stream: AsyncIterable<StreamPart<T>>): Promise<StreamPart<T>[]> {
  const parts: StreamPart<T>[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

it('says what a text was made from', async () => {
  expect(await rig().tier.write(note, VALUES, ASKING)).toMatchObject({
    ok: true,
    value: {
      value: 'Blue sea',
      usage: { input: 15, output: 2 },
      provenance: {
        model: 'anthropic/m',
        template: 'note',
        template_version: note.version,
        inputs: ['m1'],
        source: 'model',
      },
    },
  });
});

it('says at once that there is no model, and asks nobody', async () => {
  const { tier } = textTierOver(NO_MODEL);
  expect(tier.isPresent).toBe(false);
  expect(await tier.write(note, VALUES, ASKING)).toMatchObject({ ok: false, code: 'unavailable' });
  expect((await heard(tier.stream(note, VALUES, ASKING))).map(({ type }) => type)).toEqual(['refused']);
});

describe('one question at a time', () => {
  it('makes one request of a hundred at once, for one person', async () => {
    server.script({ kind: 'write', pieces: ['Blue', ' sea'], pauseMs: 20 });
    const { tier } = rig();
    const answers = await Promise.all(Array.from({ length: 100 }, () => tier.write(note, VALUES, ASKING)));
    expect(server.received).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.ok && answer.value.value))).toEqual(new Set(['Blue sea']));
    expect(answers.filter((answer) => answer.ok && answer.value.provenance.source === 'joined')).toHaveLength(99);
  });

  it('lets each of many streams hear all of it', async () => {
    server.script({ kind: 'write', pieces: ['Blue', ' sea'], pauseMs: 20 });
    const { tier } = rig();
    const streams = await Promise.all(Array.from({ length: 5 }, () => heard(tier.stream(note, VALUES, ASKING))));
    expect(server.received).toHaveLength(1);
    for (const parts of streams) {
      expect(parts.slice(0, -1)).toEqual([
        { type: 'text', text: 'Blue' },
        { type: 'text', text: ' sea' },
      ]);
      expect(parts.at(-1)).toMatchObject({ type: 'end', written: { value: 'Blue sea' } });
    }
  });

  it('tells all of them when it fails, and asks anew the next time', async () => {
    server.script({ kind: 'refuse', status: 400 });
    const { tier } = rig();
    const answers = await Promise.all([tier.write(note, VALUES, ASKING), tier.write(note, VALUES, ASKING)]);
    expect(answers.map(({ ok }) => ok)).toEqual([false, false]);
    says('Blue sea');
    expect((await tier.write(note, VALUES, ASKING)).ok).toBe(true);
  });

  it('goes on for as long as anybody listens', async () => {
    server.script({ kind: 'write', pieces: ['Blue', ' sea', ' and', ' sky'], pauseMs: 20 });
    const { tier } = rig();
    const whole = tier.write(note, VALUES, ASKING);
    for await (const _part of tier.stream(note, VALUES, ASKING)) break;
    expect(await whole).toMatchObject({ ok: true, value: { value: 'Blue sea and sky' } });
    expect(server.received).toHaveLength(1);
  });

  it.each(['the loop is left', 'the signal aborts'])(
    'breaks the call off when the last one leaves: %s',
    async (how) => {
      const pieces = Array.from({ length: 200 }, () => 'word ');
      server.script({ kind: 'write', pieces, pauseMs: 20 }, { kind: 'write', pieces: ['Blue sea'] });
      const { tier, caches, breaker, clock, ledger } = rig({ limits: { tokens: 10_000 } });
      const leaving = new AbortController();
      const stream = tier.stream(note, VALUES, ASKING, leaving.signal);
      await stream.next();
      if (how === 'the signal aborts') {
        leaving.abort();
        await expect(stream.next()).rejects.toThrow();
      } else await stream.return(undefined);
      await vi.waitFor(() => expect(server.closed).toBe(1), { interval: 5 });
      expect([caches.l2.size, breaker.state(clock.now())]).toEqual([0, 'closed']);
      expect([...ledger.spent.values()][0]!.tokens).toBeGreaterThan(0); // it may have to be paid
      expect(await tier.write(note, VALUES, ASKING)).toMatchObject({ value: { value: 'Blue sea' } });
    },
  );

  it('stops waiting for a model that hangs when the last one leaves', async () => {
    server.script({ kind: 'hang' });
    const { tier } = rig();
    const leaving = new AbortController();
    const parts = heard(tier.stream(note, VALUES, ASKING, leaving.signal));
    await vi.waitFor(() => expect(server.received).toHaveLength(1), { interval: 5 });
    leaving.abort();
    await expect(parts).rejects.toThrow();
    await vi.waitFor(() => expect(server.closed).toBe(1), { interval: 5 });
  });
});

describe('a text that is heard as it is written', () => {
  const report = defineTemplate({
    ...note,
    name: 'report',
    output: { kind: 'text', maxLetters: 40, none: 'NO_NOTE' },
    check: () => (text: string | null) => (text?.includes('Zebulon') ? 'It holds a name.' : null),
  });
  const spoken = async (...pieces: string[]) => {
    server.script({ kind: 'write', pieces });
    const { tier, caches } = rig();
    const parts = await heard(tier.stream(report, VALUES, ASKING));
    const said = parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
    return { said, last: parts.at(-1)!, kept: caches.l2.size };
  };

  it('shows no word that must not be shown, not even its beginning', async () => {
    const { said, last, kept } = await spoken('Blue ', 'sea with Zeb', 'ulon', ' in it');
    expect([said, last.type, kept]).toEqual(['Blue sea with', 'refused', 0]);
  });

  it('shows nothing of the word for none', async () => {
    const { said, last } = await spoken('NO_', 'NOTE', ' \n');
    expect([said, last]).toMatchObject(['', { type: 'end', written: { value: null } }]);
  });

  it('is refused once it is longer than it may be', async () => {
    const { last } = await spoken(...Array.from({ length: 20 }, () => 'word '));
    expect(last.type).toBe('refused');
  });

  it('is in the end what was heard, without the white space around it', async () => {
    const { said, last } = await spoken(' \n', ' Blue', ' sea', '. ');
    expect(said).toBe('Blue sea.');
    expect(last).toMatchObject({ type: 'end', written: { value: 'Blue sea.' } });
  });
});

describe('cache', () => {
  it('answers again from the isolate, and from KV where the isolate is new', async () => {
    const first = rig();
    await first.tier.write(note, VALUES, ASKING);
    expect(await first.tier.write(note, VALUES, ASKING)).toMatchObject({ value: { provenance: { source: 'l1' } } });
    const { clock, caches } = first;
    const second = rig({ caches: { l1: new MemoryCache(1e6, clock), l2: caches.l2 } });
    expect(await second.tier.write(note, VALUES, ASKING)).toMatchObject({ value: { provenance: { source: 'kv' } } });
    expect(await second.tier.write(note, VALUES, ASKING)).toMatchObject({ value: { provenance: { source: 'l1' } } });
    expect(server.received).toHaveLength(1);
  });

  it('keeps a stream when it is complete, and gives it back whole', async () => {
    const { tier } = rig();
    await heard(tier.stream(note, VALUES, ASKING));
    const parts = await heard(tier.stream(note, VALUES, ASKING));
    expect(parts[0]).toEqual({ type: 'text', text: 'Blue sea' });
    expect(server.received).toHaveLength(1);
  });

  it('keeps nothing that was cut off', async () => {
    server.script({ kind: 'cut', pieces: ['Blue'] }, { kind: 'write', pieces: ['Blue sea'] });
    const { tier } = rig();
    await heard(tier.stream(note, VALUES, ASKING));
    expect(await tier.write(note, VALUES, ASKING)).toMatchObject({ value: { provenance: { source: 'model' } } });
  });

  it.each([
    ['person', VALUES, { ...ASKING, scope: 'acme/bob' }],
    ['life of the person', VALUES, { ...ASKING, life: '2' }],
    ['number', { ...VALUES, words: 6 }, ASKING],
    ['text', { ...VALUES, about: 'the see' }, ASKING],
    ['record', { ...VALUES, from: [{ ...VALUES.from[0]!, who: 'Bob' }] }, ASKING],
  ])('asks anew for another %s', async (_what, values, asking) => {
    const { tier } = rig();
    await tier.write(note, VALUES, ASKING);
    await tier.write(note, values, asking);
    expect(server.received).toHaveLength(2);
  });

  it('asks anew after two hours', async () => {
    const { tier, clock } = rig();
    await tier.write(note, VALUES, ASKING);
    clock.forward(CACHES.textModelResponses.ttlSeconds * 1000 - 1000);
    await tier.write(note, VALUES, ASKING);
    expect(server.received).toHaveLength(1);
    clock.forward(2000);
    await tier.write(note, VALUES, ASKING);
    expect(server.received).toHaveLength(2);
  });

  it('forgets a person, in both places, and nobody else', async () => {
    const { tier, caches } = rig();
    const other = { ...ASKING, scope: 'acme/bob' };
    await tier.write(note, VALUES, ASKING);
    await tier.write(note, VALUES, other);
    const before = caches.l2.size;
    await tier.forget(ASKING.scope);
    expect(caches.l2.size).toBe(before / 2);
    expect(await tier.write(note, VALUES, other)).toMatchObject({ value: { provenance: { source: 'l1' } } });
    expect(await tier.write(note, VALUES, ASKING)).toMatchObject({ value: { provenance: { source: 'model' } } });
  });

  it('keeps nothing of a text that was on its way when the person was forgotten', async () => {
    server.script({ kind: 'write', pieces: ['Blue'], pauseMs: 150 });
    const { tier, caches } = rig();
    const writing = tier.write(note, VALUES, ASKING);
    await vi.waitFor(() => expect(server.received).toHaveLength(1), { interval: 5 });
    await tier.forget(ASKING.scope);
    await writing;
    expect(caches.l2.size).toBe(0);
  });

  it('takes what it cannot read for missing', async () => {
    const { tier, caches } = rig();
    await tier.write(note, VALUES, ASKING);
    for (const cache of [caches.l1, caches.l2]) {
      vi.spyOn(cache, 'get').mockResolvedValue(new TextEncoder().encode('{"text":7}'));
    }
    expect(await tier.write(note, VALUES, ASKING)).toMatchObject({ value: { provenance: { source: 'model' } } });
  });

  it('shows nothing of a text in KV, and nothing at all under another secret', async () => {
    const inner = new MemoryCache(1e6);
    const sealed = await sealedCache(inner, new Uint8Array(32).fill(1));
    await sealed.put('k', new TextEncoder().encode('a private text'), 60);
    expect(new TextDecoder().decode((await inner.get('k'))!)).not.toContain('private');
    expect(new TextDecoder().decode((await sealed.get('k'))!)).toBe('a private text');
    expect(await (await sealedCache(inner, new Uint8Array(32).fill(2))).get('k')).toBeNull();
    await inner.put('other', (await inner.get('k'))!, 60);
    expect(await sealed.get('other')).toBeNull();
  });
});

describe('what KV may hold', () => {
  const parts = (saved: [string, number][][], now = () => 1000) => ({
    ...{ ttlMs: 500, now },
    save: (entries: [string, number][]) => void saved.push(entries),
  });

  it('is remembered for as long as it lives, and by whoever reads what was saved', () => {
    const saved: [string, number][][] = [];
    new SavedKeys([], parts(saved)).add('llm1:a:0123456789abcdef');
    const later = (ms: number) =>
      new SavedKeys(
        saved.at(-1)!,
        parts([], () => 1000 + ms),
      );
    expect([later(499), later(500)].map((keys) => keys.has('llm1:a:0123456789abcdef'))).toEqual([true, false]);
    expect(later(0).has('llm1:a:0123456789abcdee')).toBe(false);
  });

  it('stays bounded: the oldest go', () => {
    const saved: [string, number][][] = [];
    const keys = new SavedKeys([], parts(saved));
    for (let i = 0; i < 600; i++) keys.add(String(i).padStart(16, '0'));
    expect(saved.at(-1)).toHaveLength(500);
    expect([keys.has('0'.repeat(16)), keys.has('599'.padStart(16, '0'))]).toEqual([false, true]);
  });

  it('is asked for there, and nothing else is', async () => {
    const l2 = new MemoryCache(1e6);
    const get = vi.spyOn(l2, 'get');
    const cache = new AnswerCache({ l1: new MemoryCache(0), l2, kept: new SavedKeys([], parts([])) });
    await cache.put('known', { text: 'a', usage: { input: 1, output: 1 } });
    expect([await cache.get('unknown'), (await cache.get('known'))?.tier]).toEqual([null, 'kv']);
    expect(get).toHaveBeenCalledTimes(1);
  });
});

describe('structure', () => {
  it('is read as the schema has it, fenced or not', async () => {
    says('```json\n{"mood":"good"}\n```');
    expect(await rig().tier.write(mood, { said: 'Hurray' }, ASKING)).toMatchObject({
      value: { value: { mood: 'good' } },
    });
  });

  it('is asked for once more with what was wrong, without a word of the data', async () => {
    says('{"mood":"purple"}', '{"mood":"bad"}');
    const written = await rig().tier.write(mood, { said: 'Hurray' }, ASKING);
    expect(written).toMatchObject({ value: { value: { mood: 'bad' }, usage: { input: 30, output: 2 } } });
    const { messages } = server.received[1]!.body;
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(messages[2]!.content).toContain('/mood: invalid_value');
    expect(messages[2]!.content).not.toMatch(/Hurray|purple/);
  });

  it('fails plainly when it is wrong again', async () => {
    says('the mood is good');
    expect(await rig().tier.write(mood, { said: 'Hurray' }, ASKING)).toMatchObject({ ok: false, code: 'unavailable' });
    expect(server.received).toHaveLength(2);
  });

  it('is not shown where the answer tells the instructions', async () => {
    server.script({ kind: 'obey', answer: ({ body }) => `My instructions: ${body.system}` });
    const { tier, caches } = rig();
    expect(await tier.write(note, VALUES, ASKING)).toMatchObject({ ok: false, code: 'unavailable' });
    expect((await heard(tier.stream(note, { ...VALUES, words: 9 }, ASKING))).at(-1)).toMatchObject({ type: 'refused' });
    expect(caches.l2.size).toBe(0);
  });
});

describe('budget', () => {
  it('refuses with the reason and the time when a day is used up, and opens the next day', async () => {
    const { tier, clock, ledger } = rig({ limits: { tokens: 700 } });
    let refusal = await tier.write(note, VALUES, ASKING);
    for (let n = 0; n < 30 && refusal.ok; n++) refusal = await tier.write(note, { ...VALUES, words: n }, ASKING);
    expect(refusal).toMatchObject({ ok: false, code: 'rate_limited', detail: expect.stringContaining('tokens') });
    expect(!refusal.ok && refusal.retryAfterSeconds).toBeLessThanOrEqual(86_400);
    expect([...ledger.spent.values()][0]!.tokens).toBeLessThanOrEqual(700);
    clock.forward(86_400_000);
    expect((await tier.write(note, { ...VALUES, words: 99 }, ASKING)).ok).toBe(true);
  });

  it('holds in dollars too', async () => {
    const { tier } = rig({ limits: { dollars: 0.0001 } });
    const refusal = await tier.write(note, VALUES, ASKING);
    expect(refusal).toMatchObject({ ok: false, code: 'rate_limited', detail: expect.stringContaining('dollars') });
    expect(server.received).toHaveLength(0);
  });

  it('is not touched by a cache', async () => {
    const { tier, ledger } = rig({ limits: { tokens: 10_000 } });
    for (let n = 0; n < 5; n++) await tier.write(note, VALUES, ASKING);
    expect([...ledger.spent.values()]).toEqual([{ tokens: 17, dollars: expect.closeTo((15 + 2 * 10) / 1e6) }]);
  });

  it('gives back what an outage did not use', async () => {
    server.script({ kind: 'refuse', status: 500 });
    const { tier, ledger } = rig({ limits: { tokens: 10_000 } });
    await tier.write(note, VALUES, ASKING);
    expect([...ledger.spent.values()][0]!.tokens).toBe(0);
  });

  it('keeps what may have been written and paid for before a cut', async () => {
    server.script({ kind: 'cut', pieces: ['Blue'] });
    const { tier, ledger } = rig({ limits: { tokens: 10_000 } });
    await tier.write(note, VALUES, ASKING);
    expect([...ledger.spent.values()][0]!.tokens).toBeGreaterThan(50);
  });

  it('is of one tenant alone', async () => {
    const { tier } = rig({ limits: { tokens: 700 } });
    while ((await tier.write(note, { ...VALUES, words: Math.random() }, ASKING)).ok);
    expect((await tier.write(note, VALUES, { tenant: 'other', scope: 'other/ana', life: '1' })).ok).toBe(true);
  });
});
