import type { OtherCopy } from '../../src/archaeology/reconstruct/ports.ts';

/** Of one conversation; more are not kept. */
const MOST_COPIES = 20_000;

type Row = {
  id: string;
  speaker: string;
  is_own: number;
  at: number;
  content: string;
  certainty: number;
};

/** Every statement about `other_copy`: messages that only another participant's export of a chat holds. */
export function otherCopyStore(sql: SqlStorage) {
  return {
    /** @returns false if the conversation has as many as are kept */
    put(conversationId: string, { id, speaker, isOwn, at, content, certainty }: OtherCopy): boolean {
      const { n } = sql
        .exec<{ n: number }>('SELECT COUNT(*) AS n FROM other_copy WHERE conversation_id = ?', conversationId)
        .one();
      if (n >= MOST_COPIES) return false;
      sql.exec(
        `INSERT INTO other_copy (id, conversation_id, speaker, is_own, at, content, certainty) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET at = excluded.at, speaker = excluded.speaker, is_own = excluded.is_own,
           certainty = MAX(certainty, excluded.certainty)`,
        id,
        conversationId,
        speaker,
        isOwn ? 1 : 0,
        at,
        content,
        certainty,
      );
      return true;
    },
    /** Epoch ms: when the oldest was said; null: there is none. */
    oldestAt: (): number | null => sql.exec<{ at: number | null }>('SELECT MIN(at) AS at FROM other_copy').one().at,
    /** Those that were said before a time. @returns how many */
    removeBefore: (cutoff: number, limit: number): number =>
      sql
        .exec(
          'DELETE FROM other_copy WHERE row IN (SELECT row FROM other_copy WHERE at < ? LIMIT ?) RETURNING 1',
          cutoff,
          limit,
        )
        .toArray().length,
    remove: (id: string) => void sql.exec('DELETE FROM other_copy WHERE id = ?', id),
    /** Those of a stretch, in order. @param from @param to epoch ms, borders included; null: not bounded */
    between: (conversationId: string, from: number | null, to: number | null, limit: number): OtherCopy[] =>
      sql
        .exec<Row>(
          `SELECT * FROM other_copy WHERE conversation_id = ?1 AND (?2 IS NULL OR at >= ?2) AND (?3 IS NULL OR at <= ?3)
           ORDER BY at, row LIMIT ?4`,
          conversationId,
          from,
          to,
          limit,
        )
        .toArray()
        .map(({ is_own, ...copy }) => ({ ...copy, isOwn: is_own === 1 })),
  };
}
