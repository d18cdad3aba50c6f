import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  exportSpans,
  incomingTrace,
  rootSpan,
  sendSpans,
  setTracingBy,
  span,
  type TraceEnv,
} from '../../src/metrics/trace.ts';
import { currentOrigin, inOrigin } from '../../src/shared/request-scope.ts';

/** A receiver of OTLP over HTTP, as a collector is. */
let receiver: Server;
let env: TraceEnv;
let got: { url: string | undefined; headers: NodeJS.Dict<string | string[]>; body: string }[] = [];

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    got.push({ url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.end('{}');
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic abc=, x-tenant = one',
  };
});
afterAll(() => void receiver.close());
beforeEach(async () => {
  setTracingBy(env);
  await sendSpans(env);
  got = [];
});

const received = () => got.flatMap(({ body }) => JSON.parse(body).resourceSpans[0].scopeSpans[0].spans);

it('sends spans as OTLP, with the headers that were asked for', async () => {
  rootSpan('outer', 'server', { n: 3, share: 0.5, ok: true, route: '/a' }, () => span('inner', 'client', {}, () => 1));
  await sendSpans(env);
  expect(got[0]).toMatchObject({ url: '/v1/traces', headers: { authorization: 'Basic abc=', 'x-tenant': 'one' } });
  expect(JSON.parse(got[0]!.body).resourceSpans[0].resource.attributes).toContainEqual({
    key: 'service.name',
    value: { stringValue: 'palimpsest' },
  });
  const [inner, outer] = received();
  expect(outer).toMatchObject({ name: 'outer', kind: 2, status: { code: 0 } });
  expect(outer.attributes).toEqual([
    { key: 'n', value: { intValue: '3' } },
    { key: 'share', value: { doubleValue: 0.5 } },
    { key: 'ok', value: { boolValue: true } },
    { key: 'route', value: { stringValue: '/a' } },
  ]);
  expect(inner).toMatchObject({ traceId: outer.traceId, parentSpanId: outer.spanId, kind: 3 });
  expect(inner.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(inner.startTimeUnixNano).toMatch(/^\d{19}$/);
});

it('waits for a promise, and tells of a failure without its words', async () => {
  const failing = rootSpan('work', 'internal', {}, async () => {
    await Promise.resolve();
    throw new Error('what a user wrote');
  });
  await expect(failing).rejects.toThrow();
  await sendSpans(env);
  expect(received()).toEqual([expect.objectContaining({ name: 'work', status: { code: 2 } })]);
  expect(got[0]!.body).not.toContain('what a user wrote');
});

it('continues a trace that was begun elsewhere, and tells others how to continue its own', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const own = inOrigin({ requestId: 'r', traceparent }, () =>
    rootSpan('server', 'server', {}, () => currentOrigin()?.traceparent),
  );
  expect(own).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
  expect(own).not.toBe(traceparent);
  await sendSpans(env);
  expect(received()[0].parentSpanId).toBe('b7ad6b7169203331');
});

it('believes a caller who says whether a request is sampled, and otherwise takes the share that was set', () => {
  const said = (flags: string) => incomingTrace(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-${flags}`).isSampled;
  setTracingBy({ ...env, OTEL_TRACES_SAMPLER_ARG: '0' });
  expect([said('01'), said('00'), incomingTrace(undefined).isSampled]).toEqual([true, false, false]);
  setTracingBy({ ...env, OTEL_TRACES_SAMPLER_ARG: '1' });
  expect([said('01'), said('00'), incomingTrace('nonsense').isSampled]).toEqual([true, false, true]);
});

it('records nothing where no trace is open, or none is wanted', async () => {
  expect(span('alone', 'internal', {}, () => 7)).toBe(7);
  setTracingBy({});
  expect(rootSpan('off', 'server', {}, () => 8)).toBe(8);
  await sendSpans(env);
  expect(got).toEqual([]);
});

it('fails nobody when the receiver is away', async () => {
  rootSpan('lost', 'server', {}, () => 1);
  const away = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
  const works: Promise<unknown>[] = [];
  exportSpans(away, (work) => works.push(work));
  exportSpans(away, (work) => works.push(work));
  expect(works).toHaveLength(1);
  await expect(works[0]).resolves.toBeUndefined();
});
