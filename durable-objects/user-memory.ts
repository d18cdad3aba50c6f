import { DurableObject } from 'cloudflare:workers';
import vectorKernel from '../.build/vectors.wasm';
import type { Owner } from '../src/auth/contract.ts';
import type { Env } from '../src/env.ts';
import type {
  IngestOptions,
  MessageListOptions,
  PalaceDoor,
  TaskListOptions,
  UserMemoryPort,
} from '../src/http/user-memory.ts';
import type { NewEvent } from '../src/live/contract.ts';
import { toAccepted } from '../src/messages/accepted.ts';
import type { Accepted, Message, Task } from '../src/messages/contract.ts';
import { ingest } from '../src/messages/ingest.ts';
import { naturalKeyOfMessageId, type PreparedMessage } from '../src/messages/natural-key.ts';
import type { SearchAnswer, SearchBody } from '../src/palace/contract.ts';
import { openDb } from '../src/persistence/db.ts';
import { pageMessages } from '../src/persistence/messages.ts';
import type { UserStatus } from '../src/person/contract.ts';
import { done, type Outcome, refused } from '../src/shared/errors.ts';
import { decodeCursor, encodeCursor, type Page, pageOf } from '../src/shared/page.ts';
import { nextAlarm } from '../src/tasks/alarm.ts';
import type { ChangeMark, ChangeSet } from '../src/tasks/sync.ts';
import { answerClose, liveSockets } from './live-sockets.ts';
import { type MessageRow, toMessage } from './message-store.ts';
import { isMigrated, migrate, USER_MEMORY_MIGRATIONS } from './migrations.ts';
import { PalaceApi } from './palace-api.ts';
import { PalaceWork } from './palace-work.ts';
import { Processor } from './processor.ts';
import { Restorer } from './restorer.ts';
import { SearchHost } from './search-host.ts';
import { openStores } from './stores.ts';
import { SYNC_AFTER_MS, SyncDesk } from './sync-desk.ts';
import { toTask } from './task-store.ts';
import { Visitors } from './visitors.ts';

/** Work that goes on is looked after this often, in case the object is evicted meanwhile. */
const GUARD_MS = 30_000;

const NO_USER = refused('not_found', 'No such user.');
const ASK_LATER = refused('unavailable', 'What is stored of this user cannot be read right now.', 5);

/** One person. Owns storage, sockets and the alarm; each rule is a function it calls. The only writer of their data. */
export class UserMemory extends DurableObject<Env> implements UserMemoryPort, PalaceDoor {
  private readonly stores = openStores(this.ctx.storage);
  private readonly sockets = liveSockets(this.ctx, this.stores.events);
  private readonly index = new SearchHost(this.stores, vectorKernel);
  private readonly palaces = new PalaceWork({
    stores: this.stores,
    embedder: this.env.EMBEDDER,
    onPlaced: (lives) => this.visitors.placed(lives),
    onGone: (life, id) => this.visitors.gone(life, id),
  });
  private readonly visitors = new Visitors(this.ctx, this.stores, this.palaces);
  private readonly restorer = new Restorer({
    stores: this.stores,
    isMigrated: () => this.migrated,
    prepare: (owner) => this.prepare(owner),
    page: (owner, after, limit) => pageMessages(openDb(this.env), owner.tenantId, owner.userId, after, limit),
    onRestored: () => {
      this.index.reset();
      this.palaces.reset();
      void this.processor.work();
    },
  });
  private readonly processor = new Processor({
    stores: this.stores,
    embedder: this.env.EMBEDDER,
    palace: this.palaces,
    scope: () => this.scope(),
    userId: () => this.owner().userId,
    onMemories: (memories) => this.index.noteMemories(memories),
    announce: (events) => this.announce(events),
    onIdle: () => this.rearm(),
  });
  private migrated: boolean;
  /** what the alarm was last set to; null: not known or not set */
  private alarmAt: number | null = null;
  private readonly syncing = new SyncDesk(this.stores);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.migrated = isMigrated(ctx.storage.sql);
    if (this.migrated) migrate(ctx.storage, USER_MEMORY_MIGRATIONS); // synchronous: no event is delivered before it ends
  }

  /* Messages */

  async ingest(owner: Owner, messages: PreparedMessage[], options: IngestOptions): Promise<Outcome<Accepted>> {
    this.prepare(owner);
    const now = Date.now();
    const { idempotency } = options;
    const earlier = idempotency && this.stores.idempotency.find(idempotency.key, now);
    if (earlier) {
      return earlier.fingerprint === idempotency.fingerprint
        ? done(await this.withTask(JSON.parse(earlier.answer), options.wait))
        : refused('conflict', 'This Idempotency-Key was used with another request.');
    }
    const stored = this.stores.transaction(() => this.store(owner, messages, idempotency, now));
    if (!stored.ok) return stored;
    this.processor.noteAccepted(now);
    await this.rearm();
    void this.processor.work();
    return done(await this.withTask(stored.value, options.wait));
  }

  async listMessages(owner: Owner, query: MessageListOptions): Promise<Outcome<Page<Message>>> {
    const refusal = await this.refusal(owner);
    if (refusal) return refusal;
    const cursor = query.cursor === undefined ? null : decodeCursor(query.cursor, 2);
    if (query.cursor !== undefined && !cursor) return refused('invalid_input', 'The cursor is not one of ours.');
    const rows = this.stores.messages.list({
      conversationId: query.conversation_id ?? null,
      order: query.order,
      after: cursor && { sentAt: cursor[0]!, row: cursor[1]! },
      limit: query.limit + 1,
    });
    const page = pageOf(rows, query.limit, (last) => encodeCursor([last.sent_at, last.row]));
    return done({ items: page.items.map(toMessage), next: page.next });
  }

  async getMessage(owner: Owner, id: string): Promise<Outcome<Message>> {
    const found = await this.find(owner, id);
    return found.ok ? done(toMessage(found.value)) : found;
  }

  async deleteMessage(owner: Owner, id: string): Promise<Outcome<null>> {
    const found = await this.find(owner, id);
    if (!found.ok) return found;
    const { row, id: messageId } = found.value;
    const removed = this.palaces.change(() => {
      const life = this.palaces.remove(row);
      this.stores.memories.remove(row);
      this.stores.messages.remove(row);
      this.stores.outbox.addDeletion(messageId);
      return life;
    });
    this.index.forget(row);
    if (removed) this.palaces.gone(removed, messageId);
    this.announce([{ type: 'message.deleted', message_ids: [messageId] }]);
    await this.rearm();
    return done(null);
  }

  /* Tasks */

  async getTask(owner: Owner, id: string): Promise<Outcome<Task>> {
    const row = this.migrated ? this.stores.tasks.find(id) : null;
    return row ? done(toTask(row, owner.userId)) : refused('not_found', 'No such task.');
  }

  async listTasks(owner: Owner, query: TaskListOptions): Promise<Outcome<Page<Task>>> {
    const refusal = await this.refusal(owner);
    if (refusal) return refusal;
    const cursor = query.cursor === undefined ? null : decodeCursor(query.cursor, 1);
    if (query.cursor !== undefined && !cursor) return refused('invalid_input', 'The cursor is not one of ours.');
    const rows = this.stores.tasks.list(query.status ?? null, cursor?.[0] ?? null, query.limit + 1);
    const page = pageOf(rows, query.limit, (last) => encodeCursor([last.seq]));
    return done({ items: page.items.map((row) => toTask(row, owner.userId)), next: page.next });
  }

  async cancelTask(owner: Owner, id: string): Promise<Outcome<Task>> {
    const task = this.migrated ? this.stores.tasks.find(id) : null;
    if (!task) return refused('not_found', 'No such task.');
    if (task.state === 'completed' || task.state === 'failed') return refused('conflict', `The task is ${task.state}.`);
    this.stores.tasks.cancel(task.seq, Date.now());
    this.processor.announceEnds([id]);
    return this.getTask(owner, id);
  }

  async retryTask(owner: Owner, id: string): Promise<Outcome<Task>> {
    const task = this.migrated ? this.stores.tasks.find(id) : null;
    if (!task) return refused('not_found', 'No such task.');
    if (task.state === 'completed') return refused('conflict', 'The task is completed.');
    if (task.state === 'pending' || task.state === 'processing') return this.getTask(owner, id); // asked twice
    this.stores.tasks.reopen(task.seq, Date.now());
    await this.rearm();
    void this.processor.work();
    return this.getTask(owner, id);
  }

  /* Palace */

  async search(owner: Owner, body: SearchBody): Promise<Outcome<SearchAnswer>> {
    const refusal = await this.refusal(owner);
    return refusal ?? done(await this.index.search(body, this.env.EMBEDDER, this.scope()));
  }

  /** Answers at once: a call on it travels with this one. */
  palace(owner: Owner): PalaceApi {
    return new PalaceApi({
      stores: this.stores,
      work: this.palaces,
      refusal: async () => (await this.refusal(owner)) ?? (await this.placed()),
      prepare: () => this.prepare(owner),
      find: (id) => this.stores.messages.find(id, naturalKeyOfMessageId(id)),
      search: (body) => this.index.search(body, this.env.EMBEDDER, this.scope()),
      rank: (text) => this.index.rank(text, this.env.EMBEDDER, this.scope()),
      changed: () => this.rearm(),
    });
  }

  /* Person */

  async status(owner: Owner): Promise<Outcome<UserStatus>> {
    const refusal = await this.refusal(owner);
    if (refusal) return refusal;
    const { messages, memories, tasks, outbox, events } = this.stores;
    const { first, last } = messages.span();
    const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
    return done({
      user_id: owner.userId,
      messages: messages.count(),
      pending: messages.count() - memories.count(),
      failed: tasks.failedCount(),
      outbox: outbox.count(),
      sequence: events.bounds().last,
      first_message_at: iso(first),
      last_message_at: iso(last),
    });
  }

  /* Postgres: the queue's consumer takes the changes and says what it has saved */

  async changes(): Promise<ChangeSet | null> {
    return this.migrated ? this.syncing.take() : null;
  }

  async release(): Promise<void> {
    this.syncing.release();
  }

  async confirm(through: ChangeMark): Promise<void> {
    this.syncing.confirm(through);
    await this.rearm();
  }

  /* Live: the only use of fetch() */

  async admitSocket(owner: Owner): Promise<Outcome<null>> {
    const refusal = await this.refusal(owner);
    if (refusal) return refusal;
    return this.sockets.isFull() ? refused('rate_limited', 'This user has too many sockets open.', 10) : done(null);
  }

  override async fetch(request: Request): Promise<Response> {
    const since = new URL(request.url).searchParams.get('since');
    return this.sockets.open(since === null ? null : Number(since));
  }

  override async webSocketMessage(socket: WebSocket, said: string | ArrayBuffer): Promise<void> {
    await this.visitors.hear(socket, said);
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    answerClose(socket, code, reason);
  }

  /* Alarm: one per object, shared by everything that is due later */

  override async alarm(): Promise<void> {
    this.alarmAt = null;
    if (!this.migrated) return;
    await this.restorer.ensure(this.owner());
    void this.processor.work(); // it may take long; the alarm goes on looking after it
    await this.syncing.request(() => this.env.SYNC.send({ kind: 'sync', ...this.owner() }));
    const { tasks, events, idempotency } = this.stores;
    tasks.trim();
    events.trim();
    idempotency.trim(Date.now());
    await this.rearm();
  }

  private async rearm(): Promise<void> {
    const now = Date.now();
    // nothing is ever due sooner than this, so an alarm within it is early enough, and a stream of messages asks no further
    if (this.alarmAt !== null && this.alarmAt > now && this.alarmAt <= now + SYNC_AFTER_MS) return;
    const due = this.nextDue(now);
    const at = nextAlarm(this.alarmAt, due, now);
    if (at === null) return;
    this.alarmAt = at;
    await this.ctx.storage.setAlarm(at);
  }

  private nextDue(now: number): number | null {
    const { tasks, meta, lives } = this.stores;
    const open = tasks.nextDue();
    const times = [
      open === null ? null : this.processor.isWorking ? now + GUARD_MS : Math.max(open, now + SYNC_AFTER_MS),
      lives.hasUnplaced() ? now + GUARD_MS : null,
      this.syncing.nextDue(now),
      meta.isRestored() ? null : Math.max(this.restorer.dueAt, now + SYNC_AFTER_MS),
    ].filter((time) => time !== null);
    return times.length === 0 ? null : Math.min(...times);
  }

  /* Within */

  /** Makes the tables of a new person, and writes down whose they are. */
  private prepare(owner: Owner): void {
    if (this.migrated) return;
    migrate(this.ctx.storage, USER_MEMORY_MIGRATIONS);
    this.stores.meta.setOwner(owner);
    this.migrated = true;
  }

  private owner(): Owner {
    return this.stores.meta.owner()!; // written together with the tables
  }

  private scope(): string {
    const { tenantId, userId } = this.owner();
    return JSON.stringify([tenantId, userId]);
  }

  /** Why nothing can be read of this person, or null. What is only in Postgres is taken back first. */
  private async refusal(owner: Owner) {
    const whole = await this.restorer.ensure(owner);
    if (this.migrated) return null;
    return whole ? NO_USER : ASK_LATER;
  }

  /** Sees to memories that wait for a place, as after an update: a few at once, the others in the background. */
  private async placed(): Promise<null> {
    if (this.stores.lives.hasUnplaced() && (await this.palaces.placeBacklog(Date.now()))) void this.processor.work();
    return null;
  }

  private store(
    owner: Owner,
    messages: PreparedMessage[],
    idempotency: IngestOptions['idempotency'],
    now: number,
  ): Outcome<Accepted> {
    const { stores } = this;
    const stored = ingest(
      {
        ...stores.messages,
        addTask: (task) => stores.tasks.add(task),
        addChange: (first, last) => stores.outbox.add(first, last),
      },
      messages,
      now,
    );
    if (!stored.ok) return stored;
    const answer = toAccepted(stored.value, owner.userId, messages.length);
    if (idempotency) stores.idempotency.add(idempotency.key, idempotency.fingerprint, JSON.stringify(answer), now);
    if (stored.value.accepted > 0) {
      this.announce([{ type: 'message.accepted', message_ids: answer.message_ids, task_id: answer.task_id }]);
    }
    return done(answer);
  }

  /** With `wait`, answers with the task as it ended, or as it stands when waiting was too long. */
  private async withTask(answer: Accepted, wait: boolean): Promise<Accepted> {
    if (!wait) return answer;
    const id = answer.task_id.split('_')[1]!;
    const open = this.stores.tasks.find(id)?.finished_at === null;
    if (open) await this.processor.ended(id);
    const row = this.stores.tasks.find(id);
    if (!row) return answer; // trimmed long ago
    const task = toTask(row, this.owner().userId);
    return { ...answer, status: task.status === 'completed' ? 'completed' : 'processing', task };
  }

  private async find(owner: Owner, id: string): Promise<Outcome<MessageRow>> {
    const refusal = await this.refusal(owner);
    if (refusal) return refusal;
    const row = this.stores.messages.find(id, naturalKeyOfMessageId(id));
    return row ? done(row) : refused('not_found', 'No such message.');
  }

  /** The log first, then the sockets: who was not listening reads it later. */
  private announce(news: readonly NewEvent[]): void {
    if (news.length === 0) return;
    const now = Date.now();
    this.sockets.broadcast(news.map((event) => this.stores.events.add(event, now)));
  }
}
