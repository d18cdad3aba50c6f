/**
 * Keeps the `k` best of a stream of (row, score): the higher score, at equal scores the lower row.
 * A binary heap with the worst kept entry on top, so that most entries cost one comparison.
 */
export class TopK {
  private readonly rows: Int32Array;
  private readonly scores: Float64Array;
  private count = 0;

  constructor(k: number) {
    this.rows = new Int32Array(k);
    this.scores = new Float64Array(k);
  }

  push(row: number, score: number): void {
    const { rows, scores } = this;
    if (this.count < rows.length) {
      let at = this.count++;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!this.isWorse(row, score, parent)) break;
        rows[at] = rows[parent]!;
        scores[at] = scores[parent]!;
        at = parent;
      }
      rows[at] = row;
      scores[at] = score;
    } else if (this.count > 0 && !this.isWorse(row, score, 0)) {
      this.replaceTop(row, score);
    }
  }

  /** The score an entry must beat to get in; -Infinity while there is room. */
  get threshold(): number {
    return this.count < this.rows.length || this.count === 0 ? -Infinity : this.scores[0]!;
  }

  /** What was kept, best first. */
  ranked(): { row: number; score: number }[] {
    const kept = Array.from({ length: this.count }, (_, i) => ({ row: this.rows[i]!, score: this.scores[i]! }));
    return kept.sort((a, b) => b.score - a.score || a.row - b.row);
  }

  private isWorse(row: number, score: number, than: number): boolean {
    const other = this.scores[than]!;
    return score < other || (score === other && row > this.rows[than]!);
  }

  private replaceTop(row: number, score: number): void {
    const { rows, scores, count } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= count) break;
      const right = child + 1;
      if (right < count && this.isWorse(rows[right]!, scores[right]!, child)) child = right;
      if (this.isWorse(row, score, child)) break;
      rows[at] = rows[child]!;
      scores[at] = scores[child]!;
      at = child;
    }
    rows[at] = row;
    scores[at] = score;
  }
}
