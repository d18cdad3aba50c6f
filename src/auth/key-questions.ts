/** A question that has no answer after this long, in ms, is as good as refused, and the next one may ask. */
export const PATIENCE_MS = 5_000;
/** Questions that follow each other within this time, in ms, are one attempt: nobody asked in vain while nobody asked. */
const ATTEMPT_GAP_MS = 2 * PATIENCE_MS;
const MAX_KEYS = 10_000;

interface Question {
  /** epoch ms: the first of this attempt */
  since: number;
  /** … and the last */
  at: number;
  hasFailed: boolean;
}

/**
 * Which keys this isolate is asking about. Thousands of requests may need one answer in the same moment: one asks, and a
 * question that stays without an answer is put once in `PATIENCE_MS`, not by each of them. Times are epoch ms.
 */
export class KeyQuestions {
  private readonly byHash = new Map<string, Question>();

  begin(hash: string, now: number): void {
    const before = this.byHash.get(hash);
    const since = before && Math.abs(now - before.at) < ATTEMPT_GAP_MS ? before.since : now;
    if (this.byHash.size >= MAX_KEYS) this.byHash.clear();
    this.byHash.set(hash, { since, at: now, hasFailed: false });
  }

  answered(hash: string): void {
    this.byHash.delete(hash);
  }

  failed(hash: string): void {
    const question = this.byHash.get(hash);
    if (question) question.hasFailed = true;
  }

  /** Whether a new question is worth asking: none was put lately. */
  mayAsk(hash: string, now: number): boolean {
    const question = this.byHash.get(hash);
    return question === undefined || Math.abs(now - question.at) >= PATIENCE_MS;
  }

  /** Whether who could answer is asked and does not: they refuse, or say nothing for too long. */
  isVain(hash: string, now: number): boolean {
    const question = this.byHash.get(hash);
    if (question === undefined || Math.abs(now - question.at) >= ATTEMPT_GAP_MS) return false;
    return question.hasFailed || now - question.since >= PATIENCE_MS;
  }
}
