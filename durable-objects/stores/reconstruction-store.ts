import type { Candidate, Product, Reconstruction } from '../../src/archaeology/reconstruct/reconstruction.ts';
import type { GivenVerdict, StoredReconstruction } from '../../src/archaeology/reconstruct/verdict.ts';

export type ReconstructionState = 'proposed' | 'accepted' | 'corrected' | 'rejected' | 'withdrawn';

/** A text that was proposed, with its place and what became of it. */
export interface ReconstructionRecord extends Omit<StoredReconstruction, 'reconstruction'> {
  row: number;
  gapId: string | null;
  /** from 0 among the missing messages of the place */
  position: number;
  product: Product;
  state: ReconstructionState;
  /** null: withdrawn, since messages it rested on were deleted */
  reconstruction: Reconstruction | null;
  memoryId: string | null;
  madeAt: number;
}

export type NewReconstruction = Omit<ReconstructionRecord, 'row' | 'verdict' | 'memoryId' | 'state' | 'product'> & {
  reconstruction: Reconstruction;
};

type Row = {
  row: number;
  id: string;
  conversation_id: string;
  gap_id: string | null;
  after_id: string | null;
  before_id: string | null;
  from_at: number | null;
  to_at: number | null;
  position: number;
  speaker: string | null;
  sent_at: number | null;
  product: string;
  state: string;
  body: string | null;
  verdict: string | null;
  memory_id: string | null;
  made_at: number;
};

/** Proposals that nobody has judged, at most; the oldest go first. */
const MOST_PROPOSALS = 2_000;
const TABLES = ['reconstruction', 'reconstruction_source', 'other_copy'] as const;

/** Every statement about `reconstruction` and `reconstruction_source`. */
export function reconstructionStore(sql: SqlStorage) {
  const select = (where: string, ...values: SqlStorageValue[]): ReconstructionRecord[] =>
    sql
      .exec<Row>(`SELECT * FROM reconstruction WHERE ${where}`, ...values)
      .toArray()
      .map(toRecord);
  const drop = (row: number) => {
    sql.exec('DELETE FROM reconstruction_source WHERE reconstruction = ?', row);
    sql.exec('DELETE FROM reconstruction WHERE row = ?', row);
  };
  return {
    find: (id: string): ReconstructionRecord | null => select('id = ?', id)[0] ?? null,
    byRow: (row: number): ReconstructionRecord | null => select('row = ?', row)[0] ?? null,
    /** The newest first. */
    list: (
      { conversationId, gapId, state }: { conversationId: string | null; gapId: string | null; state: string | null },
      before: number | null,
      limit: number,
    ): ReconstructionRecord[] =>
      select(
        `(?1 IS NULL OR conversation_id = ?1) AND (?2 IS NULL OR gap_id = ?2) AND (?3 IS NULL OR state = ?3)
         AND (?4 IS NULL OR row < ?4) ORDER BY row DESC LIMIT ?5`,
        conversationId,
        gapId,
        state,
        before,
        limit,
      ),
    /** What is proposed for a place already, whoever asked. */
    openAt: (conversationId: string, afterId: string | null, beforeId: string | null): ReconstructionRecord[] =>
      select(
        `conversation_id = ? AND after_id IS ? AND before_id IS ? AND state = 'proposed'`,
        conversationId,
        afterId,
        beforeId,
      ),
    /** Those with a verdict, in order. */
    judged: (): ReconstructionRecord[] => select('verdict IS NOT NULL ORDER BY row'),
    /** Those of a conversation that someone has judged not to hold. */
    refuted: (conversationId: string): ReconstructionRecord[] =>
      select(`conversation_id = ? AND state IN ('rejected', 'corrected') AND body IS NOT NULL`, conversationId),
    add(record: NewReconstruction, sources: readonly string[]): void {
      const { id, place, gapId, position, speaker, at, reconstruction, madeAt } = record;
      const { conversationId, afterId, beforeId, from, to } = place;
      const { row } = sql
        .exec<{ row: number }>(
          `INSERT INTO reconstruction (id, conversation_id, gap_id, after_id, before_id, from_at, to_at, position, speaker,
             sent_at, product, state, body, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'proposed', ?, ?) RETURNING row`,
          id,
          conversationId,
          gapId,
          afterId,
          beforeId,
          from,
          to,
          position,
          speaker,
          at,
          reconstruction.product,
          JSON.stringify(reconstruction),
          madeAt,
        )
        .one();
      for (const source of new Set(sources)) {
        sql.exec('INSERT OR IGNORE INTO reconstruction_source (message_id, reconstruction) VALUES (?, ?)', source, row);
      }
    },
    drop,
    judge(row: number, state: ReconstructionState, verdict: GivenVerdict, memoryId: string | null): void {
      sql.exec(
        'UPDATE reconstruction SET state = ?, verdict = ?, memory_id = ? WHERE row = ?',
        state,
        JSON.stringify(verdict),
        memoryId,
        row,
      );
    },
    /** The memory that a verdict made is gone. */
    forgetMemory: (memoryId: string) =>
      void sql.exec('UPDATE reconstruction SET memory_id = NULL WHERE memory_id = ?', memoryId),
    /** Memories that verdicts made of texts that were computed: a correction is someone's own words. */
    acceptedMemories: (): string[] =>
      sql
        .exec<{ id: string }>(
          `SELECT memory_id AS id FROM reconstruction WHERE state = 'accepted' AND memory_id IS NOT NULL`,
        )
        .toArray()
        .map(({ id }) => id),

    /** Rows of those that rest on a message. It is noted as gone. */
    loseSource: (messageId: string): number[] =>
      sql
        .exec<{ row: number }>(
          'UPDATE reconstruction_source SET is_gone = 1 WHERE message_id = ? RETURNING reconstruction AS row',
          messageId,
        )
        .toArray()
        .map(({ row }) => row),
    goneSources: (row: number): Set<string> =>
      new Set(
        sql
          .exec<{ id: string }>(
            'SELECT message_id AS id FROM reconstruction_source WHERE reconstruction = ? AND is_gone = 1',
            row,
          )
          .toArray()
          .map(({ id }) => id),
      ),
    rewrite: (row: number, reconstruction: Reconstruction) =>
      void sql.exec('UPDATE reconstruction SET body = ? WHERE row = ?', JSON.stringify(reconstruction), row),
    /** Nothing of its text stays. What a verdict said of it does, with the memory that it made. */
    withdraw: (row: number) =>
      void sql.exec(
        `UPDATE reconstruction SET body = NULL, state = CASE WHEN verdict IS NULL THEN 'withdrawn' ELSE state END
         WHERE row = ?`,
        row,
      ),

    trim(): void {
      const rows = sql
        .exec<{ row: number }>(
          `SELECT row FROM reconstruction WHERE state = 'proposed' ORDER BY row DESC LIMIT -1 OFFSET ?`,
          MOST_PROPOSALS,
        )
        .toArray();
      for (const { row } of rows) drop(row);
    },
    eraseAll(): void {
      for (const table of TABLES) sql.exec(`DELETE FROM ${table}`);
    },
  };
}

const toRecord = (row: Row): ReconstructionRecord => ({
  row: row.row,
  id: row.id,
  place: {
    conversationId: row.conversation_id,
    afterId: row.after_id,
    beforeId: row.before_id,
    from: row.from_at,
    to: row.to_at,
  },
  gapId: row.gap_id,
  position: row.position,
  speaker: row.speaker,
  at: row.sent_at,
  product: row.product as Product,
  state: row.state as ReconstructionState,
  reconstruction: row.body === null ? null : JSON.parse(row.body),
  verdict: row.verdict === null ? null : JSON.parse(row.verdict),
  memoryId: row.memory_id,
  madeAt: row.made_at,
});

/** Messages that a reconstruction, or one of its alternatives, rests on. */
export function sourcesOf(reconstruction: Reconstruction): string[] {
  const proposed = reconstruction.state === 'proposed' ? [reconstruction, ...reconstruction.alternatives] : [];
  return [
    ...reconstruction.evidence.map(({ messageId }) => messageId),
    ...proposed.flatMap((candidate) => [
      ...candidate.evidence.map(({ messageId }) => messageId),
      ...candidate.tokens.flatMap(({ source }) => (source ? [source.messageId] : [])),
    ]),
  ];
}

/**
 * A reconstruction without the words of a message that was deleted; null if nothing is left to rest on. A composed text
 * that holds a word of it goes as a whole.
 */
export function withoutSource(reconstruction: Reconstruction, messageId: string): Reconstruction | null {
  const restsOn = ({ evidence, tokens }: Pick<Candidate, 'evidence' | 'tokens'>) =>
    evidence.some((each) => each.messageId === messageId) ||
    tokens.some(({ source }) => source?.messageId === messageId);
  const evidence = reconstruction.evidence.map((each) =>
    each.messageId === messageId ? { ...each, start: 0, end: 0, text: '' } : each,
  );
  if (reconstruction.state !== 'proposed') return { ...reconstruction, evidence };
  const isLeft = evidence.some(({ text }) => text !== '');
  if (restsOn(reconstruction) && (reconstruction.product === 'composition' || !isLeft)) return null;
  return { ...reconstruction, evidence, alternatives: reconstruction.alternatives.filter((each) => !restsOn(each)) };
}
