/** A decision of the person as stored. Times are epoch ms. */
export interface DecisionRecord {
  row: number;
  id: string;
  context: string;
  options: string[];
  /** place among the options; null: not chosen yet */
  choice: number | null;
  /** -1 to 1; null: not known */
  outcome: number | null;
  decidedAt: number;
  createdAt: number;
  model: string | null;
  /** unit length, of the context */
  vector: Float32Array | null;
}

export interface NewDecisionRecord extends Omit<DecisionRecord, 'row' | 'vector' | 'model'> {
  embedded: { model: string; scale: number; bytes: Int8Array } | null;
}

type Row = {
  row: number;
  id: string;
  context: string;
  options: string;
  choice: number | null;
  outcome: number | null;
  decided_at: number;
  created_at: number;
  model: string | null;
  scale: number | null;
  vector: ArrayBuffer | null;
};

/** Every statement about `decision`. */
export function decisionStore(sql: SqlStorage) {
  return {
    add(decision: NewDecisionRecord): void {
      const { id, context, options, choice, outcome, decidedAt, createdAt, embedded } = decision;
      sql.exec(
        `INSERT INTO decision (id, context, options, choice, outcome, decided_at, created_at, model, scale, vector)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        id,
        context,
        JSON.stringify(options),
        choice,
        outcome,
        decidedAt,
        createdAt,
        embedded?.model ?? null,
        embedded?.scale ?? null,
        embedded?.bytes.slice().buffer ?? null,
      );
    },
    find: (id: string): DecisionRecord | null =>
      sql.exec<Row>('SELECT * FROM decision WHERE id = ?', id).toArray().map(fromRow)[0] ?? null,
    update: (id: string, choice: number | null, outcome: number | null) =>
      void sql.exec('UPDATE decision SET choice = ?, outcome = ? WHERE id = ?', choice, outcome, id),
    /** The newest first. */
    list: (beforeRow: number | null, limit: number): DecisionRecord[] =>
      sql
        .exec<Row>('SELECT * FROM decision WHERE (?1 IS NULL OR row < ?1) ORDER BY row DESC LIMIT ?2', beforeRow, limit)
        .toArray()
        .map(fromRow),
    count: () => sql.exec<{ n: number }>('SELECT COUNT(*) AS n FROM decision').one().n,
    eraseAll: () => void sql.exec('DELETE FROM decision'),
  };
}

function fromRow(row: Row): DecisionRecord {
  const { scale, vector } = row;
  return {
    row: row.row,
    id: row.id,
    context: row.context,
    options: JSON.parse(row.options),
    choice: row.choice,
    outcome: row.outcome,
    decidedAt: row.decided_at,
    createdAt: row.created_at,
    model: row.model,
    vector:
      vector && scale !== null ? Float32Array.from(new Int8Array(vector), (component) => component * scale) : null,
  };
}
