import { type Surface, surfaces } from '../../text/surface.ts';

/** Words a message, marks and capital letters a word are counted in bins, the last for all beyond. */
const WORD_BINS = 257;
const RATE_BINS = 65;
/** Bins of a rate are this wide. */
const RATE_STEP = 1 / 16;
const ENDINGS = ['', '.', '!', '?', '…', ')'] as const;
const CHARACTERS_READ = 4_000;
/** A person keeps to a range if nine of ten messages lie inside. */
const TAIL = 0.05;

/** How a message ends: in a word, in one of these marks, or in another. */
export type Ending = (typeof ENDINGS)[number] | 'other';

/** What a text measures. */
export interface Form {
  words: number;
  /** punctuation marks a word */
  marks: number;
  /** capital letters a word */
  capitals: number;
  /** null: the first letter has no case, or there is none */
  startsCapital: boolean | null;
  ending: Ending;
}

/** Between which values nine of ten of a person's messages lie. */
export interface WritingRanges {
  messages: number;
  words: [low: number, high: number];
  marks: [low: number, high: number];
  capitals: [low: number, high: number];
  /** share of messages whose first letter is a capital */
  capitalStart: number;
  /** share of messages by ending */
  endings: Record<Ending, number>;
}

/** Additive counts of how a person forms messages, of fixed size (about 3 KB): any message can be taken back. */
export class RangeCounts {
  private messages = 0;
  private cased = 0;
  private capital = 0;
  private readonly words = new Int32Array(WORD_BINS);
  private readonly marks = new Int32Array(RATE_BINS);
  private readonly capitals = new Int32Array(RATE_BINS);
  private readonly endings = new Map<Ending, number>();

  /** Adds a message (1) or takes it back (-1). Linear in its length. */
  apply(text: string, sign: 1 | -1): void {
    const form = formOf(text);
    this.messages += sign;
    this.words[Math.min(WORD_BINS - 1, form.words)]! += sign;
    this.marks[rateBin(form.marks)]! += sign;
    this.capitals[rateBin(form.capitals)]! += sign;
    this.endings.set(form.ending, (this.endings.get(form.ending) ?? 0) + sign);
    if (form.startsCapital === null) return;
    this.cased += sign;
    if (form.startsCapital) this.capital += sign;
  }

  ranges(): WritingRanges {
    const { messages } = this;
    const share = (ending: Ending) => (messages === 0 ? 0 : (this.endings.get(ending) ?? 0) / messages);
    return {
      messages,
      words: [quantile(this.words, TAIL), quantile(this.words, 1 - TAIL)],
      marks: [quantile(this.marks, TAIL) * RATE_STEP, quantile(this.marks, 1 - TAIL) * RATE_STEP],
      capitals: [quantile(this.capitals, TAIL) * RATE_STEP, quantile(this.capitals, 1 - TAIL) * RATE_STEP],
      capitalStart: this.cased === 0 ? 0.5 : this.capital / this.cased,
      endings: Object.fromEntries([...ENDINGS, 'other' as const].map((ending) => [ending, share(ending)])) as Record<
        Ending,
        number
      >,
    };
  }
}

export function formOf(text: string): Form {
  const pieces = surfaces(text.slice(0, CHARACTERS_READ));
  const words = pieces.filter(isWord).length;
  const marks = pieces.filter(({ kind }) => kind === 'mark').length;
  const letters = text.slice(0, CHARACTERS_READ).match(/\p{Lu}/gu)?.length ?? 0;
  const first = /\p{L}/u.exec(text)?.[0];
  return {
    words,
    marks: marks / Math.max(1, words),
    capitals: letters / Math.max(1, words),
    startsCapital: first === undefined || !/\p{Lu}|\p{Ll}/u.test(first) ? null : /\p{Lu}/u.test(first),
    ending: endingOf(pieces.at(-1)),
  };
}

/** In which respects a text lies outside of what the person writes. Rates are read by the width of their bins. */
export function outsideOf(text: string, ranges: WritingRanges): ('words' | 'marks' | 'capitals')[] {
  const form = formOf(text);
  const isOutside = (value: number, [low, high]: [number, number], step: number) => value < low || value >= high + step;
  return [
    ...(isOutside(form.words, ranges.words, 1) ? (['words'] as const) : []),
    ...(isOutside(form.marks, ranges.marks, RATE_STEP) ? (['marks'] as const) : []),
    ...(isOutside(form.capitals, ranges.capitals, RATE_STEP) ? (['capitals'] as const) : []),
  ];
}

const isWord = ({ kind }: Surface) => kind === 'word' || kind === 'number';

function endingOf(last: Surface | undefined): Ending {
  if (last === undefined || last.kind !== 'mark') return last === undefined || isWord(last) ? '' : 'other';
  const mark = last.text[0]!;
  return ENDINGS.find((ending) => ending === mark) ?? 'other';
}

const rateBin = (rate: number) => Math.min(RATE_BINS - 1, Math.floor(rate / RATE_STEP));

/** The first bin up to which the share lies; 0 without counts. */
function quantile(counts: Int32Array, share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    sum += counts[bin]!;
    if (total > 0 && sum >= share * total) return bin;
  }
  return 0;
}
