import type { Owner } from '../src/auth/contract.ts';
import type { Asking } from '../src/http/mirror-port.ts';
import type {
  ArchaeologyDoor,
  IngestOptions,
  MessageListOptions,
  MirrorDoor,
  PalaceDoor,
  TaskListOptions,
  UserMemoryPort,
} from '../src/http/user-memory.ts';
import type { Accepted, Message, Task } from '../src/messages/contract.ts';
import { naturalKeyOfMessageId, type PreparedMessage } from '../src/messages/natural-key.ts';
import type { SearchAnswer, SearchBody } from '../src/palace/contract.ts';
import type { SpatialQuery } from '../src/palace/memories/contract.ts';
import type { UserStatus } from '../src/person/contract.ts';
import { done, type Outcome, refused } from '../src/shared/errors.ts';
import type { Page } from '../src/shared/page.ts';
import { isReconstructed } from '../src/shared/reconstructed.ts';
import { ArchaeologyApi } from './archaeology/archaeology-api.ts';
import { answerClose } from './messages/live-sockets.ts';
import { messagePage, userStatus } from './messages/user-views.ts';
import { MirrorApi } from './mirror/mirror-api.ts';
import { PalaceApi } from './palace/palace-api.ts';
import { PersonApi } from './person/person-api.ts';
import { type MessageRow, toMessage } from './stores/message-store.ts';
import { SyncApi } from './sync/sync-api.ts';
import { askQueue } from './sync/sync-desk.ts';

import { UserParts } from './user-parts.ts';

const NO_MESSAGE = refused('not_found', 'No such message.');
const NO_TASK = refused('not_found', 'No such task.');

/** One person: what can be asked of them. Owns storage, sockets and the alarm; each rule is a function it calls. The only writer of their data. */
export class UserMemory extends UserParts implements UserMemoryPort, PalaceDoor, MirrorDoor, ArchaeologyDoor {
  /* Messages */

  async ingest(owner: Owner, messages: PreparedMessage[], options: IngestOptions): Promise<Outcome<Accepted>> {
    return this.home.admit(owner) ?? this.intake.take(owner, messages, options);
  }

  async listMessages(owner: Owner, query: MessageListOptions): Promise<Outcome<Page<Message>>> {
    return (await this.refusal(owner)) ?? messagePage(this.stores, query);
  }

  async getMessage(owner: Owner, id: string): Promise<Outcome<Message>> {
    const found = await this.find(owner, id);
    if (!found.ok) return found;
    return isReconstructed(found.value.conversation_id) ? NO_MESSAGE : done(toMessage(found.value));
  }

  async deleteMessage(owner: Owner, id: string): Promise<Outcome<null>> {
    const found = await this.find(owner, id);
    if (!found.ok) return found;
    this.eraser.settle([this.change(() => this.eraser.take(found.value))]);
    await this.clock.rearm();
    return done(null);
  }

  /* Tasks */

  async getTask(owner: Owner, id: string): Promise<Outcome<Task>> {
    return this.erasure.refusal() ?? (this.home.isHeld() ? this.tasks.get(owner, id) : NO_TASK);
  }

  async listTasks(owner: Owner, query: TaskListOptions): Promise<Outcome<Page<Task>>> {
    return (await this.refusal(owner)) ?? this.tasks.list(owner, query);
  }

  async cancelTask(owner: Owner, id: string): Promise<Outcome<Task>> {
    const cancelled = this.erasure.refusal() ?? (this.home.isHeld() ? this.tasks.cancel(id) : NO_TASK);
    if (!cancelled.ok) return cancelled;
    this.processor.announceEnds([id]);
    return this.getTask(owner, id);
  }

  async retryTask(owner: Owner, id: string): Promise<Outcome<Task>> {
    const reopened = this.erasure.refusal() ?? (this.home.isHeld() ? this.tasks.retry(id) : NO_TASK);
    if (!reopened.ok) return reopened;
    if (reopened.value) await this.worked();
    return this.getTask(owner, id);
  }

  /* Palace */

  async search(owner: Owner, body: SearchBody): Promise<Outcome<SearchAnswer>> {
    const refusal = await this.refusal(owner);
    return refusal ?? done(await this.index.search(body, this.embedder, this.home.scope()));
  }

  /** What a palace is asked most often, in one hop and serialised once. @returns JSON of a SpatialAnswer */
  async querySpace(owner: Owner, query: SpatialQuery): Promise<Outcome<string>> {
    const answer = await this.palace(owner).query(query);
    return answer.ok ? done(JSON.stringify(answer.value)) : answer;
  }

  /** Answers at once, as `mirror` and `archaeology` do: a call on it travels with this one. */
  palace(owner: Owner): PalaceApi {
    this.clock.watch();
    return new PalaceApi({
      stores: this.stores,
      texts: this.texts,
      work: this.palaces,
      refusal: async () => (await this.refusal(owner)) ?? (await this.palaces.placed(() => this.processor.work())),
      prepare: () => this.home.prepare(owner),
      find: (id) => this.stores.messages.find(id, naturalKeyOfMessageId(id)),
      search: (body) => this.index.search(body, this.embedder, this.home.scope()),
      rank: (text) => this.index.rank(text, this.embedder, this.home.scope()),
      changed: () => this.clock.rearm(),
    });
  }

  /* Mirror */

  mirror(owner: Owner, asking: Asking): MirrorApi {
    this.clock.watch();
    return new MirrorApi({
      stores: this.stores,
      work: this.profile,
      userId: owner.userId,
      asking,
      embedder: this.embedder,
      texts: this.texts,
      scope: () => this.home.scope(),
      refusal: () => this.refusal(owner),
      prepare: () => this.home.prepare(owner),
      find: (id) => this.stores.messages.find(id, naturalKeyOfMessageId(id)),
      rank: (text) => this.index.rank(text, this.embedder, this.home.scope()),
      versions: () => this.flags.mirror(),
      wake: () => void this.processor.work(),
      changed: () => this.clock.rearm(),
    });
  }

  archaeology(owner: Owner, asking: Asking): ArchaeologyApi {
    this.clock.watch();
    return new ArchaeologyApi({
      stores: this.stores,
      work: this.archaeologyWork,
      texts: this.texts,
      userId: owner.userId,
      asking,
      refusal: () => this.refusal(owner),
      announce: (events) => this.announce(events),
      worked: () => this.worked(),
    });
  }

  /* Person */

  async status(owner: Owner): Promise<Outcome<UserStatus>> {
    return (await this.refusal(owner)) ?? done(userStatus(this.stores, owner.userId));
  }

  person(owner: Owner, asking: Asking): PersonApi {
    return new PersonApi({
      stores: this.stores,
      groups: this.groups,
      mirror: this.profile.host,
      erasure: this.erasure,
      retention: this.keeper,
      owner,
      asking,
      secret: this.env.SERVICE_SECRET,
      isHeldHere: () => this.home.isHeld(),
      refusal: () => this.refusal(owner),
      prepare: () => this.home.prepare(owner),
      restoreAgain: () => this.restorer.again(owner),
      reset: () => this.reset(),
      worked: () => this.worked(),
    });
  }

  async end(): Promise<void> {
    this.erasure.end();
  }

  /** What the queue's consumer asks. As `palace`. */
  sync(): SyncApi {
    return new SyncApi({ desk: () => (this.home.isHeld() ? this.syncing : null), rearm: () => this.clock.rearm() });
  }

  /* Live: the only use of fetch() */

  async admitSocket(owner: Owner): Promise<Outcome<null>> {
    return (await this.refusal(owner)) ?? done(null);
  }

  override async fetch(request: Request): Promise<Response> {
    return this.live.open(request);
  }

  override webSocketMessage(socket: WebSocket, said: string | ArrayBuffer): Promise<void> | undefined {
    return this.live.hear(socket, said);
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    answerClose(socket, code, reason);
  }

  /* Alarm: one per object, shared by everything that is due later */

  override async alarm(): Promise<void> {
    this.clock.rang();
    if (this.erasure.pending()) await this.erasure.resume();
    if (!this.home.isHeld()) return;
    if (this.processor.isWorking && (await this.clock.guard(this.syncing.gatheredAt(Date.now())))) return;
    await this.restorer.ensure(this.home.owner());
    void this.processor.work(); // it may take long; the alarm goes on looking after it
    await this.syncing.request(askQueue(this.env, this.home.owner()));
    await this.keeper.step(Date.now());
    await this.palaces.relayouts.step(Date.now());
    await this.clock.rearm();
  }

  /* Within */

  private async find(owner: Owner, id: string): Promise<Outcome<MessageRow>> {
    const refusal = await this.refusal(owner);
    if (refusal) return refusal;
    const row = this.stores.messages.find(id, naturalKeyOfMessageId(id));
    return row ? done(row) : NO_MESSAGE;
  }
}
