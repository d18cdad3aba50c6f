import { chatgpt } from './chatgpt.ts';
import type { Importer } from './importer.ts';
import { jsonl } from './jsonl.ts';
import { whatsapp } from './whatsapp.ts';

/** Every format. Asked in this order, so a format that others resemble stands behind them. A new format is one line. */
const IMPORTERS: readonly Importer[] = [chatgpt, jsonl, whatsapp];

/** Bytes of the file's start that `detectFormat` wants to see. */
export const HEAD_BYTES = 64 * 1024;

export const FORMATS: readonly string[] = IMPORTERS.map((importer) => importer.format);

export const importerOf = (format: string): Importer | undefined =>
  IMPORTERS.find((importer) => importer.format === format);

export function detectFormat(head: Uint8Array, fileName: string): { importer: Importer } | { reason: string } {
  const reason = knownStranger(head);
  if (reason !== undefined) return { reason };
  const text = new TextDecoder().decode(head);
  const importer = IMPORTERS.find((candidate) => candidate.detect(text, fileName));
  return importer ? { importer } : { reason: `it looks like none of the known formats (${FORMATS.join(', ')})` };
}

/** What people most often give in place of an export. */
function knownStranger(head: Uint8Array): string | undefined {
  if (head.length === 0) return 'it is empty';
  const [a, b] = head;
  if (a === 0x50 && b === 0x4b) return 'it is a zip archive: unpack it and import the file inside';
  if (a === 0x1f && b === 0x8b) return 'it is compressed with gzip: unpack it first';
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return 'it is UTF-16 text: save it as UTF-8 first';
  return undefined;
}
