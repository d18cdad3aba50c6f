import { mergeExports } from '../../src/archaeology/merge/merge-exports.ts';
import type { ExportTurn } from '../../src/archaeology/merge/merge-turn.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import type { Report } from '../bench/report.ts';
import type { SentMessage } from './dataset.ts';
import { readRealtalk } from './realtalk.ts';

const MISSING = 0.2;
const DRAWS = 5;
const HOUR = 3_600_000;
/** How far the second phone's clock is off: a time zone, and minutes. Each turn's time differs by seconds besides. */
const OFFSETS = [0, 37_000, -9 * HOUR + 45_000, 5.5 * HOUR - 140_000, 240_000];
const JITTER_MS = 4_000;

interface Exports {
  a: ExportTurn[];
  b: ExportTurn[];
  /** the turn that each exported id stands for */
  truth: Map<string, number>;
}

/**
 * Two exports of each RealTalk chat: either lacks a fifth of the turns, drawn by itself; the second has other ids, other
 * names, a clock that is off and jitters, and its own rendering of spaces, quotes and skin tones. The turns that neither
 * has are gone before anything is merged. `recovered`: of the turns that one has at least, those that stand in the union;
 * `invented`: turns of the union beyond one for each true turn, and pairs of two different turns; `order`: neighbours in
 * the union in their true order.
 */
export async function mergeEval(dataDir: string, report: Report): Promise<void> {
  const sums = { recoverable: 0, recovered: 0, invented: 0, merged: 0, ordered: 0, ms: 0, runs: 0 };
  for (const { messages } of readRealtalk(dataDir)) {
    for (let draw = 0; draw < DRAWS; draw++) {
      const { a, b, truth } = exportsOf(messages, draw);
      const started = performance.now();
      const { turns } = mergeExports(a, b);
      sums.ms += performance.now() - started;
      sums.runs++;
      const seen = new Set<number>();
      let before = -1;
      for (const turn of turns) {
        const meant = [turn.a, turn.b].flatMap((id) => (id === null ? [] : [truth.get(id)!]));
        if (new Set(meant).size > 1 || seen.has(meant[0]!)) sums.invented++;
        for (const one of meant.slice(0, 1)) seen.add(one);
        if (meant[0]! > before) sums.ordered++;
        before = meant[0]!;
      }
      sums.merged += turns.length;
      sums.recoverable += new Set(truth.values()).size;
      sums.recovered += seen.size;
    }
  }
  report({ metric: 'recovered', value: sums.recovered / sums.recoverable, unit: 'share', n: sums.recoverable });
  report({ metric: 'invented', value: sums.invented, unit: 'turns', n: sums.merged });
  report({ metric: 'order', value: sums.ordered / sums.merged, unit: 'share', n: sums.merged });
  report({ metric: 'time', value: sums.ms / sums.runs, unit: 'ms', n: sums.runs });
}

function exportsOf(messages: readonly SentMessage[], draw: number): Exports {
  const random = seeded(900 + draw);
  const out: Exports = { a: [], b: [], truth: new Map() };
  for (const [row, { content, speaker, timestamp }] of messages.entries()) {
    const at = Date.parse(timestamp!);
    const [lacksA, lacksB] = [random() < MISSING, random() < MISSING];
    const jitter = Math.round((2 * random() - 1) * JITTER_MS);
    if (!lacksA) add(out, 'a', row, { speaker: speaker!, at, content });
    if (!lacksB) {
      add(out, 'b', row, {
        speaker: `${speaker} (phone)`,
        at: at + OFFSETS[draw % OFFSETS.length]! + jitter,
        content: rendered(content, random),
      });
    }
  }
  return out;
}

function add(out: Exports, side: 'a' | 'b', row: number, turn: Omit<ExportTurn, 'id'>): void {
  const id = `${side}-${out[side].length}`;
  out[side].push({ id, ...turn });
  out.truth.set(id, row);
}

/** As another phone might write it. */
function rendered(content: string, random: () => number): string {
  let text = content.replaceAll('’', "'").replace(/(\p{Emoji_Modifier_Base})/gu, '$1\u{1f3fd}');
  if (random() < 0.3) text = text.replaceAll(' ', random() < 0.5 ? '  ' : '\u00a0');
  return random() < 0.3 ? `${text} ` : text;
}
