import { createReadStream, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Importer } from '../../src/importers/importer.ts';
import { whatsapp } from '../../src/importers/whatsapp.ts';

interface Metric {
  metric: string;
  value: number;
  unit: string;
  n: number;
  baseline?: number | null;
}

interface Said {
  /** wall-clock time, `2021-12-30T22:01:00` */
  timestamp: string;
  author: string;
  message: string;
}

interface Suite {
  importer: Importer;
  /** below `importers/`: one `target.json` and exports that all hold it */
  folder: string;
  extension: string;
}

/** The formats for which the data has both an export and the expected parse. */
const SUITES: Suite[] = [{ importer: whatsapp, folder: 'chat-miner/test/whatsapp', extension: '.txt' }];

/**
 * Reads third-party exports and compares them with the parse that comes with them: author, text and time of every
 * message, in order. The value is the share of messages that agree, extra ones counting against it; `n` counts the
 * expected ones. The targets are newest first and write a line break within a message as a space.
 *
 * @param dataDir the evaluation data, with `importers/` in it
 */
export async function importersEval(dataDir: string, report: (metric: Metric) => void): Promise<void> {
  let allExact = 0;
  let allExpected = 0;
  for (const suite of SUITES) {
    const folder = path.join(dataDir, 'importers', suite.folder);
    const target = JSON.parse(readFileSync(path.join(folder, 'target.json'), 'utf8')) as Said[];
    const expected = target.toReversed();
    let exact = 0;
    let compared = 0;
    for (const file of (await readdir(folder)).filter((name) => name.endsWith(suite.extension))) {
      const found = await readExport(suite.importer, path.join(folder, file));
      exact += expected.filter((said, i) => isSame(said, found[i])).length;
      compared += Math.max(expected.length, found.length);
    }
    report({ metric: `exact/${suite.importer.format}`, value: exact / compared, unit: 'fraction', n: compared });
    allExact += exact;
    allExpected += compared;
  }
  report({ metric: 'exact/all', value: allExact / allExpected, unit: 'fraction', n: allExpected });
}

async function readExport(importer: Importer, fileName: string): Promise<Said[]> {
  const found: Said[] = [];
  for await (const item of importer.read(createReadStream(fileName), { timeZone: 'UTC', fileName })) {
    if (item.kind !== 'message') continue;
    const { timestamp, speaker, content } = item.value.message;
    // in UTC, an instant reads like the wall clock
    found.push({
      timestamp: (timestamp ?? '').slice(0, 19),
      author: speaker ?? '',
      message: content.replaceAll('\n', ' '),
    });
  }
  return found;
}

const isSame = (a: Said, b: Said | undefined) =>
  a.timestamp === b?.timestamp && a.author === b.author && a.message === b.message;
