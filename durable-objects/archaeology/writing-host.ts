import { RangeCounts, type WritingRanges } from '../../src/archaeology/reconstruct/writing-ranges.ts';
import { StyleModel } from '../../src/archaeology/style-model/style-model.ts';
import { sameText } from '../../src/text/same-text.ts';
import type { MessageRow } from '../stores/message-store.ts';
import { isTheirs } from '../stores/mirror-store.ts';
import type { Stores } from '../stores/stores.ts';

/** Longer texts are hardly ever said twice, so they are not counted. */
const COUNTED_CHARACTERS = 120;
/** Messages read at a time while the history is taken in. */
const PAGE = 2_000;

/** How a person writes. */
export interface Manner {
  style: StyleModel;
  ranges: WritingRanges;
  /** messages that the person has written */
  messages: number;
  /** how often the person said just this, up to case, marks and spaces */
  timesSaid(text: string): number;
}

interface Writing {
  style: StyleModel;
  ranges: RangeCounts;
  said: Map<string, number>;
  own: number;
  /** messages up to this row are in it, but for those that were deleted */
  through: number;
  /** as of `own`; null: to be computed */
  measured: WritingRanges | null;
}

/**
 * How one person writes, as reconstruction asks it: read from the messages when first needed, kept up from then on, and
 * never stored.
 */
export class WritingHost {
  private writing: Writing | null = null;
  private readonly stores: Stores;

  constructor(stores: Stores) {
    this.stores = stores;
  }

  /** As of now: it is not kept up while it is looked at. */
  current(): Manner {
    const writing = this.caughtUp();
    writing.measured ??= writing.ranges.ranges();
    const { style, measured, own, said } = writing;
    return { style, ranges: measured, messages: own, timesSaid: (text) => said.get(sameText(text)) ?? 0 };
  }

  /** Before the message is deleted. */
  forget(message: MessageRow): void {
    if (this.writing && message.row <= this.writing.through) apply(this.writing, message, -1);
  }

  /** As if the message had never been, while `look` runs. */
  without<T>(message: MessageRow, look: () => T): T {
    const writing = this.caughtUp();
    apply(writing, message, -1);
    try {
      return look();
    } finally {
      apply(writing, message, 1);
    }
  }

  /** Read anew when next asked. */
  reset(): void {
    this.writing = null;
  }

  private caughtUp(): Writing {
    this.writing ??= {
      style: new StyleModel(),
      ranges: new RangeCounts(),
      said: new Map(),
      own: 0,
      through: 0,
      measured: null,
    };
    const { writing } = this;
    for (;;) {
      const messages = this.stores.messages.between(writing.through + 1, Number.MAX_SAFE_INTEGER, PAGE);
      for (const message of messages) apply(writing, message, 1);
      writing.through = messages.at(-1)?.row ?? writing.through;
      if (messages.length < PAGE) return writing;
    }
  }
}

function apply(writing: Writing, message: MessageRow, sign: 1 | -1): void {
  if (!isTheirs(message)) return;
  const { row, content } = message;
  if (sign === 1) writing.style.add(row, content);
  else writing.style.remove(row);
  writing.ranges.apply(content, sign);
  writing.own += sign;
  writing.measured = null;
  if (content.length > COUNTED_CHARACTERS) return;
  const key = sameText(content);
  const count = (writing.said.get(key) ?? 0) + sign;
  if (count > 0) writing.said.set(key, count);
  else writing.said.delete(key);
}
