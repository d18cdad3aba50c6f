import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { patientEmbedder } from '../../durable-objects/patient-embedder.ts';
import type { Env } from '../../src/env.ts';
import { done } from '../../src/shared/errors.ts';

type Service = Env['EMBEDDER'];
const VECTOR = done({ model: 'm', dimensions: 1, vectors: new Float32Array([1]) });
/** What the platform gives and Node has not. */
const wait = (ms: number, { signal }: { signal: AbortSignal }) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('scheduler', { wait });
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const embedderOf = (embed: Service['embed'], rerank: Service['rerank'] = () => new Promise(() => {})) =>
  patientEmbedder(() => ({ embed, rerank, warm: async () => {}, forget: async () => {} }));
const never = () => new Promise<never>(() => {});
const cutOff = () => Promise.reject(new Error('Network connection lost.'));

it('gives what the service answers', async () => {
  expect(await embedderOf(async () => VECTOR).embed(['a'])).toBe(VECTOR);
});

it('answers that the model is away when the call is cut off', async () => {
  expect(await embedderOf(cutOff).embed(['a'])).toMatchObject({ ok: false, code: 'unavailable' });
  expect(await embedderOf(cutOff, cutOff).rerank('a', ['b'])).toMatchObject({ ok: false, code: 'unavailable' });
});

it('lets a question wait for seconds and a message for a minute, no longer', async () => {
  const embedder = embedderOf(never);
  const ended: string[] = [];
  for (const purpose of ['query', 'message'] as const) {
    void embedder.embed(['a'], 'm', 's', purpose).then((answer) => ended.push(`${purpose} ${answer.ok}`));
  }
  await vi.advanceTimersByTimeAsync(6_000);
  expect(ended).toEqual(['query false']);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ended).toEqual(['query false', 'message false']);
});

it('keeps questions from a model that was away twice, for a while', async () => {
  const embed = vi.fn<Service['embed']>(cutOff);
  const embedder = embedderOf(embed);
  for (let i = 0; i < 4; i++) await embedder.embed(['a'], 'm', 's', 'query');
  expect(embed).toHaveBeenCalledTimes(2);
  embed.mockResolvedValue(VECTOR);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(await embedder.embed(['a'], 'm', 's', 'query')).toBe(VECTOR);
});
