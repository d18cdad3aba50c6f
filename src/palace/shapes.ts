import { copied, FIRST_ROWS, widerFor } from './columns.ts';

const set = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Words by which a message answers one kind of question or another. English; in other languages none is found. */
const ANSWER_WORDS = [
  // when
  set(
    'yesterday today tomorrow last next ago week month year monday tuesday wednesday thursday friday saturday sunday ' +
      'january february march april may june july august september october november december',
  ),
  // why
  set('because since reason due inspired motivated'),
  // how many
  set('one two three four five six seven eight nine ten couple few dozen'),
  // what somebody likes
  set('love like enjoy favorite favourite hate prefer'),
  // what somebody did
  set('went got made bought started finished joined saw visited won lost had did took tried'),
  // what somebody is about to do
  set('plan planning will want hope'),
];
/** "in Oslo" */
const PLACE = /\b(?:in|at|to|from|near) \p{Lu}\p{L}+/u;
/** A name inside a sentence. */
const NAME = /(?<=[\p{Ll},] )\p{Lu}\p{Ll}+/gu;
const MOST_NAMES = 255;

/** Kinds of answer that a message may be: those of ANSWER_WORDS, then a place. */
export const ANSWER_KINDS = ANSWER_WORDS.length + 1;

/** What messages look like as answers, a column a fact, by row. Read only for rows that are present. */
export class Shapes {
  /** bits by kind of answer */
  answers = new Uint8Array(FIRST_ROWS);
  /** names inside its sentences, up to 255 */
  names = new Uint8Array(FIRST_ROWS);
  /** UTF-16 units */
  lengths = new Uint16Array(FIRST_ROWS);

  /** @param cut the content's words, normalised, unstemmed */
  set(row: number, content: string, cut: readonly string[]): void {
    this.reserve(row);
    let answers = PLACE.test(content) ? 1 << ANSWER_WORDS.length : 0;
    for (const [kind, words] of ANSWER_WORDS.entries()) if (cut.some((word) => words.has(word))) answers |= 1 << kind;
    this.answers[row] = answers;
    this.names[row] = Math.min(MOST_NAMES, content.match(NAME)?.length ?? 0);
    this.lengths[row] = Math.min(0xffff, content.length);
  }

  remove(row: number): void {
    this.answers[row] = 0;
    this.names[row] = 0;
    this.lengths[row] = 0;
  }

  private reserve(row: number): void {
    const held = this.lengths.length;
    if (row < held) return;
    const wider = widerFor(row, held);
    this.answers = copied(new Uint8Array(wider), this.answers);
    this.names = copied(new Uint8Array(wider), this.names);
    this.lengths = copied(new Uint16Array(wider), this.lengths);
  }
}
