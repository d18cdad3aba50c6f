import { NO_TALLY, type Tally } from '../cache/tally.ts';
import type { Outcome } from '../shared/errors.ts';
import type { Embeddings } from './embedder.ts';
import { normaliseText } from './normalise.ts';

/** Within one turn of a conversation the same question is searched with, predicted from and summarised. */
const KEPT_MS = 60_000;
const MOST = 4;

interface Held {
  /** of the one text */
  answer: Embeddings;
  /** epoch ms */
  until: number;
}

/**
 * Vectors of the last few questions about one person, in their object's memory: each of the caches behind the service is in
 * some isolate, and the next call may come to another one.
 */
export class RecentQuestions {
  /** the one asked first first */
  private readonly held = new Map<string, Held>();
  private readonly now: () => number;
  private readonly tally: Tally;

  /** @param tally of the questions found here; those that are not are for the service to count */
  constructor({ now = Date.now, tally = NO_TALLY }: { now?: () => number; tally?: Tally } = {}) {
    this.now = now;
    this.tally = tally;
  }

  /** The vector of a question, held or asked for. What is refused is asked again. */
  async embed(
    question: string,
    model: string | undefined,
    ask: () => Promise<Outcome<Embeddings>>,
  ): Promise<Outcome<Embeddings>> {
    const key = `${model ?? ''}\0${normaliseText(question)}`;
    const found = this.held.get(key);
    if (found && found.until > this.now()) {
      this.tally('hit');
      return { ok: true, value: { ...found.answer, vectors: found.answer.vectors.slice() } };
    }
    const answer = await ask();
    if (!answer.ok) return answer;
    this.held.delete(key);
    this.held.set(key, {
      answer: { ...answer.value, vectors: answer.value.vectors.slice() },
      until: this.now() + KEPT_MS,
    });
    if (this.held.size > MOST) this.held.delete(this.held.keys().next().value!);
    return answer;
  }
}
