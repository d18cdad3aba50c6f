import type { Owner } from '../auth/contract.ts';
import type { Env } from '../env.ts';
import type { Accepted, Message, Task, TaskState } from '../messages/contract.ts';
import type { PreparedMessage } from '../messages/natural-key.ts';
import type { SearchAnswer, SearchBody } from '../palace/contract.ts';
import type { SpatialQuery } from '../palace/memories/contract.ts';
import type { UserStatus } from '../person/contract.ts';
import type { Outcome } from '../shared/errors.ts';
import type { Page } from '../shared/page.ts';
import type { Origin } from '../shared/request-scope.ts';
import type { ArchaeologyPort } from './archaeology-port.ts';
import type { Asking, MirrorPort } from './mirror-port.ts';
import type { PalacePort, PalaceRoot } from './palace-port.ts';
import type { PersonPort } from './person-port.ts';
import type { ReaderPort } from './reader-port.ts';
import type { RelayoutPort } from './relayout-port.ts';
import type { RoomNamesPort } from './room-names-port.ts';
import type { SpacePort } from './space-port.ts';
import type { SyncPort } from './sync-port.ts';
import type { WalkPort } from './walk-port.ts';

export interface IngestOptions {
  /** answer when the task has ended */
  wait: boolean;
  idempotency: { key: string; fingerprint: string } | null;
  /** to be followed to Postgres */
  origin?: Origin | undefined;
}

export interface PageOptions {
  limit: number;
  cursor?: string | undefined;
}

export interface MessageListOptions extends PageOptions {
  order: 'asc' | 'desc';
  conversation_id?: string | undefined;
}

export interface TaskListOptions extends PageOptions {
  status?: TaskState | undefined;
}

/** What routes and the queue's consumer may ask of a person's object. Written out, since RPC's own types cannot say it. */
export interface UserMemoryPort {
  ingest(owner: Owner, messages: PreparedMessage[], options: IngestOptions): Promise<Outcome<Accepted>>;
  listMessages(owner: Owner, options: MessageListOptions): Promise<Outcome<Page<Message>>>;
  getMessage(owner: Owner, id: string): Promise<Outcome<Message>>;
  deleteMessage(owner: Owner, id: string): Promise<Outcome<null>>;
  getTask(owner: Owner, id: string): Promise<Outcome<Task>>;
  listTasks(owner: Owner, options: TaskListOptions): Promise<Outcome<Page<Task>>>;
  cancelTask(owner: Owner, id: string): Promise<Outcome<Task>>;
  retryTask(owner: Owner, id: string): Promise<Outcome<Task>>;
  search(owner: Owner, body: SearchBody): Promise<Outcome<SearchAnswer>>;
  querySpace(owner: Owner, query: SpatialQuery): Promise<Outcome<string>>;
  status(owner: Owner): Promise<Outcome<UserStatus>>;
  admitSocket(owner: Owner): Promise<Outcome<null>>;
}

/** The palaces of a person. It answers at once, so a call on what it gives travels with it, in one round trip. */
export interface PalaceDoor {
  palace(owner: Owner): PalaceRoot;
}

/** What is concluded about a person, and their say in it; it answers at once too. */
export interface MirrorDoor {
  mirror(owner: Owner, asking: Asking): MirrorPort;
}

/** What is missing in a person's history, and how they change; it answers at once too. */
export interface ArchaeologyDoor {
  archaeology(owner: Owner, asking: Asking): ArchaeologyPort;
}

/** All that is held of a person, and their rights over it; it answers at once too. */
export interface PersonDoor {
  person(owner: Owner, asking: Asking): PersonPort;
  sync(): SyncPort;
  /** ends a life of the object in which the person was erased; never answers then */
  end(): Promise<void>;
}

/** The one object of a person. NUL cannot occur in an id, so no two pairs share a name. */
const objectOf = (env: Env, owner: Owner): unknown =>
  env.USER_MEMORY.getByName(`${owner.tenantId}\u0000${owner.userId}`);

/** What answers with plain values: nothing it gives has to be disposed of. */
export const userMemory = (env: Env, owner: Owner) => objectOf(env, owner) as UserMemoryPort & Fetcher;

/**
 * Asks a person's palaces. What they are reached through is disposed of once `use` has ended, so nothing that is given
 * to it may outlive it.
 */
export const withPalace = <T>(env: Env, owner: Owner, use: (palace: PalacePort) => Promise<T>): Promise<T> =>
  throughPalace(env, owner, use);

/** As `withPalace`, for walks. */
export const withWalks = <T>(env: Env, owner: Owner, use: (walks: WalkPort) => Promise<T>): Promise<T> =>
  throughPalace(env, owner, (palace) => disposing(palace.walks(), use));

/** As `withPalace`, for names of rooms. */
export const withRoomNames = <T>(env: Env, owner: Owner, use: (names: RoomNamesPort) => Promise<T>): Promise<T> =>
  throughPalace(env, owner, (palace) => disposing(palace.names(), use));

/** As `withPalace`, for new layouts. */
export const withRelayouts = <T>(env: Env, owner: Owner, use: (relayouts: RelayoutPort) => Promise<T>): Promise<T> =>
  throughPalace(env, owner, (palace) => disposing(palace.relayouts(), use));

/** As `withPalace`, for palaces as numbers. */
export const withSpace = <T>(env: Env, owner: Owner, use: (space: SpacePort) => Promise<T>): Promise<T> =>
  throughPalace(env, owner, (palace) => disposing(palace.space(), use));

/** As `withPalace`, for what is read as a whole. */
export const withReader = <T>(env: Env, owner: Owner, use: (reader: ReaderPort) => Promise<T>): Promise<T> =>
  throughPalace(env, owner, (palace) => disposing(palace.reader(), use));

/** As `withPalace`, for what is concluded about the person. */
export const withMirror = <T>(
  env: Env,
  owner: Owner,
  asking: Asking,
  use: (mirror: MirrorPort) => Promise<T>,
): Promise<T> => disposing((objectOf(env, owner) as MirrorDoor).mirror(owner, asking), use);

/** As `withPalace`, for what is missing in the person's history. */
export const withArchaeology = <T>(
  env: Env,
  owner: Owner,
  asking: Asking,
  use: (archaeology: ArchaeologyPort) => Promise<T>,
): Promise<T> => disposing((objectOf(env, owner) as ArchaeologyDoor).archaeology(owner, asking), use);

/** As `withPalace`, for all that is held of the person. */
export const withPerson = <T>(
  env: Env,
  owner: Owner,
  asking: Asking,
  use: (person: PersonPort) => Promise<T>,
): Promise<T> => disposing((objectOf(env, owner) as PersonDoor).person(owner, asking), use);

/** Lets a person who was erased begin anew at once: what their object still had in memory is gone with this. */
export const endLife = (env: Env, owner: Owner): Promise<void> =>
  (objectOf(env, owner) as PersonDoor).end().catch(() => {});

/** As `withPalace`, for what Postgres has yet to hear of. */
export const withSync = <T>(env: Env, owner: Owner, use: (sync: SyncPort) => Promise<T>): Promise<T> =>
  disposing((objectOf(env, owner) as PersonDoor).sync(), use);

const throughPalace = <T>(env: Env, owner: Owner, use: (palace: PalaceRoot) => Promise<T>): Promise<T> =>
  disposing((objectOf(env, owner) as PalaceDoor).palace(owner), use);

/**
 * An object keeps what it gave out over RPC until that is disposed of. What is given here is RPC's promise of it: it is
 * never awaited, so that calls travel with it, and disposing of it disposes of what it resolves to.
 *
 * @see https://developers.cloudflare.com/workers/runtime-apis/rpc/lifecycle/
 */
async function disposing<S, T>(stub: S, use: (stub: S) => Promise<T>): Promise<T> {
  Promise.resolve(stub).catch(() => {}); // what it fails of, the calls that travel with it fail of too
  try {
    return await use(stub); // the answer must have come: disposing cuts off what is still asked
  } finally {
    (stub as S & Disposable)[Symbol.dispose]();
  }
}
