/**
 * A set of slots that hands them out in ascending order: a sort in linear time. `words` has a bit a slot and `summary` a
 * bit a word, so that draining looks at one number for each 1,024 slots and at the words in use.
 */
export class SlotSet {
  /** bit `slot & 31` of `words[slot >>> 5]`; the query kernels set bits themselves */
  words = new Int32Array(32);
  /** bit `word & 31` of `summary[word >>> 5]`: that word is not 0 */
  summary = new Int32Array(1);

  /** Makes room for slots below `slots`. Must not be called while the set holds any. */
  reserve(slots: number): void {
    const groups = Math.ceil(slots / 1024);
    if (groups <= this.summary.length) return;
    this.summary = new Int32Array(groups);
    this.words = new Int32Array(groups * 32);
  }

  /** Empties the set into `out`, lowest first, as far as there is room. Returns how many slots the set held. */
  drain(out: Uint32Array): number {
    const { words, summary } = this;
    const room = out.length;
    let count = 0;
    for (let group = 0; group < summary.length; group++) {
      let used = summary[group]!;
      if (used === 0) continue;
      summary[group] = 0;
      do {
        const lowest = used & -used;
        used ^= lowest;
        const word = group * 32 + 31 - Math.clz32(lowest);
        let bits = words[word]!;
        words[word] = 0;
        do {
          const bit = bits & -bits;
          bits ^= bit;
          if (count < room) out[count] = word * 32 + 31 - Math.clz32(bit);
          count++;
        } while (bits !== 0);
      } while (used !== 0);
    }
    return count;
  }
}
