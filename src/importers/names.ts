/** A name as people would type it: without direction marks, with plain spaces, in one Unicode form. */
export const plainName = (name: string): string =>
  name
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
    .replace(/[\u202f\u00a0]/g, ' ')
    .normalize('NFC')
    .trim();

/** Role of a speaker in an export that names people but no roles; see the rule in `importer.ts`. */
export function roleOf(speaker: string, self: string | undefined): { role: 'user' | 'assistant'; undecided: boolean } {
  const isSelf = self !== undefined && plainName(speaker) === plainName(self);
  return { role: isSelf ? 'user' : 'assistant', undecided: self === undefined };
}
