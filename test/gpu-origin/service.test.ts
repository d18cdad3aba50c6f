import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OriginError } from '../../src/gpu/origin.ts';
import { signedHeaders } from '../../src/gpu/signature.ts';
import type { Arena, QueryKind } from '../../src/spatial/arena.ts';
import { layOutHere } from '../../src/spatial/layout/lay-out.ts';
import { encodeArena, encodeQuery } from '../../src/spatial/wire.ts';
import { makeArena, makeQueries } from './arenas.ts';
import { oracleCosine, oracleFind, oracleNearest } from './oracle.ts';
import { type Running, SECRET, startOrigin } from './running.ts';

const PLAN = { size: 400, seed: 3, dimensions: 12, vectors: 'int8', whole: true } as const;
const SECOND = 5_000;
let running: Running;
let arena: Arena;
beforeAll(async () => {
  running = await startOrigin({ env: { GPU_ORIGIN_MAX_FRAME_BYTES: '200000', GPU_ORIGIN_GRACE_MS: '150' } });
  arena = makeArena(PLAN, 1);
});
afterAll(() => running.stop());

const frame = (kind: QueryKind, count = 9, limit = 5, epoch = arena.epoch) => ({
  kind,
  limit,
  arenas: [{ id: arena.id, epoch }],
  which: new Uint32Array(count),
  values: makeQueries(kind, count, 7, PLAN),
});
const refusal = (asked: Promise<unknown>) =>
  asked.then(
    () => null,
    (error: unknown) => (error instanceof OriginError ? [error.status, error.code] : error),
  );
const signed = (target: string, body: Uint8Array<ArrayBuffer>, now = Date.now(), secret = SECRET) =>
  signedHeaders(secret, { method: 'POST', target, body, now });
const post = async (headers: Record<string, string>, body: Uint8Array<ArrayBuffer>) =>
  (await fetch(`${running.url}/v1/query`, { method: 'POST', headers, body })).status;

describe('queries through HTTP', () => {
  it('asks for an arena that it has not, then answers as the oracle does', async () => {
    expect(await refusal(running.origin.query(frame('box'), SECOND))).toEqual([404, 'unknown_arena']);
    await running.origin.upload(arena, SECOND);
    for (const kind of ['box', 'sphere', 'frustum'] as const) {
      const asked = frame(kind);
      const reply = await running.origin.query(asked, SECOND);
      expect(reply).toEqual({ ranAt: 'cpu', answer: oracleFind(kind, { ...asked, arenas: [arena] }, 5) });
    }
    const [near, alike] = [frame('nearest'), frame('cosine')];
    const batch = { arenas: [arena] };
    expect((await running.origin.query(near, SECOND)).answer).toEqual(oracleNearest({ ...near, ...batch }, 5));
    expect((await running.origin.query(alike, SECOND)).answer).toEqual(oracleCosine({ ...alike, ...batch }, 5));
  });

  it('says how many there are where it may not send them all', async () => {
    await running.origin.upload(arena, SECOND);
    const everything = { ...frame('box', 1, 3), values: Float32Array.of(-99, -99, -99, 99, 99, 99) };
    const { answer } = await running.origin.query(everything, SECOND);
    expect([...answer.counts, ...answer.rows]).toEqual([400, 0, 1, 2]);
  });

  it('keeps frames that are computed together apart', async () => {
    await running.origin.upload(arena, SECOND);
    const frames = [1, 4, 0, 7].map((count) => frame('sphere', count));
    const replies = await Promise.all(frames.map((one) => running.origin.query(one, SECOND)));
    replies.forEach(({ answer }, i) => {
      expect(answer).toEqual(oracleFind('sphere', { ...frames[i]!, arenas: [arena] }, 5));
    });
  });

  it('refuses a stale epoch, and an upload that is older than what it has', async () => {
    await running.origin.upload({ ...arena, epoch: 9 }, SECOND);
    expect(await refusal(running.origin.query(frame('box'), SECOND))).toEqual([409, 'stale_arena']);
    expect(await refusal(running.origin.upload({ ...arena, epoch: 8 }, SECOND))).toEqual([409, 'conflict']);
    expect(await refusal(running.origin.query(frame('box', 2, 5, 9), SECOND))).toBeNull();
  });

  it('refuses what is no frame, and numbers that are none', async () => {
    const broken = frame('box', 2);
    broken.values[3] = Number.NaN;
    expect(await refusal(running.origin.query(broken, SECOND))).toEqual([400, 'bad_frame']);
    const nonsense = new Uint8Array(64);
    expect(await post(await signed('/v1/query', nonsense), nonsense)).toBe(400);
    const cut = encodeQuery(frame('box')).slice(0, -16);
    expect(await post(await signed('/v1/query', cut), cut)).toBe(400);
  });

  it('does not launch what comes too late', async () => {
    await running.origin.upload({ ...arena, epoch: 10 }, SECOND);
    const body = encodeQuery(frame('box', 2, 5, 10));
    const headers = { ...(await signed('/v1/query', body)), 'x-origin-deadline-ms': '0' };
    expect(await post(headers, body)).toBe(504);
  });
});

describe('the gate', () => {
  const body = new Uint8Array(64);

  it('lets a request in once', async () => {
    const headers = await signed('/v1/query', body);
    expect(await post(headers, body)).not.toBe(401);
    expect(await post(headers, body)).toBe(401);
  });

  it.each([
    ['no signature', async () => ({})],
    ['another secret', () => signed('/v1/query', body, Date.now(), 'another secret of 32 characters …')],
    ['another path', () => signed('/v1/jobs', body)],
    ['an old time', () => signed('/v1/query', body, Date.now() - 61_000)],
    ['a time to come', () => signed('/v1/query', body, Date.now() + 61_000)],
    ['another body', () => signed('/v1/query', new Uint8Array(65))],
  ])('refuses %s', async (_why, headers) => {
    expect(await post(await headers(), body)).toBe(401);
  });

  it('refuses a frame that is too large before it is read', async () => {
    const large = encodeArena(makeArena({ ...PLAN, size: 10_000 }));
    expect(large.length).toBeGreaterThan(200_000);
    const headers = ['PUT /v1/arenas/x HTTP/1.1', 'host: origin', `content-length: ${large.length}`, 'expect: nothing'];
    expect(await said(headers.filter((line) => !line.startsWith('expect')).join('\r\n'))).toContain('413');
  });

  it('cuts off a client that is slow with its headers or its body', async () => {
    expect(await said('POST /v1/query HTTP/1.1\r\nhost: origin', '')).toContain('408');
    const headers = await signed('/v1/query', body);
    const lines = Object.entries({ ...headers, 'content-length': '64' }).map(([name, value]) => `${name}: ${value}`);
    const started = performance.now();
    expect(await said(['POST /v1/query HTTP/1.1', 'host: origin', ...lines].join('\r\n'))).toBe('');
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('says that it lives without being asked who asks', async () => {
    const answers = await Promise.all(['health', 'ready', 'metrics'].map((path) => fetch(`${running.url}/${path}`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await answers[1]!.json()).toMatchObject({ ready: true, backend: 'cpu', software: false });
    expect(await answers[2]!.text()).toMatch(/gpu_origin_requests_total\{route="query",status="401"\} \d+/);
  });
});

it('refuses queries that its queue has no room for, and says when to come again', async () => {
  const small = await startOrigin({ env: { GPU_ORIGIN_MAX_QUEUED: '10' } });
  await small.origin.upload(arena, SECOND);
  const error = await small.origin.query(frame('box', 11), SECOND).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ status: 429, code: 'busy', retryAfterMs: 1_000 });
  await small.stop();
});

it('forgets the arenas that were asked for longest ago when there is no room', async () => {
  const tight = await startOrigin({ env: { GPU_ORIGIN_MAX_ARENA_BYTES: String(2.5 * 400 * (12 + 12 + 4)) } });
  const [a, b, c] = [1, 2, 3].map((number) => makeArena(PLAN, number)) as [Arena, Arena, Arena];
  await tight.origin.upload(a, SECOND);
  await tight.origin.upload(b, SECOND);
  const ask = ({ id, epoch }: Arena) => tight.origin.query({ ...frame('box'), arenas: [{ id, epoch }] }, SECOND);
  await ask(a);
  await tight.origin.upload(c, SECOND);
  expect([await refusal(ask(a)), await refusal(ask(b))]).toEqual([null, [404, 'unknown_arena']]);
  await tight.stop();
});

describe('jobs', () => {
  const ended = (id: string) =>
    vi.waitFor(
      async () => {
        const job = await running.origin.findJob(id, SECOND);
        expect(['done', 'failed', 'cancelled']).toContain(job.state);
        return job;
      },
      { timeout: 10_000, interval: 20 },
    );

  it('lays out an arena as this process would', async () => {
    const laid = { ...makeArena({ ...PLAN, size: 80 }, 5), points: null };
    await running.origin.upload(laid, SECOND);
    const { id } = await running.origin.addJob({ kind: 'layout', arena: laid.id, epoch: 1 }, SECOND);
    expect(await ended(id)).toMatchObject({ state: 'done', progress: 1, ran_at: 'cpu' });
    expect(await running.origin.places(id, SECOND)).toEqual(layOutHere(laid, null));
  });

  it('can be ended, and knows no others', async () => {
    const laid = { ...makeArena({ ...PLAN, size: 2_000 }, 6), points: null };
    await running.origin.upload(laid, SECOND);
    const { id } = await running.origin.addJob({ kind: 'layout', arena: laid.id, epoch: 1 }, SECOND);
    await running.origin.cancelJob(id, SECOND);
    expect((await ended(id)).state).toBe('cancelled');
    expect(await refusal(running.origin.places(id, SECOND))).toEqual([409, 'conflict']);
    expect(await refusal(running.origin.findJob('x', SECOND))).toEqual([404, 'not_found']);
  });
});

/** What the server says to the head of a request whose rest never comes, until it closes the connection. */
function said(head: string, end = '\r\n\r\n'): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let heard = '';
  const socket = connect(running.port, '127.0.0.1', () => socket.write(head + end));
  socket.on('data', (chunk) => {
    heard += chunk;
  });
  socket.on('error', () => {});
  socket.on('close', () => resolve(heard));
  return promise;
}
