import type { VerdictBody } from '../../src/archaeology/reconstruct/contract.ts';
import { judge, type ReconstructedMemory, type VerdictEffects } from '../../src/archaeology/reconstruct/verdict.ts';
import type { NewEvent } from '../../src/live/contract.ts';
import { ingest } from '../../src/messages/ingest.ts';
import { type PreparedMessage, prepareMessage } from '../../src/messages/natural-key.ts';
import { done, type Outcome, refused } from '../../src/shared/errors.ts';
import { newUlid } from '../../src/shared/ids.ts';
import { reconstructedConversation } from '../../src/shared/reconstructed.ts';
import type { Gone } from '../messages/eraser.ts';
import type { MessageRow } from '../stores/message-store.ts';
import type { ReconstructionRecord } from '../stores/reconstruction-store.ts';
import type { Stores } from '../stores/stores.ts';
import type { ReconstructDesk } from './reconstruct-desk.ts';

export interface VerdictDeskPorts {
  stores: Stores;
  desk: ReconstructDesk;
  /** a transaction over all that messages are held in */
  change<T>(work: () => T): T;
  /** as of Eraser */
  take(message: MessageRow): Gone;
  settle(gone: readonly Gone[]): void;
  announce(events: readonly NewEvent[]): void;
}

const NOT_THERE = refused('not_found', 'No such reconstruction.');

/** What someone says of reconstructions, and the memories that come of it. */
export class VerdictDesk {
  private readonly ports: VerdictDeskPorts;

  constructor(ports: VerdictDeskPorts) {
    this.ports = ports;
  }

  /** @param author who judges, unless the body names another */
  judge(id: string, body: VerdictBody, author: string, now: number): Outcome<null> {
    const { stores, desk, change, settle, announce } = this.ports;
    const record = stores.reconstructions.find(id);
    if (!record) return NOT_THERE;
    if (!record.reconstruction) return refused('conflict', 'It was withdrawn: messages it rested on were deleted.');
    const stored = { ...record, reconstruction: record.reconstruction };
    const effects = judge(stored, body, { author, now, calibration: desk.calibration() });
    if (!effects.ok) return effects;
    const outcome = change(() => this.apply(record, effects.value, now));
    if (!outcome.ok) return outcome;
    settle(outcome.value.gone);
    announce([
      {
        type: 'reconstruction.judged',
        origin: 'reconstructed',
        reconstruction_id: id,
        verdict: body.verdict,
        memory_id: outcome.value.memoryId,
      },
    ]);
    return done(null);
  }

  private apply(
    record: ReconstructionRecord,
    effects: VerdictEffects,
    now: number,
  ): Outcome<{ gone: Gone[]; memoryId: string | null }> {
    const { stores, desk, take } = this.ports;
    const earlier = record.memoryId === null ? null : stores.messages.find(record.memoryId, '');
    const memory = effects.memory && memoryMessage(effects.memory, record, effects, now);
    if (memory) {
      const stored = ingest(
        {
          ...stores.messages,
          addTask: (task) => stores.tasks.add(task),
          addChange: (first, last) => stores.outbox.add(first, last),
        },
        [memory],
        now,
      );
      if (!stored.ok) return stored;
    }
    const gone = earlier ? [take(earlier)] : [];
    stores.reconstructions.judge(record.row, effects.state, effects.verdict, memory?.id ?? null);
    desk.learn(effects.calibration, now);
    return done({ gone, memoryId: memory?.id ?? null });
  }
}

/** The message that keeps a memory of origin `reconstructed`. Nobody said it, so its role is no person's. */
function memoryMessage(
  memory: ReconstructedMemory,
  { place, reconstruction }: ReconstructionRecord,
  { verdict }: VerdictEffects,
  now: number,
): PreparedMessage {
  const proposed = reconstruction?.state === 'proposed' ? reconstruction : null;
  return prepareMessage(
    {
      content: memory.content,
      role: 'system',
      ...(memory.speaker === null ? {} : { speaker: memory.speaker }),
      // a name never used before: a deletion that is still on its way to Postgres must not meet it
      conversation_id: reconstructedConversation(newUlid(now)),
      timestamp: new Date(memory.sentAt).toISOString(),
      metadata: {
        origin: memory.origin,
        reconstruction_id: memory.reconstructionId,
        conversation_id: memory.conversationId,
        after_message_id: place.afterId,
        before_message_id: place.beforeId,
        product: reconstruction?.product,
        method: proposed?.method,
        confidence: proposed?.confidence,
        verdict: verdict.verdict,
        judged_at: new Date(verdict.at).toISOString(),
      },
    },
    now,
  );
}
