/** After which a text may be broken off: white space, or a sign of a script that writes without it. */
const BREAK = /[\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;

/** Raised within a stream by a text that must not be shown. */
export class Unspeakable extends Error {
  override readonly name = 'Unspeakable';
  readonly why: 'leak' | 'shape';

  constructor(why: 'leak' | 'shape') {
    super('The text must not be shown.');
    this.why = why;
  }
}

/**
 * A text on its way from the model to whoever hears it as it is written: nothing is let through that was not checked
 * with all that stands before it, and so word by word. It is a beginning of the text without the white space around it.
 */
export class Spoken {
  private text = '';
  private shown = 0;
  private readonly complaint: (text: string) => 'leak' | 'shape' | null;
  private readonly isHeld: (text: string) => boolean;

  /**
   * @param complaint what is wrong with a text so far; null: nothing
   * @param isHeld whether a text so far may yet turn out to say that there is none
   */
  constructor(complaint: (text: string) => 'leak' | 'shape' | null, isHeld: (text: string) => boolean) {
    this.complaint = complaint;
    this.isHeld = isHeld;
  }

  /** @returns what can be shown now; often nothing. @throws Unspeakable */
  hear(piece: string): string {
    this.text = this.text === '' ? piece.trimStart() : this.text + piece;
    let end = this.text.length;
    while (end > this.shown && !BREAK.test(this.text[end - 1]!)) end--;
    return this.isHeld(this.text.trimEnd()) ? '' : this.show(this.text.slice(0, end).trimEnd());
  }

  private show(checked: string): string {
    if (checked.length <= this.shown) return '';
    const why = this.complaint(checked);
    if (why) throw new Unspeakable(why);
    const news = checked.slice(this.shown);
    this.shown = checked.length;
    return news;
  }
}
