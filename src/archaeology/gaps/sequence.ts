const FIELDS = ['seq', 'sequence', 'sequence_number', 'message_number'] as const;
const TRAILING_NUMBER = /^(?:[A-Za-z_:#-]*?)(\d{1,15})$/;

/**
 * The source's running number of a message: a whole number in `metadata` (`seq`, `sequence`, `sequence_number`,
 * `message_number`), or the number a client's message id ends with ("42", "msg-42"). Null where there is none.
 */
export function sequenceOf(
  messageId: string | null,
  metadata: Readonly<Record<string, unknown>> | null,
): number | null {
  for (const field of FIELDS) {
    const value = metadata?.[field];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  }
  const digits = messageId === null ? undefined : TRAILING_NUMBER.exec(messageId)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Fewer steps than this say nothing about how a source counts. */
const MIN_STEPS = 8;
/** A source that counts per conversation steps by one nearly always; one that counts across conversations does not. */
const REGULAR = 0.7;

/**
 * How a conversation's numbers run. Steps of one make holes telling; numbers that jump about (ids shared with other
 * conversations, hashes) make them worthless.
 */
export class SequenceSteps {
  private ones = 0;
  private steps = 0;

  /** Notes a step; null where either message has no number. */
  add(step: number | null): void {
    if (step === null) return;
    this.steps++;
    if (step === 1) this.ones++;
  }

  /** Chance that a step of `step` > 1 is a hole; 0 where it says nothing. */
  holeProbability(step: number | null): number {
    return step === null || step <= 1 ? 0 : this.trust();
  }

  /** Chance that nothing is missing because the numbers run on; 0 where they say nothing. */
  wholeProbability(step: number | null): number {
    return step === 1 ? this.trust() : 0;
  }

  private trust(): number {
    if (this.steps < MIN_STEPS) return 0;
    const regular = this.ones / this.steps;
    // even a strict counter may skip: one part in fifty is left to that
    return regular < REGULAR ? 0 : 0.98;
  }
}
