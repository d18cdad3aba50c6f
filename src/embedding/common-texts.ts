/** So many people of a tenant make a text nobody's own: an application's question, a greeting. */
const PEOPLE = 3;
const MOST_TEXTS = 4_000;

/**
 * Which texts several people of a tenant have asked for, as one isolate has seen it. Their vectors are shared within the
 * tenant, in the isolate's memory alone; one that fewer people asked for stays theirs, and is forgotten with them.
 */
export class CommonTexts {
  /** hashes of scopes, at most `PEOPLE`, by name of the text; the text asked for least recently first */
  private readonly askers = new Map<string, Set<string>>();

  /** @returns whether the text is common now */
  asked(text: string, person: string): boolean {
    const askers = this.askers.get(text) ?? new Set();
    this.askers.delete(text);
    this.askers.set(text, askers);
    if (askers.size < PEOPLE) askers.add(person);
    if (this.askers.size > MOST_TEXTS) this.askers.delete(this.askers.keys().next().value!);
    return askers.size >= PEOPLE;
  }
}
