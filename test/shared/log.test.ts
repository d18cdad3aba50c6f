import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { errorFields, log, setLogLevel } from '../../src/shared/log.ts';
import { inOrigin } from '../../src/shared/request-scope.ts';

const TEXT = 'what a user wrote';
let lines: unknown[];

beforeEach(() => {
  lines = [];
  for (const level of ['debug', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((...words) => void lines.push([level, ...words]));
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  setLogLevel('');
});

/** As drizzle's: its message lists the parameters, and it has no name of its own. */
class DrizzleQueryError extends Error {
  query = 'insert into messages …';
  constructor(options?: ErrorOptions) {
    super(`Failed query: insert into messages …\nparams: ${TEXT}`, options);
  }
}

function jsonError(): unknown {
  try {
    return JSON.parse(TEXT);
  } catch (error) {
    return error;
  }
}

it('writes one object, with its level, event and request', () => {
  inOrigin({ requestId: 'req-1', traceparent: null }, () => log.warn('queue slow', { messages: 3 }));
  expect(lines).toEqual([['warn', { level: 'warn', event: 'queue slow', request_id: 'req-1', messages: 3 }]]);
});

it('is silent about the way of a request unless asked', () => {
  log.debug('messages accepted');
  setLogLevel('debug');
  log.debug('messages accepted');
  expect(lines).toHaveLength(1);
});

it.each<[string, unknown]>([
  ['JSON that cannot be read', jsonError()],
  ['a query and its parameters', new DrizzleQueryError()],
  ['a cause', new Error('failed', { cause: new DrizzleQueryError({ cause: jsonError() }) })],
  ['an error of another object', Object.assign(new Error(TEXT), { remote: true })],
  ['an error of a class that is not known', Object.assign(new Error(TEXT), { name: 'NeonDbError' })],
  ['something thrown that is no error', TEXT],
])('does not repeat %s', (_what, error) => {
  log.error('failed', { error });
  expect(JSON.stringify(lines)).not.toContain(TEXT);
});

it('says of an error what it is, its code and where it was thrown', () => {
  const cause = Object.assign(new DrizzleQueryError(), { code: '23505' });
  const said = errorFields(new TypeError('x is not a function', { cause }));
  expect(said).toMatchObject({
    name: 'TypeError',
    message: 'x is not a function',
    cause: { name: 'DrizzleQueryError', code: '23505' },
  });
  expect(said.stack?.[0]).toMatch(/^at .*log\.test\.ts/);
});
