/** A binary heap of what happens when, soonest first; of two at one time in no given order. */
export class TimeQueue<T> {
  private readonly times: number[] = [];
  private readonly items: T[] = [];

  /** Infinity if nothing is to come. */
  get nextAt(): number {
    return this.times[0] ?? Number.POSITIVE_INFINITY;
  }

  add(at: number, item: T): void {
    const { times, items } = this;
    let i = times.length;
    for (; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (times[parent]! <= at) break;
      times[i] = times[parent]!;
      items[i] = items[parent]!;
      i = parent;
    }
    times[i] = at;
    items[i] = item;
  }

  /** @throws nothing; undefined if it is empty */
  take(): T | undefined {
    const { times, items } = this;
    const first = items[0];
    const [time, item] = [times.pop(), items.pop()];
    if (time === undefined || times.length === 0) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= times.length) break;
      if (child + 1 < times.length && times[child + 1]! < times[child]!) child++;
      if (times[child]! >= time) break;
      times[i] = times[child]!;
      items[i] = items[child]!;
      i = child;
    }
    times[i] = time;
    items[i] = item as T;
    return first;
  }
}
