const IMPORT_SECTION = 2;
const KIND = { function: 0, table: 1, memory: 2, global: 3 } as const;
const SHARED_WITH_MAXIMUM = 3;
const PLAIN_WITH_MAXIMUM = 1;

/**
 * A copy of a wasm module whose imported memory is plain instead of shared: one flag byte in the import section.
 *
 * onnxruntime-web ships only a threaded build. Whether production Workers allow shared memory is not documented, a
 * plain one is allowed everywhere, costs less, and can be capped by us.
 * @throws Error when the module does not import a shared memory: it is not the build that this was written for
 * @see https://webassembly.github.io/spec/core/binary/modules.html#import-section
 */
export function unshareMemory(module: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(module);
  const flags = importedMemoryFlags(copy);
  if (flags === undefined) throw new Error('The wasm module imports no memory.');
  if (copy[flags] !== SHARED_WITH_MAXIMUM) throw new Error(`The wasm memory has flags ${copy[flags]}, expected 3.`);
  copy[flags] = PLAIN_WITH_MAXIMUM;
  return copy;
}

/** Offset of the limits flag byte of the first imported memory. */
function importedMemoryFlags(bytes: Uint8Array): number | undefined {
  const reader = new Reader(bytes, 8);
  while (reader.offset < bytes.length) {
    const section = reader.byte();
    const end = reader.unsigned() + reader.offset;
    if (section === IMPORT_SECTION) return memoryImport(reader);
    reader.offset = end;
  }
  return undefined;
}

function memoryImport(reader: Reader): number | undefined {
  for (let left = reader.unsigned(); left > 0; left--) {
    reader.skipName();
    reader.skipName();
    const kind = reader.byte();
    if (kind === KIND.memory) return reader.offset;
    if (kind === KIND.function) reader.unsigned();
    else if (kind === KIND.global) reader.offset += 2;
    else if (kind === KIND.table) skipTable(reader);
    else throw new Error(`The wasm module has an import of kind ${kind}.`);
  }
  return undefined;
}

function skipTable(reader: Reader): void {
  reader.byte();
  const flags = reader.unsigned();
  reader.unsigned();
  if (flags & 1) reader.unsigned();
}

class Reader {
  private readonly bytes: Uint8Array;
  offset: number;

  constructor(bytes: Uint8Array, offset: number) {
    this.bytes = bytes;
    this.offset = offset;
  }

  byte(): number {
    const value = this.bytes[this.offset++];
    if (value === undefined) throw new Error('The wasm module ends too early.');
    return value;
  }

  /** LEB128 */
  unsigned(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      factor *= 128;
      if (byte < 128) return value;
    }
  }

  skipName(): void {
    const length = this.unsigned();
    this.offset += length;
  }
}
