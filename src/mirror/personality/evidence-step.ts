/** Share by which the evidence may have grown since a profile was concluded, before it is concluded anew. */
const NEW_EVIDENCE = 0.02;

/**
 * The step of a scale of such steps that a count of messages or words lies on. Small counts have steps of their own, so
 * that each of the first messages is heard at once; the steps of larger ones are negative, and meet none of those.
 */
export const evidenceStep = (count: number): number =>
  count * NEW_EVIDENCE < 1 ? count : -Math.floor(Math.log(count) / Math.log1p(NEW_EVIDENCE));
