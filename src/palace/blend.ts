import weights from './weights.json' with { type: 'json' };

/**
 * Weights of a linear blend, fitted as a listwise softmax by `scripts/train-search.ts` on the development halves of
 * LoCoMo and RealTalk together (1,302 questions). Fitted with the tested conversation left out, recall@10 was 0.857 on
 * LoCoMo and 0.687 on RealTalk, so they are not learned by heart. A score is a log-odds up to a constant: it ranks the
 * answers of one query and compares with no other query. Signals, in the order of the shares:
 *
 * - `words`: BM25 of the message with its neighbours, as a share of the query's rarity, 0 to about 2
 * - `context`: rarity of query terms within the stretch of talk around it, as a share of the query's, 0 to 1
 * - `meaning`: cosine in standard deviations above the mean of its model's vectors
 * - `next_meaning`: the same of the message after it
 * - `like_best`: likeness to the best ten of a first pass, in standard deviations
 * - `speaker`: 1 where the query names who said it
 * - `of_self`: 1 where it names who said it and they speak of themselves ("I", "my", "we")
 * - `question`: 1 where it ends with a question mark; questions hold few answers
 * - `answer`: 1 where the message before it asks something
 * - `substance`: n / (n + 8) for n terms: "ok" holds nothing. Bounded, so that length alone never wins
 * - `number`: 1 where there is a number in it
 * - `date`: fit to the time that the query names, 0 to 1
 * - `tells_time`: 1 where the query asks for a time and the message states one
 */
export const WEIGHTS = weights.blend;

export type Signal = keyof typeof WEIGHTS;

const HALF_SUBSTANCE = 8;

export const SIGNALS = Object.keys(WEIGHTS) as Signal[];

export const substance = (terms: number): number => terms / (terms + HALF_SUBSTANCE);
