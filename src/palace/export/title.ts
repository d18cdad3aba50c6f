const LETTERS = 48;

/** The first words of a text on one line, at most 48 characters, `…` standing for the rest. */
export function titleOf(content: string): string {
  const line = content
    .slice(0, 4 * LETTERS)
    .replace(/\s+/gu, ' ')
    .trim();
  if (line.length <= LETTERS && content.length <= 4 * LETTERS) return line;
  const head = line
    .slice(0, LETTERS - 1)
    .toWellFormed()
    .replace(/\ufffd$/, '');
  const end = head.lastIndexOf(' ');
  return `${end > LETTERS / 2 ? head.slice(0, end) : head}…`;
}
