import { words } from './tokenize.ts';

/** The form in which two texts are held to say the same: their words, without case, marks and spaces. */
export function sameText(text: string): string {
  const cut = words(text).join(' ');
  return cut === '' ? text.trim() : cut;
}
