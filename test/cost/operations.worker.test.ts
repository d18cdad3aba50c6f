import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import operations from '../../scripts/cost/operations.json' with { type: 'json' };
import type { Owner } from '../../src/auth/contract.ts';
import { type Client, newClient } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { type Counted, startMeter } from '../helpers/meter.ts';
import { evict, objectOf, ring, sync } from '../helpers/person.ts';
import { numbered } from '../helpers/seed.ts';

const CONSENT = { personality: true, emotion: true, style: true, prediction: true, reconstruction: true };
const HISTORY = 300;
/** Bytes by which vectors of the model are longer than those of the test's model. */
const LONGER_VECTOR = 512 - 64;

type Measured = Counted & { alarms: number };

let app: Client;
let owner: Owner;
let meter: Awaited<ReturnType<typeof startMeter>>;
let bytesBefore: number;

beforeAll(async () => {
  useTestEmbedder();
  app = await newClient();
  owner = { tenantId: app.tenantId, userId: crypto.randomUUID() };
  meter = await startMeter({ ...owner, userId: 'meter' });
  await send('/messages', { messages: numbered(1) });
  await app.send('PUT', `/users/${owner.userId}/consent`, CONSENT);
  await context();
  bytesBefore = await bytes();
  await send('/messages', { messages: numbered(HISTORY, 1) });
  await measure(true, message); // takes along what the history has left to save
});

/** Answers when the messages have been taken in and all that follows was seen through: alarms, the queue's consumer. */
async function send(route: string, body: object): Promise<{ alarms: number }> {
  const sent = await app.post(`${route}?wait=true`, { user_id: owner.userId, ...body });
  expect(sent.status).toBe(200);
  await scheduler.wait(20); // what goes on after the answer
  let alarms = 0;
  while (alarms < 10 && (await meter.aside(() => ring(owner)))) {
    alarms++;
    if (meter.sent.splice(0).length > 0) await sync(owner);
  }
  return { alarms };
}

async function context(): Promise<{ alarms: number }> {
  const answer = await app.post(`/users/${owner.userId}/context`, { query: 'how high was the tide?' });
  expect(answer.status).toBe(200);
  return { alarms: 0 };
}

const bytes = () =>
  meter.aside(() => runInDurableObject(objectOf(owner), (_object, { storage }) => storage.sql.databaseSize));

/** What something takes on an object that has just woken up, or on one that has read all it needs. */
async function measure(isAwake: boolean, work: () => Promise<{ alarms: number }>): Promise<Measured> {
  await meter.aside(() => evict(owner));
  if (isAwake) await context();
  meter.take();
  const { alarms } = await work();
  return { ...meter.take(), alarms };
}

const message = () =>
  send('/message', { content: `I bought oranges and bread at the market, ${crypto.randomUUID()}.` });

/** Reads vary with what waits for a snapshot; all else is what it is. */
function expectCounts(measured: Measured, committed: Measured): void {
  const { rowsRead, rowsWritten, ...exact } = measured;
  expect(exact).toEqual({ ...committed, rowsRead: undefined, rowsWritten: undefined });
  expect(rowsWritten).toBeGreaterThan(0.9 * committed.rowsWritten - 1);
  expect(rowsWritten).toBeLessThan(1.1 * committed.rowsWritten + 1);
  expect(rowsRead).toBeLessThanOrEqual(committed.rowsRead);
  expect(rowsRead).toBeGreaterThan(committed.rowsRead / 10);
}

describe('the committed operation counts', () => {
  it('are those of a message, from the request to the row in Postgres', async () => {
    expectCounts(await measure(true, message), operations.message);
  });

  it('are those of a context', async () => {
    expectCounts(await measure(true, context), operations.context);
  });

  it.for([
    ['message', message, operations.message],
    ['context', context, operations.context],
  ] as const)('allow for what a %s reads more after a sleep', async ([, work, awake]) => {
    const asleep = await measure(false, work);
    const { rowsRead, rowsReadPerStoredMessage } = operations.wake;
    expect(asleep.rowsRead).toBeLessThanOrEqual(awake.rowsRead + rowsRead + rowsReadPerStoredMessage * HISTORY);
  });

  it('say how an object grows with each message', async () => {
    const grown = ((await bytes()) - bytesBefore) / HISTORY + LONGER_VECTOR;
    expect(grown).toBeGreaterThan(0.8 * operations.stored.objectBytesPerMessage);
    expect(grown).toBeLessThan(1.2 * operations.stored.objectBytesPerMessage);
  });
});
