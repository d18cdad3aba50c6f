import { createHash } from 'node:crypto';
import type { Held, HeldRecord } from '../http/person-port.ts';
import type { PagedMessage, PageMark, StoredMessage } from '../persistence/messages.ts';
import type { PagedRecord } from '../persistence/records.ts';
import { toBase64 } from '../shared/base64.ts';
import { canonicalJson } from './erasure/receipt.ts';

/** Both sides of one person. The route gives the object and Postgres, a test gives arrays. */
export interface ReconcilePorts {
  kinds: readonly string[];
  object: {
    messages(afterRow: number, limit: number): Promise<Held>;
    records(kind: string, after: string | null, limit: number): Promise<HeldRecord[]>;
  };
  postgres: {
    messages(after: PageMark | null, limit: number): Promise<PagedMessage[]>;
    records(kind: string, after: string | null, limit: number): Promise<PagedRecord[]>;
  };
}

/** How many, and the sum of the first 64 bits of the SHA-256 of each, modulo 2^64: equal whatever the order. */
interface Tally {
  count: number;
  sum: bigint;
}

export interface Comparison {
  /** `messages`, or the kind of a record */
  name: string;
  object: Tally;
  postgres: Tally;
}

export interface Differences {
  comparisons: Comparison[];
  /** held here, and missing or other in Postgres */
  messages: StoredMessage[];
  records: { kind: string; id: string }[];
  /** in Postgres, and not here or not so */
  surplusMessages: string[];
  surplusRecords: { kind: string; id: string }[];
  /** in Postgres, not here, and not to be read there: nobody knows what they say, so they stay */
  unreadable: number;
  /** changes that Postgres has yet to hear of: they count as differences until it has */
  unsaved: number;
  bornAt: number;
}

const PAGE = 200;

/** Compares all that an object holds with all that Postgres has of one person. Messages side by side, so in constant memory. */
export async function compare(ports: ReconcilePorts): Promise<Differences> {
  const found: Differences = {
    comparisons: [],
    messages: [],
    records: [],
    surplusMessages: [],
    surplusRecords: [],
    unreadable: 0,
    unsaved: 0,
    bornAt: 0,
  };
  await compareMessages(ports, found);
  for (const kind of ports.kinds) await compareRecords(ports, kind, found);
  return found;
}

async function compareMessages({ object, postgres }: ReconcilePorts, found: Differences): Promise<void> {
  const tally = newComparison('messages', found);
  const here = pages<StoredMessage>(async (last) => {
    const held = await object.messages(last?.seq ?? 0, PAGE);
    Object.assign(found, { bornAt: held.bornAt, unsaved: held.unsaved });
    return held.rows;
  });
  const there = pages<PagedMessage>((last) => postgres.messages(last, PAGE));
  let [one, other] = [await here.next(), await there.next()];
  while (!one.done || !other.done) {
    const order = one.done ? 1 : other.done ? -1 : byArrival(one.value, other.value);
    const ours = order <= 0 ? digestOf(one.value!) : null;
    const theirs = order >= 0 ? digestOf(other.value!) : null;
    if (ours) add(tally.object, ours);
    if (theirs) add(tally.postgres, theirs);
    if (ours && ours !== theirs) found.messages.push(one.value!);
    if (theirs && ours === null && 'unreadable' in other.value!) found.unreadable++;
    else if (theirs && ours !== theirs) found.surplusMessages.push(other.value!.id);
    if (order <= 0) one = await here.next();
    if (order >= 0) other = await there.next();
  }
}

async function compareRecords({ object, postgres }: ReconcilePorts, kind: string, found: Differences): Promise<void> {
  const tally = newComparison(kind, found);
  const here = new Map<string, string>();
  for await (const { id, body } of pages<HeldRecord>((last) => object.records(kind, last?.place ?? null, PAGE))) {
    here.set(id, digest({ id, body }));
    add(tally.object, here.get(id)!);
  }
  for await (const record of pages<PagedRecord>((last) => postgres.records(kind, last?.id ?? null, PAGE))) {
    const { id } = record;
    const theirs = 'unreadable' in record ? digest(record) : digest({ id, body: record.body });
    add(tally.postgres, theirs);
    const ours = here.get(id);
    if (ours === theirs) here.delete(id);
    else if (ours === undefined && 'unreadable' in record) found.unreadable++;
    else if (ours === undefined) found.surplusRecords.push({ kind, id });
  }
  for (const id of here.keys()) found.records.push({ kind, id });
}

async function* pages<T>(page: (last: T | null) => Promise<T[]>): AsyncGenerator<T, undefined> {
  for (let last: T | null = null; ; ) {
    const rows: T[] = await page(last);
    yield* rows;
    if (rows.length < PAGE) return;
    last = rows.at(-1)!;
  }
}

function newComparison(name: string, found: Differences): Comparison {
  const comparison = { name, object: { count: 0, sum: 0n }, postgres: { count: 0, sum: 0n } };
  found.comparisons.push(comparison);
  return comparison;
}

function add(tally: Tally, hex: string): void {
  tally.count++;
  tally.sum = BigInt.asUintN(64, tally.sum + BigInt(`0x${hex.slice(0, 16)}`));
}

const byArrival = (a: PageMark, b: PageMark) => a.seq - b.seq || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

const digest = (value: unknown) => createHash('sha256').update(canonicalJson(value)).digest('hex');

/** Of all but the strength, which follows from the rest and from when it was written. */
function digestOf(message: PagedMessage): string {
  if ('unreadable' in message) return digest(message);
  const { vector, strength: _strength, ...rest } = message;
  return digest({ ...rest, vector: vector && { ...vector, bytes: toBase64(vector.bytes) } });
}
