import { expect, it } from 'vitest';
import { AppError, done, refused, STATUS_OF, unwrap } from '../../src/shared/errors.ts';

it('unwraps what was done', () => {
  expect(unwrap(done(7))).toBe(7);
});

it('throws what was refused, with its code, detail and waiting time', () => {
  const thrown = (() => {
    try {
      return unwrap(refused('rate_limited', 'Too fast.', 3));
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toBeInstanceOf(AppError);
  expect(thrown).toMatchObject({
    code: 'rate_limited',
    detail: 'Too fast.',
    message: 'Too fast.',
    retryAfterSeconds: 3,
  });
});

it('leaves out a waiting time that nobody gave', () => {
  expect(refused('not_found', 'No.')).toEqual({ ok: false, code: 'not_found', detail: 'No.' });
  expect(() => unwrap(refused('not_found', 'No.'))).toThrow(expect.objectContaining({ retryAfterSeconds: undefined }));
});

it('answers every refusal but two with a status that blames the request', () => {
  const servers = Object.entries(STATUS_OF).flatMap(([code, status]) => (status >= 500 ? [code] : []));
  expect(servers).toEqual(['internal', 'unavailable']);
});
