/**
 * Weights of a linear blend. Fitted as a listwise softmax on the development halves of LoCoMo and RealTalk together
 * (1,302 questions) and rounded: nine numbers. Fitted with the tested conversation left out, recall@10 was 0.863 on
 * LoCoMo and 0.667 on RealTalk, so they are not learned by heart. A score is a log-odds up to a constant: it ranks the
 * answers of one query and compares with no other query.
 */
export const WEIGHTS = {
  /** BM25 of the message with its neighbours, as a share of the query's rarity: 0 to about 2 */
  words: 4.6,
  /** rarity of query terms within the stretch of talk around it, as a share of the query's: 0 to 1 */
  context: 3.6,
  /** cosine in standard deviations above the mean of its model's vectors */
  meaning: 0.8,
  /** 1 where the query names who said it */
  speaker: 1.2,
  /** 1 where it ends with a question mark: questions hold few answers */
  question: -1,
  /** 1 where the message before it asks something */
  answer: 0.85,
  /** n / (n + 8) for n terms: "ok" holds nothing. Bounded, so that length alone never wins */
  substance: 4.8,
  /** fit to the time that the query names: 0 to 1 */
  date: 5.4,
  /** 1 where the query asks for a time and the message states one */
  tells_time: 2.2,
} as const;

export type Signal = keyof typeof WEIGHTS;

const HALF_SUBSTANCE = 8;

export const SIGNALS = Object.keys(WEIGHTS) as Signal[];

export const substance = (terms: number): number => terms / (terms + HALF_SUBSTANCE);
