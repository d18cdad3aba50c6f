import type { Owner } from '../auth/contract.ts';
import type { Env } from '../env.ts';
import type { Accepted, Message, Task, TaskState } from '../messages/contract.ts';
import type { PreparedMessage } from '../messages/natural-key.ts';
import type { SearchAnswer, SearchBody } from '../palace/contract.ts';
import type { UserStatus } from '../person/contract.ts';
import type { Outcome } from '../shared/errors.ts';
import type { Page } from '../shared/page.ts';
import type { ChangeMark, ChangeSet } from '../tasks/sync.ts';

export interface IngestOptions {
  /** answer when the task has ended */
  wait: boolean;
  idempotency: { key: string; fingerprint: string } | null;
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
  status(owner: Owner): Promise<Outcome<UserStatus>>;
  admitSocket(owner: Owner): Promise<Outcome<null>>;
  changes(): Promise<ChangeSet | null>;
  confirm(through: ChangeMark): Promise<void>;
  release(): Promise<void>;
}

/** The one object of a person. NUL cannot occur in an id, so no two pairs share a name. */
export const userMemory = (env: Env, owner: Owner) =>
  env.USER_MEMORY.getByName(`${owner.tenantId}\u0000${owner.userId}`) as unknown as UserMemoryPort & Fetcher;
