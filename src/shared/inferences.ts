/** What a person may allow or forbid, each by itself. Off unless they say otherwise. */
export const INFERENCES = ['personality', 'emotion', 'style', 'prediction', 'reconstruction'] as const;
export type InferenceName = (typeof INFERENCES)[number];
