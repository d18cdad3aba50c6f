import type { Owner } from '../../src/auth/contract.ts';
import type { IngestOptions } from '../../src/http/user-memory.ts';
import type { Acknowledgement, NewEvent } from '../../src/live/contract.ts';
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
import type { ArrivalTask, Arrived } from '../stores/arrival-store.ts';
import type { Stores } from '../stores/stores.ts';
import { toTask } from '../stores/task-store.ts';
import type { LiveDesk } from './live-desk.ts';

export interface IntakePorts {
  stores: Stores;
  live: Pick<LiveDesk, 'announce' | 'broadcast'>;
  /** messages were stored: whoever works on them is told */
  stored(now: number): Promise<void> | undefined;
  /** settles when a task has ended, or after too long */
  ended(taskId: string): Promise<void>;
}

/** What the answer to a message said over a socket tells. */
export type Heard = Omit<Acknowledgement, 'type' | 'message_id'>;

/** What was stored of a request. */
interface Stored {
  answer: Accepted;
  /** number of the event that tells of it; null: there was nothing new */
  sequence: number | null;
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
        if (taken.ok) await this.ports.stored(now);
        return taken;
      }),
    );
    if (!stored.ok) return stored;
    return done(await this.withTask(owner, stored.value, options.wait));
  }

  /** Takes one message in that was said over a socket: who says it hears of it by the answer alone, the others by an event. */
  hear(owner: Owner, message: PreparedMessage, speaker: WebSocket): Outcome<Heard> {
    const now = Date.now();
    const heard = this.join(message, now, speaker) ?? this.begin(owner, message, now, speaker);
    // what is stored is acknowledged: the end of the work on it, or the next message, sets the alarm that failed
    if (heard.ok) this.ports.stored(now)?.catch((error) => log.error('the alarm could not be set', { error }));
    return heard;
  }

  /** Runs in a transaction. */
  private post(
    owner: Owner,
    messages: PreparedMessage[],
    idempotency: IngestOptions['idempotency'],
    now: number,
  ): Outcome<Accepted> {
    const { stores } = this.ports;
    const posted = this.arrive(owner, messages, now) ?? this.store(owner, messages, now);
    if (!posted.ok) return posted;
    const { answer } = posted.value;
    if (idempotency) stores.idempotency.add(idempotency.key, idempotency.fingerprint, JSON.stringify(answer), now);
    return done(answer);
  }

  /** Stores a posted message before work on what came before it has begun; null: it is not one, or cannot arrive. */
  private arrive(owner: Owner, messages: PreparedMessage[], now: number): Outcome<Stored> | null {
    const [message] = messages;
    if (!message || messages.length > 1 || !this.ports.stores.arrivals.isOpen()) return null;
    const id = newUlid(now);
    const answer = toAccepted({ taskId: id, messageIds: [message.id], accepted: 1 }, owner.userId, 1);
    const arrived = this.arrival(message, now, { id, name: answer.task_id });
    return arrived && done({ answer, sequence: arrived.event });
  }

  /** Stores a message said over a socket that joins the task of those before it; null: it cannot. */
  private join(message: PreparedMessage, now: number, speaker: WebSocket): Outcome<Heard> | null {
    const arrived = this.arrival(message, now, null, speaker);
    if (!arrived) return null;
    const { task, event } = arrived;
    return done({ id: message.id, task_id: task.name, status: 'processing', duplicate: false, sequence: event });
  }

  /** … that has a task of its own, which others may join as long as no work on it has begun. */
  private begin(owner: Owner, message: PreparedMessage, now: number, speaker: WebSocket): Outcome<Heard> {
    const stored = this.ports.stores.transaction(() => this.store(owner, [message], now, speaker));
    if (!stored.ok) return stored;
    const { message_ids, task_id, status, duplicates } = stored.value.answer;
    return done({ id: message_ids[0]!, task_id, status, duplicate: duplicates > 0, sequence: stored.value.sequence });
  }

  /** @param own its task; null: it joins the one that is shared. @param except the socket that is told another way */
  private arrival(
    message: PreparedMessage,
    now: number,
    own: ArrivalTask | null,
    except: WebSocket | null = null,
  ): Arrived | null {
    const { stores, live } = this.ports;
    if (stores.messages.count() >= MAX_MESSAGES) return null;
    const arrived = stores.messages.arrive(message, now, own);
    if (!arrived) return null;
    const { task, event } = arrived;
    this.noteAccepted(task.id, 1);
    const news: NewEvent = { type: 'message.accepted', message_ids: [message.id], task_id: task.name };
    live.broadcast([{ sequence: event, at: iso(now), ...news }], except);
    return arrived;
  }

  /** @param task its ULID: what clients know it by holds the user's id, which no log does */
  private noteAccepted(task: string, messages: number): void {
    count('messages_total', {}, messages);
    log.debug('messages accepted', { task, messages });
  }

  /**
   * Runs in a transaction. Others may arrive after it.
   *
   * @param speaker who said it over a socket: is told another way, and others may join its task
   */
  private store(
    owner: Owner,
    messages: PreparedMessage[],
    now: number,
    speaker: WebSocket | null = null,
  ): Outcome<Stored> {
    const { stores, live } = this.ports;
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
    if (answer.accepted === 0) return done({ answer, sequence: null });
    const { message_ids, task_id } = answer;
    const { taskId: id } = stored.value;
    this.noteAccepted(id, answer.accepted);
    const [event] = live.announce([{ type: 'message.accepted', message_ids, task_id }], speaker);
    stores.arrivals.begin(event!.sequence, speaker && { id, name: task_id });
    return done({ answer, sequence: event!.sequence });
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
