/** Small numbers for names that come again and again. A name that nothing holds any more is forgotten. */
export class Interner {
  private readonly ids = new Map<string, number>();
  private readonly names: (string | undefined)[] = [];
  private readonly holders: number[] = [];
  private readonly free: number[] = [];

  /** The name's number, held once more. */
  hold(name: string): number {
    let id = this.ids.get(name);
    if (id === undefined) {
      id = this.free.pop() ?? this.names.length;
      this.ids.set(name, id);
      this.names[id] = name;
      this.holders[id] = 0;
    }
    this.holders[id]!++;
    return id;
  }

  release(id: number): void {
    const name = this.names[id];
    if (name === undefined || --this.holders[id]! > 0) return;
    this.ids.delete(name);
    this.names[id] = undefined;
    this.free.push(id);
  }

  /** Undefined for a name that nothing holds. */
  idOf(name: string): number | undefined {
    return this.ids.get(name);
  }

  entries(): IterableIterator<[string, number]> {
    return this.ids.entries();
  }
}
