import type { ImportedMessage, Importer, ImportItem, ImportOptions } from '../../src/importers/importer.ts';

/** Bytes in chunks that end where told, as a file system or a network might cut them. */
export async function* chunked(bytes: Uint8Array, ends: number[] = []): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const end of [...ends].sort((a, b) => a - b)) {
    if (end > start && end < bytes.length) {
      yield bytes.subarray(start, end);
      start = end;
    }
  }
  yield bytes.subarray(start);
}

export async function importAll(
  importer: Importer,
  file: string | Uint8Array,
  options: Partial<ImportOptions> = {},
  ends: number[] = [],
): Promise<ImportItem[]> {
  const bytes = typeof file === 'string' ? new TextEncoder().encode(file) : file;
  const items: ImportItem[] = [];
  for await (const item of importer.read(chunked(bytes, ends), { timeZone: 'UTC', ...options })) items.push(item);
  return items;
}

export const messagesOf = (items: ImportItem[]): ImportedMessage['message'][] =>
  items.filter((item) => item.kind === 'message').map((item) => item.value.message);

export const faultsOf = (items: ImportItem[]) =>
  items.filter((item) => item.kind === 'fault').map((item) => item.value);

export const skipsOf = (items: ImportItem[]) =>
  items.filter((item) => item.kind === 'skipped').map((item) => item.value);

export const notesOf = (items: ImportItem[]) => items.filter((item) => item.kind === 'note').map((item) => item.value);
