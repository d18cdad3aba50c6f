import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { data } from '../../src/llm/slots.ts';
import { defineTemplate } from '../../src/llm/template.ts';
import { drain } from '../../src/metrics/recorder.ts';
import { startTextServer, type TextServer } from '../helpers/text-server.ts';
import { ASKING, anthropicAt, textTierOver } from '../helpers/text-tier.ts';

const echo = defineTemplate({
  name: 'echo',
  instructions: 'Repeat what is said.',
  ask: '{{said}}',
  slots: { said: data(1000) },
  output: { kind: 'text', maxLetters: 1000 },
  maxTokens: 50,
  temperature: 0,
});
const WELL = { kind: 'write', pieces: ['All', ' well'] } as const;

let server: TextServer;
beforeEach(async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  server = await startTextServer('anthropic');
  server.script(WELL);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await server.stop();
});
const rig = (options: Parameters<typeof textTierOver>[1] = {}) => textTierOver(anthropicAt(server.url), options);
let asked = 0;
/** never the same twice, so that no cache answers */
const fresh = () => ({ said: `number ${asked++}` });

it('tries again after an outage, and tells nothing of it', async () => {
  server.script({ kind: 'refuse', status: 503 }, { kind: 'cut', pieces: ['Half'] }, WELL);
  const { tier, clock } = rig();
  expect(await tier.write(echo, fresh(), ASKING)).toMatchObject({ ok: true, value: { value: 'All well' } });
  expect(clock.slept).toEqual([250, 500]);
});

it('waits as long as it is asked to', async () => {
  server.script({ kind: 'refuse', status: 429, retryAfter: '2' }, WELL);
  const { tier, clock } = rig();
  expect((await tier.write(echo, fresh(), ASKING)).ok).toBe(true);
  expect(clock.slept).toEqual([2000]);
});

it('does not try again what the model does not take, nor what the key does not open', async () => {
  for (const status of [400, 401]) {
    server.script({ kind: 'refuse', status });
    server.received.length = 0;
    expect(await rig().tier.write(echo, fresh(), ASKING)).toMatchObject({ ok: false, code: 'unavailable' });
    expect(server.received).toHaveLength(1);
  }
});

it('answers within the time when the model hangs', async () => {
  server.script({ kind: 'hang' });
  const { tier } = rig({ call: { timeoutMs: 120, idleMs: 80, retries: 0 } });
  const answer = await tier.write(echo, fresh(), ASKING);
  expect(answer).toMatchObject({ ok: false, code: 'unavailable', retryAfterSeconds: expect.any(Number) });
});

it('gives up a text that comes too slowly', async () => {
  server.script({ kind: 'write', pieces: Array.from({ length: 50 }, () => 'word '), pauseMs: 20 });
  const { tier } = rig({ call: { timeoutMs: 150, idleMs: 100, retries: 0 } });
  drain();
  expect((await tier.write(echo, fresh(), ASKING)).ok).toBe(false);
  expect(Object.keys(drain()!.bins.llm_request_duration_seconds!)).toEqual(['late']);
});

it.each([
  ['dead', { kind: 'refuse', status: 500 }],
  ['garbled', { kind: 'garble' }],
  ['cut', { kind: 'cut', pieces: ['Half'] }],
  ['no event stream', { kind: 'page' }],
] as const)('answers that it is unavailable when the model is %s', async (_name, behaviour) => {
  server.script(behaviour);
  expect(await rig().tier.write(echo, fresh(), ASKING)).toMatchObject({ ok: false, code: 'unavailable' });
});

it('leaves a model alone that keeps failing, tries it once after a rest, and closes when it answers', async () => {
  server.script({ kind: 'refuse', status: 500 });
  const { tier, clock, breaker } = rig();
  await tier.write(echo, fresh(), ASKING); // three tries
  expect(breaker.state(clock.now())).toBe('open');
  await tier.write(echo, fresh(), ASKING);
  expect(server.received).toHaveLength(3);

  clock.forward(10_000);
  expect(breaker.state(clock.now())).toBe('half-open');
  await tier.write(echo, fresh(), ASKING); // the trial
  expect(server.received).toHaveLength(4);
  expect(breaker.state(clock.now())).toBe('open');

  clock.forward(10_000);
  server.script(WELL);
  expect((await tier.write(echo, fresh(), ASKING)).ok).toBe(true);
  expect(breaker.state(clock.now())).toBe('closed');
});

it('gives the next one a try where nobody waited for the trial', async () => {
  server.script({ kind: 'refuse', status: 500 });
  const { tier, clock, breaker } = rig();
  await tier.write(echo, fresh(), ASKING);
  clock.forward(10_000);
  server.script({ kind: 'hang' });
  const leaving = new AbortController();
  const trial = tier.stream(echo, fresh(), ASKING, leaving.signal).next();
  await vi.waitFor(() => expect(server.received).toHaveLength(4), { interval: 5 });
  expect(breaker.state(clock.now())).toBe('open');
  leaving.abort();
  await expect(trial).rejects.toThrow();
  await vi.waitFor(() => expect(breaker.state(clock.now())).toBe('half-open'), { interval: 5 });
});

it('gets over a minute of 429: defined answers throughout, a rest as long as asked, then texts again', async () => {
  server.script({ kind: 'refuse', status: 429, retryAfter: '60' });
  const { tier, clock, breaker } = rig();
  for (let second = 0; second < 60; second += 5) {
    const answer = await tier.write(echo, fresh(), ASKING);
    expect(answer).toMatchObject({ ok: false, code: 'unavailable', retryAfterSeconds: expect.any(Number) });
    clock.forward(5_000);
  }
  expect(server.received.length).toBeLessThanOrEqual(3);
  expect(breaker.state(clock.now())).not.toBe('closed');
  clock.forward(60_000);
  server.script(WELL);
  expect((await tier.write(echo, fresh(), ASKING)).ok).toBe(true);
  expect(breaker.state(clock.now())).toBe('closed');
});

it('does not begin anew a stream that has been heard', async () => {
  server.script({ kind: 'cut', pieces: ['Half ', 'done'] }, WELL);
  const parts = [];
  for await (const part of rig().tier.stream(echo, fresh(), ASKING)) parts.push(part);
  expect(parts.map(({ type }) => type)).toEqual(['text', 'refused']);
});

it('counts what was asked, what failed, what it took and how the breaker stands', async () => {
  const { tier } = rig({ limits: { tokens: 10_000 } });
  drain();
  const said = fresh();
  await tier.write(echo, said, ASKING);
  await tier.write(echo, said, ASKING);
  server.script({ kind: 'refuse', status: 500 });
  await tier.write(echo, fresh(), ASKING);
  const { values, bins } = drain()!;
  const key = (...labels: string[]) => labels.join('\u001f');
  expect(values).toMatchObject({
    llm_answers_total: { [key('echo', 'model')]: 1, [key('echo', 'l1')]: 1 },
    llm_refusals_total: { [key('echo', 'away')]: 1 },
    llm_tokens_total: { input: 15, output: 2 },
    llm_breaker_state: { '': 1 },
  });
  expect(values.llm_cost_dollars_total!['']).toBeCloseTo(35e-6, 9);
  expect(values.llm_budget_used_ratio!['']).toBeGreaterThan(0);
  const calls = Object.entries(bins.llm_request_duration_seconds!);
  const totals = calls.map(([outcome, { counts }]) => [outcome, counts.reduce((sum, n) => sum + n, 0)]);
  expect(Object.fromEntries(totals)).toEqual({ ok: 1, away: 3 });
  expect(bins.llm_first_token_seconds!['']).toBeDefined();
});
