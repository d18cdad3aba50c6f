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
import { iso } from '../../src/shared/instant.ts';
import { log } from '../../src/shared/log.ts';
import { inOrigin } from '../../src/shared/request-scope.ts';
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
        const taken = stores.transaction(() => this.store(owner, messages, idempotency, now));
        if (taken.ok) await this.ports.stored(now);
        return taken;
      }),
    );
    if (!stored.ok) return stored;
    return done(await this.withTask(owner, stored.value.answer, options.wait));
  }

  /** Takes one message in that was said over a socket: who says it hears of it by the answer alone, the others by an event. */
  hear(owner: Owner, message: PreparedMessage, speaker: WebSocket): Outcome<Heard> {
    const now = Date.now();
    const heard = this.join(message, now, speaker) ?? this.begin(owner, message, now, speaker);
    // what is stored is acknowledged: the end of the work on it, or the next message, sets the alarm that failed
    if (heard.ok) this.ports.stored(now)?.catch((error) => log.error('the alarm could not be set', { error }));
    return heard;
  }

  /** Stores a message that shares the task of those before it; null: it begins one of its own, or is refused there. */
  private join(message: PreparedMessage, now: number, speaker: WebSocket): Outcome<Heard> | null {
    const { stores, live } = this.ports;
    if (stores.messages.count() >= MAX_MESSAGES) return null;
    const joined = stores.messages.arrive(message, now);
    if (!joined) return null;
    const { task, taskName: task_id, event } = joined;
    this.noteAccepted(task, 1);
    const news: NewEvent = { type: 'message.accepted', message_ids: [message.id], task_id };
    live.broadcast([{ sequence: event, at: iso(now), ...news }], speaker);
    return done({ id: message.id, task_id, status: 'processing', duplicate: false, sequence: event });
  }

  /** … that has a task of its own, which others may share as long as no work on it has begun. */
  private begin(owner: Owner, message: PreparedMessage, now: number, speaker: WebSocket): Outcome<Heard> {
    const { stores } = this.ports;
    const stored = stores.transaction(() => {
      const taken = this.store(owner, [message], null, now, speaker);
      if (taken.ok && taken.value.answer.accepted > 0) stores.openTask.begin();
      return taken;
    });
    if (!stored.ok) return stored;
    const { sequence, answer } = stored.value;
    const { message_ids, task_id, status, duplicates } = answer;
    return done({ id: message_ids[0]!, task_id, status, duplicate: duplicates > 0, sequence });
  }

  /** @param task its ULID: what clients know it by holds the user's id, which no log does */
  private noteAccepted(task: string, messages: number): void {
    count('messages_total', {}, messages);
    log.debug('messages accepted', { task, messages });
  }

  /** Runs in a transaction. @param except the socket that is told another way */
  private store(
    owner: Owner,
    messages: PreparedMessage[],
    idempotency: IngestOptions['idempotency'],
    now: number,
    except: WebSocket | null = null,
  ): Outcome<Stored> {
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
    if (idempotency) stores.idempotency.add(idempotency.key, idempotency.fingerprint, JSON.stringify(answer), now);
    if (answer.accepted === 0) return done({ answer, sequence: null });
    const { message_ids, task_id } = answer;
    this.noteAccepted(stored.value.taskId, answer.accepted);
    const [event] = this.ports.live.announce([{ type: 'message.accepted', message_ids, task_id }], except);
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
