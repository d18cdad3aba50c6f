import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { detectFormat, FORMATS, importerOf } from '../../src/importers/registry.ts';

const formatOf = (head: Uint8Array, name: string) => {
  const found = detectFormat(head, name);
  return 'importer' in found ? found.importer.format : found.reason;
};
const fixture = (name: string) => readFileSync(path.join(import.meta.dirname, 'fixtures', name));
const bytes = (text: string) => new TextEncoder().encode(text);

it.each([
  ['whatsapp/android-german.txt', 'whatsapp'],
  ['whatsapp/ios-english-us.txt', 'whatsapp'],
  ['whatsapp/ios-arabic.txt', 'whatsapp'],
  ['chatgpt/conversations.json', 'chatgpt'],
  ['jsonl/faults.jsonl', 'jsonl'],
])('%s is recognised as %s, under any name', (name, format) => {
  expect(formatOf(fixture(name), name)).toBe(format);
  expect(formatOf(fixture(name), 'download')).toBe(format);
});

it('tells a strange file by what it is', () => {
  expect(formatOf(bytes('PK\u0003\u0004'), 'chat.zip')).toContain('zip');
  expect(formatOf(gzipSync('x'), 'chat.gz')).toContain('gzip');
  expect(formatOf(new Uint8Array([0xff, 0xfe, 0x5b, 0]), 'chat.txt')).toContain('UTF-16');
  expect(formatOf(new Uint8Array(), 'chat.txt')).toContain('empty');
  expect(formatOf(bytes('Dear diary'), 'diary.txt')).toContain(FORMATS.join(', '));
  expect(formatOf(bytes('[{"uuid":"1","chat_messages":[]}]'), 'conversations.json')).toContain('none of the known');
});

it('finds every format by its name', () => {
  for (const format of FORMATS) expect(importerOf(format)?.format).toBe(format);
  expect(importerOf('fax')).toBeUndefined();
});
