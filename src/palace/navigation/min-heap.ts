interface Entry {
  item: number;
  cost: number;
}

/** A binary heap of small numbers by cost; of equal costs the lower number comes first. */
export class MinHeap {
  private readonly entries: Entry[] = [];

  push(item: number, cost: number): void {
    const { entries } = this;
    const entry = { item, cost };
    let at = entries.length;
    entries.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, entries[parent]!)) break;
      entries[at] = entries[parent]!;
      at = parent;
    }
    entries[at] = entry;
  }

  /** Takes the cheapest, or gives null when there is none. */
  pop(): Entry | null {
    const { entries } = this;
    const first = entries[0];
    const entry = entries.pop();
    if (first === undefined || entry === undefined) return null;
    if (entries.length > 0) this.sink(entry);
    return first;
  }

  private sink(entry: Entry): void {
    const { entries } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= entries.length) break;
      if (child + 1 < entries.length && isBefore(entries[child + 1]!, entries[child]!)) child++;
      if (!isBefore(entries[child]!, entry)) break;
      entries[at] = entries[child]!;
      at = child;
    }
    entries[at] = entry;
  }
}

const isBefore = (a: Entry, b: Entry): boolean => a.cost < b.cost || (a.cost === b.cost && a.item < b.item);
