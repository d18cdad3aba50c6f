const FIRST = 256;

/** A column of numbers that grows by doubling. Reading past the end gives undefined, as with an array. */
export class Column {
  values = new Float32Array(FIRST);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const grown = new Float32Array(2 * this.length);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.length++] = value;
  }
}
