/** Twenty letters that make no words. */
const LETTERS = 'bcdfghjklmnpqrstvwxz';
const LENGTH = 10;

/** A word that nobody who wrote a message could foresee: 43 random bits. */
export function newMark(): string {
  const mark = [];
  while (mark.length < LENGTH) {
    const [byte] = crypto.getRandomValues(new Uint8Array(1));
    if (byte! < 240) mark.push(LETTERS[byte! % LETTERS.length]);
  }
  return mark.join('');
}
