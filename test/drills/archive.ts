import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { serviceSecret } from '../../scripts/state.ts';
import { ONNX_MODEL } from '../../src/embedding/onnx.ts';
import { streamOf } from '../../src/http/stream.ts';
import { naturalKeyOfMessageId } from '../../src/messages/natural-key.ts';
import { archiveOf } from '../../src/person/archive/seal.ts';
import { toBase64 } from '../../src/shared/base64.ts';
import { newUlid } from '../../src/shared/ids.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import type { Report } from '../bench/report.ts';
import { MemoryWatch } from './memory-watch.ts';
import { onStage, type Stage } from './stage.ts';

const USER = 'ana';
const TENANT = 'dev';
const PAGE = 500;
const { model, dimensions } = ONNX_MODEL;
const LOOK_MS = 100;
/** What a transfer may add to what the process holds anyway; an archive of 10^5 messages is twice that. */
const MOST_GROWTH_BYTES = 64 * 2 ** 20;

/**
 * `npm run drill -- archive [--messages N]`: an archive of N messages with their vectors goes in and comes out again, as
 * streams. Neither way may hold the whole: what the Worker's processes take is watched.
 *
 * @returns what went wrong, a line each
 */
export function archive(args: readonly string[], report: Report): Promise<string[]> {
  const { values } = parseArgs({ args: [...args], options: { messages: { type: 'string', default: '100000' } } });
  return onStage({}, (stage) => play(stage, Number(values.messages), report));
}

async function play({ server, client, stateDir }: Stage, count: number, report: Report): Promise<string[]> {
  await client.send('POST', '/message?wait=true', { user_id: USER, content: 'So that the model is loaded.' });
  const taken = await watched(server.pids.worker, async () => {
    const answer = await fetch(`${server.url}/api/v1/users/${USER}/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/x-ndjson' },
      body: streamOf(made(serviceSecret(stateDir), count - 1)), // with the one above as many as a user may have
      duplex: 'half',
    } as RequestInit);
    return { status: answer.status, text: await answer.text() };
  });
  figures('import', taken, count, report);
  if (taken.result.status !== 200) return [`the import answered ${taken.result.status} ${taken.result.text}`];
  await settled(client);
  const given = await watched(server.pids.worker, async () => {
    const answer = await client.send('GET', `/users/${USER}/export`);
    let [bytes, tail] = [0, ''];
    for await (const piece of answer.body!) {
      bytes += piece.length;
      tail = (tail + Buffer.from(piece.subarray(-400)).toString()).slice(-400);
    }
    return { bytes, isWhole: tail.includes(`{"type":"end","messages":${count},`) };
  });
  figures('export', given, count, report);
  report({ metric: 'export/bytes', value: given.result.bytes, unit: 'bytes', n: count });
  return [
    ...(given.result.isWhole ? [] : ['the export is not whole']),
    ...(given.grew > MOST_GROWTH_BYTES ? [`the export took ${Math.round(given.grew / 2 ** 20)} MiB`] : []),
  ];
}

interface Watched<T> {
  result: T;
  ms: number;
  /** bytes that the processes held at the start, and most beyond that meanwhile */
  before: number;
  grew: number;
}

async function watched<T>(pid: number, work: () => Promise<T>): Promise<Watched<T>> {
  const before = new MemoryWatch(pid);
  before.look();
  const watch = new MemoryWatch(pid);
  const timer = setInterval(() => watch.look(), LOOK_MS);
  const begun = performance.now();
  try {
    const result = await work();
    watch.look();
    const start = before.figures().most;
    return { result, ms: performance.now() - begun, before: start, grew: watch.figures().most - start };
  } finally {
    clearInterval(timer);
  }
}

function figures(way: string, { ms, before, grew }: Watched<unknown>, count: number, report: Report): void {
  report({ metric: `${way}/ms`, value: Math.round(ms), unit: 'ms', n: count });
  report({ metric: `${way}/memory/before`, value: Math.round(before / 2 ** 20), unit: 'MiB', n: count });
  report({ metric: `${way}/memory/grew`, value: Math.round(grew / 2 ** 20), unit: 'MiB', n: count });
}

/** Waits until nothing is saved or placed any more: that takes memory of its own. */
async function settled(client: Stage['client']): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const status = await client.status(USER).catch(() => null);
    if (status && status.pending === 0 && status.outbox === 0) return;
    await sleep(1_000);
  }
}

/** An archive as the service would have written it. */
function made(secret: string, count: number): AsyncGenerator<Uint8Array> {
  const now = Date.now();
  const head = { type: 'archive', version: 1, archive_id: newUlid(now), user_id: USER } as const;
  const random = seeded(1);
  const lineOf = (i: number) => {
    const vector = Uint8Array.from({ length: dimensions }, () => Math.floor(random() * 256));
    return JSON.stringify({
      ...{ type: 'message', id: newUlid(now - count + i), seq: i + 10, naturalKey: naturalKeyOfMessageId(`a-${i}`) },
      ...{ messageId: `a-${i}`, conversationId: 'default', role: 'user', speaker: null, metadata: null },
      ...{ content: `Entry ${i}: the tide was ${i % 7} fingers high at pier ${i % 31}`, keystrokes: null },
      ...{ sentAt: now - (count - i) * 60_000, acceptedAt: now, position: null, life: null, category: null },
      vector: { model, scale: 1 / 2_800, base64: toBase64(vector) },
    });
  };
  return archiveOf(
    { tenantId: TENANT, userId: USER },
    secret,
    { ...head, exported_at: new Date(now).toISOString() },
    async (cursor) => {
      const from = Number(cursor ?? 0);
      const to = Math.min(count, from + PAGE);
      const lines = Array.from({ length: to - from }, (_, i) => lineOf(from + i));
      return { lines, messages: lines.length, records: 0, next: to < count ? String(to) : null };
    },
  );
}
