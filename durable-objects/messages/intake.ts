import type { Owner } from '../../src/auth/contract.ts';
import type { IngestOptions } from '../../src/http/user-memory.ts';
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
  stored(now: number): Promise<void>;
  /** settles when a task has ended, or after too long */
  ended(taskId: string): Promise<void>;
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
        const taken = this.join(owner, messages, options, now) ?? this.begin(owner, messages, options, now);
        if (taken.ok) await this.ports.stored(now);
        return taken;
      }),
    );
    if (!stored.ok) return stored;
    return done(await this.withTask(owner, stored.value, options.wait));
  }

  /** Stores a message that shares the task of those before it; null: it begins one of its own, or is refused there. */
  private join(
    { userId }: Owner,
    [message, ...others]: PreparedMessage[],
    { mayShareTask }: IngestOptions,
    now: number,
  ): Outcome<Accepted> | null {
    const { stores, live } = this.ports;
    if (!mayShareTask || !message || others.length > 0 || stores.messages.count() >= MAX_MESSAGES) return null;
    const joined = stores.messages.arrive(message, now);
    if (!joined) return null;
    const { task, event } = joined;
    const answer = toAccepted({ taskId: task, messageIds: [message.id], accepted: 1 }, userId, 1);
    const { message_ids, task_id } = answer;
    this.noteAccepted(task, 1);
    live.broadcast([{ sequence: event, at: iso(now), type: 'message.accepted', message_ids, task_id }]);
    return done(answer);
  }

  private begin(owner: Owner, messages: PreparedMessage[], options: IngestOptions, now: number): Outcome<Accepted> {
    const { stores } = this.ports;
    return stores.transaction(() => {
      const taken = this.store(owner, messages, options, now);
      const isOpen = options.mayShareTask && taken.ok && messages.length === 1 && taken.value.accepted === 1;
      if (isOpen) stores.openTask.begin();
      return taken;
    });
  }

  private noteAccepted(task: string, messages: number): void {
    count('messages_total', {}, messages);
    log.debug('messages accepted', { task, messages });
  }

  private store(
    owner: Owner,
    messages: PreparedMessage[],
    { idempotency }: IngestOptions,
    now: number,
  ): Outcome<Accepted> {
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
    if (stored.value.accepted > 0) {
      this.noteAccepted(stored.value.taskId, stored.value.accepted);
      this.ports.live.announce([
        { type: 'message.accepted', message_ids: answer.message_ids, task_id: answer.task_id },
      ]);
    }
    return done(answer);
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
