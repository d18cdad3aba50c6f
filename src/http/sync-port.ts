import type { ChangeMark, ChangeSet, PoisonRow } from '../tasks/sync.ts';

/** What the queue's consumer may ask of a person's object. */
export interface SyncPort {
  changes(): Promise<ChangeSet | null>;
  confirm(through: ChangeMark): Promise<void>;
  release(): Promise<void>;
  setAside(rows: PoisonRow[]): Promise<void>;
  outlive(erasedAt: number): Promise<void>;
}
