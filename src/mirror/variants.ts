/** Which rules predict: the present version of each kind, and the candidate that may take its place. */
export const VERSIONS = {
  reply: ['fit-1', 'nearest-1'],
  decision: ['alike-1', 'frequent-1'],
} as const;
export type PredictedKind = keyof typeof VERSIONS;
type Version<K extends PredictedKind> = (typeof VERSIONS)[K][number];

/** What predicts for one person. */
export interface Versions<K extends PredictedKind> {
  shown: Version<K>;
  /** runs beside it, unseen, and is scored by the same truths */
  shadow: Version<K> | null;
}

export type MirrorVersions = { [K in PredictedKind]: Versions<K> };
