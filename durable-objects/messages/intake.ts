import type { Owner } from '../../src/auth/contract.ts';
import type { IngestOptions } from '../../src/http/user-memory.ts';
import type { Acknowledgement, LiveEvent, NewEvent } from '../../src/live/contract.ts';
import { toAccepted } from '../../src/messages/accepted.ts';
import type { Accepted } from '../../src/messages/contract.ts';
import { ingest, MAX_MESSAGES } from '../../src/messages/ingest.ts';
import type { PreparedMessage } from '../../src/messages/natural-key.ts';
import { count } from '../../src/metrics/recorder.ts';
import { span } from '../../src/metrics/trace.ts';
import { done, type Outcome, refused } from '../../src/shared/errors.ts';
import { newUlid } from '../../src/shared/ids.ts';
import { iso } from '../../src/shared/instant.ts';
import { log } from '../../src/shared/log.ts';
import { inOrigin } from '../../src/shared/request-scope.ts';
import type { ArrivalTask } from '../stores/arrival-store.ts';
import type { Stores } from '../stores/stores.ts';
import { toTask } from '../stores/task-store.ts';
import type { LiveDesk } from './live-desk.ts';

export interface IntakePorts {
  stores: Stores;
  live: Pick<LiveDesk, 'broadcast'>;
  /** messages were stored: whoever works on them is told */
  stored(now: number): Promise<void> | undefined;
  /** settles when a task has ended, or after too long */
  ended(taskId: string): Promise<void>;
}

/** What the answer to a message said over a socket tells. */
export type Heard = Omit<Acknowledgement, 'type' | 'message_id'>;

/** What is told of new messages once it is certain that they stay: a transaction that rolls back takes its event with it. */
interface News {
  event: LiveEvent & { type: 'message.accepted' };
  /** ULID of their task: what clients know it by holds the user's id, which no log does */
  task: string;
  accepted: number;
}

/** What was stored of a request. */
interface Stored<Answer> {
  answer: Answer;
  /** null: there was nothing new */
  news: News | null;
}

/** Takes messages in. What is acknowledged is stored. */
export class Intake {
  private readonly ports: IntakePorts;

  constructor(ports: IntakePorts) {
    this.ports = ports;
  }

  async take(owner: Owner, messages: PreparedMessage[], options: IngestOptions): Promise<Outcome<Accepted>> {
    const { stores } = this.ports;
    const now = Date.now();
    const { idempotency } = options;
    const earlier = idempotency && stores.idempotency.find(idempotency.key, now);
    if (earlier) {
      return earlier.fingerprint === idempotency.fingerprint
        ? done(await this.withTask(owner, JSON.parse(earlier.answer), options.wait))
        : refused('conflict', 'This Idempotency-Key was used with another request.');
    }
    const stored = await inOrigin(options.origin, () =>
      span('object ingest', 'internal', { messages: messages.length }, async () => {
        const taken = stores.transaction(() => this.post(owner, messages, idempotency, now));
        if (!taken.ok) return taken;
        this.tell(taken.value.news);
        await this.ports.stored(now);
        return taken;
      }),
    );
    if (!stored.ok) return stored;
    return done(await this.withTask(owner, stored.value.answer, options.wait));
  }

  /** Takes one message in that was said over a socket: who says it hears of it by the answer alone, the others by an event. */
  hear(owner: Owner, message: PreparedMessage, speaker: WebSocket): Outcome<Heard> {
    const now = Date.now();
    const heard = this.join(message, now) ?? this.begin(owner, message, now);
    if (!heard.ok) return heard;
    this.tell(heard.value.news, speaker);
    // what is stored is acknowledged: the end of the work on it, or the next message, sets the alarm that failed
    this.ports.stored(now)?.catch((error) => log.error('the alarm could not be set', { error }));
    return done(heard.value.answer);
  }

  /** Runs in a transaction. */
  private post(
    owner: Owner,
    messages: PreparedMessage[],
    idempotency: IngestOptions['idempotency'],
    now: number,
  ): Outcome<Stored<Accepted>> {
    const { stores } = this.ports;
    const posted = this.arrive(owner, messages, now) ?? this.store(owner, messages, now);
    if (!posted.ok) return posted;
    const { answer } = posted.value;
    if (idempotency) stores.idempotency.add(idempotency.key, idempotency.fingerprint, JSON.stringify(answer), now);
    return posted;
  }

  /** Stores a posted message before work on what came before it has begun; null: it is not one, or cannot arrive. */
  private arrive(owner: Owner, messages: PreparedMessage[], now: number): Outcome<Stored<Accepted>> | null {
    const [message] = messages;
    if (!message || messages.length > 1 || !this.ports.stores.arrivals.isOpen()) return null;
    const id = newUlid(now);
    const answer = toAccepted({ taskId: id, messageIds: [message.id], accepted: 1 }, owner.userId, 1);
    const news = this.arrival(message, now, { id, name: answer.task_id });
    return news && done({ answer, news });
  }

  /** Stores a message said over a socket that joins the task of those before it; null: it cannot. */
  private join(message: PreparedMessage, now: number): Outcome<Stored<Heard>> | null {
    const news = this.arrival(message, now, null);
    if (!news) return null;
    const { task_id, sequence } = news.event;
    const answer: Heard = { id: message.id, task_id, status: 'processing', duplicate: false, sequence };
    return done({ answer, news });
  }

  /** … that has a task of its own, which others may join as long as no work on it has begun. */
  private begin(owner: Owner, message: PreparedMessage, now: number): Outcome<Stored<Heard>> {
    const stored = this.ports.stores.transaction(() => this.store(owner, [message], now, true));
    if (!stored.ok) return stored;
    const { answer, news } = stored.value;
    const { message_ids, task_id, status, duplicates } = answer;
    const sequence = news?.event.sequence ?? null;
    return done({ answer: { id: message_ids[0]!, task_id, status, duplicate: duplicates > 0, sequence }, news });
  }

  /** @param own its task; null: it joins the one that is shared */
  private arrival(message: PreparedMessage, now: number, own: ArrivalTask | null): News | null {
    const { stores } = this.ports;
    if (stores.messages.count() >= MAX_MESSAGES) return null;
    const arrived = stores.messages.arrive(message, now, own);
    if (!arrived) return null;
    const { task, event: sequence } = arrived;
    const event = { sequence, at: iso(now), ...acceptedEvent([message.id], task.name) };
    return { event, task: task.id, accepted: 1 };
  }

  /** After the transaction. @param except the socket that is told another way */
  private tell(news: News | null, except: WebSocket | null = null): void {
    if (!news) return;
    const { event, task, accepted } = news;
    count('messages_total', {}, accepted);
    log.debug('messages accepted', { task, messages: accepted });
    this.ports.live.broadcast([event], except);
  }

  /**
   * Runs in a transaction. Others may arrive after it.
   *
   * @param isShared whether others may join its task
   */
  private store(owner: Owner, messages: PreparedMessage[], now: number, isShared = false): Outcome<Stored<Accepted>> {
    const { stores } = this.ports;
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
    const { message_ids, task_id, accepted } = answer;
    if (accepted === 0) return done({ answer, news: null });
    const { taskId: task } = stored.value;
    const news = acceptedEvent(message_ids, task_id);
    const { sequence, at } = stores.events.add(news, now);
    stores.arrivals.begin(sequence, isShared ? { id: task, name: task_id } : null);
    return done({ answer, news: { event: { ...news, sequence, at }, task, accepted } });
  }

  /** With `wait`, answers with the task as it ended, or as it stands when waiting was too long. */
  private async withTask(owner: Owner, answer: Accepted, wait: boolean): Promise<Accepted> {
    if (!wait) return answer;
    const { tasks } = this.ports.stores;
    const id = answer.task_id.split('_')[1]!;
    const open = tasks.find(id)?.finished_at === null;
    if (open) await this.ports.ended(id);
    const row = tasks.find(id);
    if (!row) return answer; // trimmed long ago
    const task = toTask(row, owner.userId);
    return { ...answer, status: task.status === 'completed' ? 'completed' : 'processing', task };
  }
}

const acceptedEvent = (message_ids: string[], task_id: string) =>
  ({ type: 'message.accepted', message_ids, task_id }) satisfies NewEvent;
