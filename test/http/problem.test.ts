import { Hono } from 'hono';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { problem } from '../../src/http/problem.ts';

let noise: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  noise = vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => void vi.restoreAllMocks());

async function answerTo(thrown: unknown) {
  const app = new Hono();
  app.get('/', () => {
    throw thrown;
  });
  app.onError(problem);
  const response = await app.request('/');
  return { status: response.status, retryAfter: response.headers.get('retry-after'), text: await response.text() };
}

it.each(['overloaded', 'retryable', 'durableObjectReset'])(
  'asks to come back when the platform says that it was not the request: %s',
  async (mark) => {
    const { status, retryAfter, text } = await answerTo(Object.assign(new Error('inner words'), { [mark]: true }));
    expect([status, retryAfter]).toEqual([503, '2']);
    expect(text).not.toContain('inner words');
    expect(noise).toHaveBeenCalledOnce();
  },
);

it('answers a bug without its message, and logs it', async () => {
  const { status, text } = await answerTo(new TypeError('inner words'));
  expect(status).toBe(500);
  expect(text).not.toContain('inner words');
  expect(noise).toHaveBeenCalledOnce();
});
