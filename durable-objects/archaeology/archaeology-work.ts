import type { EmbeddingPort } from '../../src/embedding/embedder.ts';
import type { NewEvent } from '../../src/live/contract.ts';
import type { InferenceName } from '../../src/shared/inferences.ts';
import { isReconstructed } from '../../src/shared/reconstructed.ts';
import type { Gone } from '../messages/eraser.ts';
import type { SearchHost } from '../palace/search-host.ts';
import type { MessageRow } from '../stores/message-store.ts';
import { withoutSource } from '../stores/reconstruction-store.ts';
import type { Stores } from '../stores/stores.ts';
import { DigDesk } from './dig-desk.ts';
import { GapHost } from './gap-host.ts';
import { HistoryReader } from './history-reader.ts';
import { PersonCalibrator } from './person-calibrator.ts';
import { ReconstructDesk } from './reconstruct-desk.ts';
import { RECONSTRUCTION_CALIBRATION } from './reconstruction-calibration.ts';
import { VerdictDesk } from './verdict-desk.ts';
import { WritingHost } from './writing-host.ts';

export interface ArchaeologyWorkPorts {
  stores: Stores;
  index: SearchHost;
  embedder: EmbeddingPort;
  scope(): string;
  /** a transaction over all that messages are held in */
  change<T>(work: () => T): T;
  /** as of Eraser */
  take(message: MessageRow): Gone;
  settle(gone: readonly Gone[]): void;
  announce(events: readonly NewEvent[]): void;
}

/** Everything that is dug up about a person. Nothing of it is kept without their consent to `reconstruction`. */
export class ArchaeologyWork {
  readonly gaps: GapHost;
  readonly history: HistoryReader;
  readonly desk: ReconstructDesk;
  readonly digs: DigDesk;
  readonly verdicts: VerdictDesk;
  readonly calibrator: PersonCalibrator;
  private readonly writing: WritingHost;
  private readonly ports: ArchaeologyWorkPorts;

  constructor(ports: ArchaeologyWorkPorts) {
    const { stores } = ports;
    this.ports = ports;
    this.gaps = new GapHost(stores);
    this.history = new HistoryReader(stores);
    this.writing = new WritingHost(stores);
    this.desk = new ReconstructDesk({ ...ports, gaps: this.gaps, writing: this.writing });
    this.calibrator = new PersonCalibrator(stores, this.desk, this.writing);
    this.verdicts = new VerdictDesk({ ...ports, desk: this.desk });
    this.digs = new DigDesk({ ...ports, gaps: this.gaps, desk: this.desk, history: this.history });
  }

  /** Takes in messages that have just got their vectors. To be called within a transaction. */
  take(rows: readonly number[]): void {
    if (rows.length === 0 || !this.isAllowed()) return;
    this.gaps.take(this.ports.stores.messages.byRows(rows).map(placeOf));
  }

  /** Takes a message back. To be called within the transaction that deletes it, before that. */
  forget(message: MessageRow): void {
    const { reconstructions } = this.ports.stores;
    this.history.reset();
    this.desk.noteDeletion();
    this.calibrator.reset();
    if (isReconstructed(message.conversation_id)) {
      reconstructions.forgetMemory(message.id);
      return;
    }
    this.writing.forget(message);
    if (!this.isAllowed()) return;
    this.gaps.forget(placeOf(message));
    this.digs.forget(message.sent_at);
    for (const row of reconstructions.loseSource(message.id)) {
      const { reconstruction } = reconstructions.byRow(row)!; // its sources are deleted with it
      if (!reconstruction) continue;
      const left = withoutSource(reconstruction, message.id);
      if (left) reconstructions.rewrite(row, left);
      else reconstructions.withdraw(row);
    }
  }

  /** Follows a change of consent, within its transaction. @returns what is to be done once that is committed */
  consentChanged(name: InferenceName, isGranted: boolean): () => void {
    if (name === 'style' && !isGranted) this.digs.erase('style', Date.now());
    if (name !== 'reconstruction') return () => {};
    if (isGranted) {
      this.gaps.restart();
      return () => {};
    }
    const { stores, take, settle } = this.ports;
    const gone = stores.reconstructions.acceptedMemories().flatMap((id) => {
      const message = stores.messages.find(id, '');
      return message ? [take(message)] : [];
    });
    this.gaps.erase();
    stores.reconstructions.eraseAll();
    stores.mirror.erase(RECONSTRUCTION_CALIBRATION);
    this.digs.erase('reconstruction', Date.now());
    this.reset();
    return () => settle(gone);
  }

  /** Does a slice of what waits. @returns whether more is left */
  async step(): Promise<boolean> {
    if (!this.isAllowed()) return false;
    return (await this.digs.step()) || (this.isAllowed() && this.calibrator.step());
  }

  /** Old messages have come back. */
  restored(): void {
    this.reset();
    if (this.isAllowed()) this.gaps.restart();
  }

  /** Everything is read from storage anew. */
  reset(): void {
    this.gaps.reset();
    this.history.reset();
    this.writing.reset();
    this.calibrator.reset();
    this.desk.noteDeletion();
  }

  private isAllowed(): boolean {
    return this.ports.stores.consents.granted().has('reconstruction');
  }
}

const placeOf = ({ row, conversation_id: conversationId, sent_at: sentAt }: MessageRow) => ({
  row,
  conversationId,
  sentAt,
});
