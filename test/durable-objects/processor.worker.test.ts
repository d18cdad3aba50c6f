import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { EmbeddingPort } from '../../src/embedding/embedder.ts';
import { BUSY_BATCH, MICRO_BATCH } from '../../src/tasks/process.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { type TestEmbedder, useTestEmbedder } from '../helpers/embedder.ts';
import { count, evict, holdQueue, objectOf, settled } from '../helpers/person.ts';
import { numbered } from '../helpers/seed.ts';

interface Worked {
  processor: { noteAccepted(now: number): void; ports: { embedder: EmbeddingPort } };
  archaeologyWork: { step(): Promise<boolean> };
  clock: { touch(): Promise<void>; rearm(): Promise<void> };
}

let app: Client;
let model: TestEmbedder;
let owner: { tenantId: string; userId: string };
beforeAll(async () => {
  model = useTestEmbedder();
  holdQueue();
  app = await newClient();
});
beforeEach(() => {
  owner = { tenantId: app.tenantId, userId: crypto.randomUUID() };
});

/** Texts of each call of the model. After each, messages have just arrived, or long ago: the clock decides nothing. */
async function watch(arriving: () => boolean): Promise<number[]> {
  const sizes: number[] = [];
  await runInDurableObject(objectOf(owner), (object) => {
    const { processor } = object as unknown as Worked;
    const { embedder } = processor.ports;
    processor.ports.embedder = {
      async embed(texts, ...more) {
        const answer = await embedder.embed(texts, ...more);
        sizes.push(texts.length);
        processor.noteAccepted(arriving() ? Date.now() : 0);
        return answer;
      },
    };
  });
  return sizes;
}
const send = () => app.post('/messages', { user_id: owner.userId, messages: numbered(60) });

it('works in whole micro-batches when no messages arrive', async () => {
  const sizes = await watch(() => false);
  await send();
  await settled(app, owner.userId);
  expect(sizes).toEqual([MICRO_BATCH, MICRO_BATCH, MICRO_BATCH, 60 - 3 * MICRO_BATCH]);
});

it('works in small batches while messages arrive, and in whole ones again afterwards', async () => {
  let arriving = true;
  const sizes: number[] = await watch(() => {
    if (sizes.length === 6) arriving = false;
    return arriving;
  });
  await send();
  await settled(app, owner.userId);
  const small = Array.from({ length: 5 }, () => BUSY_BATCH);
  expect(sizes.slice(0, 7)).toEqual([MICRO_BATCH, ...small, MICRO_BATCH]);
  expect(await count(owner, 'memory')).toBe(60);
});

it('catches up with everything though messages never cease to arrive', async () => {
  const sizes = await watch(() => true);
  await send();
  await vi.waitFor(() => expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(60), { timeout: 20_000 });
  await settled(app, owner.userId);
  expect(Math.max(...sizes.slice(1))).toBe(BUSY_BATCH);
});

it('takes in what comes while it looks for other work, without waiting for an alarm', async () => {
  await runInDurableObject(objectOf(owner), (object) => {
    const { archaeologyWork, clock } = object as unknown as Worked;
    for (const name of ['touch', 'rearm'] as const) vi.spyOn(clock, name).mockResolvedValue();
    vi.spyOn(archaeologyWork, 'step').mockImplementationOnce(async () => {
      await app.post('/message', { user_id: owner.userId, content: 'Said in between.' });
      return false;
    });
  });
  await app.post('/message', { user_id: owner.userId, content: 'Said at first.' });
  await settled(app, owner.userId);
  expect(await count(owner, 'memory')).toBe(2);
});

it('works on what was put off before the clock was set back by an hour', async () => {
  const real = Date.now;
  const ahead = vi.spyOn(Date, 'now').mockImplementation(() => real() + 3_600_000);
  model.away = true;
  await send();
  await scheduler.wait(200);
  ahead.mockRestore();
  model.away = false;
  await evict(owner);
  await app.post('/message', { user_id: owner.userId, content: 'An hour earlier.' });
  await settled(app, owner.userId);
  expect(await count(owner, 'memory')).toBe(61);
});
