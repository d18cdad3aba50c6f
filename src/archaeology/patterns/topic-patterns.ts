import { benjaminiHochberg } from '../../statistics/false-discovery.ts';
import { chanceOfSoFew } from '../../statistics/fisher-exact.ts';
import { STOP_WORDS } from '../../text/stop-words.ts';
import { words } from '../../text/tokenize.ts';
import { dayOf, type HistoryMessage, type Pattern, percent, spread } from './pattern.ts';

/** Words followed, the most frequent ones. */
const MOST_WORDS = 4_000;
/** Words counted while the most frequent are sought; the rarest half is dropped when there are more. */
const WORDS_SOUGHT = 60_000;
const LEAST_MESSAGES = 20;
const LEAST_USES = 4;
/** Different days of a period on which a word of a topic is used. */
const LEAST_DAYS = 3;
const MOST_PERIODS = 120;
const MOST_TOPICS = 40;
const WORDS_A_TOPIC = 8;
/** Words that stand in the same messages this often (Jaccard) are one topic. */
const TOGETHER = 0.25;
const DAY_MS = 86_400_000;

interface Word {
  word: string;
  period: number;
  /** rows of the messages of the period that hold it */
  rows: number[];
  /** messages of other periods that hold it */
  others: number;
  p: number;
}

/**
 * What the person wrote about in one month (in long histories: a longer stretch) more than in the others: words that
 * stand in more of its messages than chance explains (Fisher's exact test; all words and months are one family), on
 * three days at least, grouped where they stand in the same messages. Deterministic.
 *
 * @param own the person's messages in order of time
 * @param level false discovery rate
 */
export function topics(own: readonly HistoryMessage[], level: number): Pattern[] {
  const periods = periodsOf(own);
  const sizes = new Map<number, number>();
  for (const period of periods) sizes.set(period, (sizes.get(period) ?? 0) + 1);
  if (own.length < LEAST_MESSAGES * 2 || sizes.size < 2) return [];
  const rows = rowsByWord(own);
  const tested: Word[] = [];
  for (const [word, holders] of rows) {
    const byPeriod = Map.groupBy(holders, (row) => periods[row]!);
    for (const [period, size] of sizes) {
      const held = byPeriod.get(period) ?? [];
      const others = holders.length - held.length;
      const p = size < LEAST_MESSAGES ? 1 : chanceOfSoFew(others, own.length - size, holders.length, own.length);
      tested.push({ word, period, rows: held, others, p });
    }
  }
  const q = benjaminiHochberg(tested.map(({ p }) => p));
  const found = tested
    .map((each, i) => ({ ...each, q: q[i]! }))
    .filter(({ q, rows }) => q <= level && rows.length >= LEAST_USES && daysOf(rows, own) >= LEAST_DAYS)
    .sort((a, b) => a.p - b.p || (a.word < b.word ? -1 : 1));
  return grouped(found)
    .slice(0, MOST_TOPICS)
    .map((group) => describe(group, own, sizes.get(group[0]!.period)!));
}

/** The number of each message's period: months, or so many months in a row that there are few enough. */
function periodsOf(own: readonly HistoryMessage[]): Int32Array {
  const month = (at: number) => {
    const date = new Date(at);
    return date.getUTCFullYear() * 12 + date.getUTCMonth();
  };
  const first = own.length === 0 ? 0 : month(own[0]!.at);
  const span = own.length === 0 ? 1 : month(own.at(-1)!.at) - first + 1;
  const width = Math.ceil(span / MOST_PERIODS);
  return Int32Array.from(own, ({ at }) => Math.floor((month(at) - first) / width));
}

/** Rows of the messages that hold each of the most frequent words. */
function rowsByWord(own: readonly HistoryMessage[]): Map<string, number[]> {
  const rows = new Map<string, number[]>();
  for (const [row, { content }] of own.entries()) {
    for (const word of new Set(words(content))) {
      if (STOP_WORDS.has(word) || word.length < 2) continue;
      const held = rows.get(word);
      if (held === undefined) rows.set(word, [row]);
      else held.push(row);
    }
    if (rows.size > WORDS_SOUGHT) keepMost(rows, WORDS_SOUGHT / 2, 1);
  }
  keepMost(rows, MOST_WORDS, LEAST_USES);
  return rows;
}

function keepMost(rows: Map<string, number[]>, count: number, least: number): void {
  const ranked = [...rows].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1));
  for (const [i, [word, held]] of ranked.entries()) if (i >= count || held.length < least) rows.delete(word);
}

const daysOf = (rows: readonly number[], own: readonly HistoryMessage[]) =>
  new Set(rows.map((row) => Math.floor(own[row]!.at / DAY_MS))).size;

type Found = Word & { q: number };

/** Each word joins the first topic of its period that shares enough messages with it. */
function grouped(found: readonly Found[]): Found[][] {
  const groups: { rows: Set<number>; members: Found[] }[] = [];
  for (const each of found) {
    const home = groups.find(({ members, rows }) => {
      if (members[0]!.period !== each.period || members.length >= WORDS_A_TOPIC) return false;
      const shared = each.rows.filter((row) => rows.has(row)).length;
      return shared / (rows.size + each.rows.length - shared) >= TOGETHER;
    });
    if (home === undefined) groups.push({ rows: new Set(each.rows), members: [each] });
    else {
      home.members.push(each);
      for (const row of each.rows) home.rows.add(row);
    }
  }
  return groups.map(({ members }) => members);
}

function describe(group: readonly Found[], own: readonly HistoryMessage[], size: number): Pattern {
  const lead = group[0]!;
  const rows = [...new Set(group.flatMap((each) => each.rows))].sort((a, b) => a - b);
  const [from, to] = [own[rows[0]!]!.at, own[rows.at(-1)!]!.at];
  const outside = own.length - size;
  const also = group.slice(1).map(({ word }) => `“${word}”`);
  return {
    kind: 'topic',
    from,
    to,
    numbers: {
      uses: lead.rows.length,
      messages: size,
      usesElsewhere: lead.others,
      messagesElsewhere: outside,
      topicMessages: rows.length,
    },
    words: group.map(({ word }) => word),
    evidence: spread(rows.map((row) => own[row]!.id)),
    significance: { test: 'fisher', p: lead.p, q: lead.q },
    sentence:
      `“${lead.word}” stands in ${lead.rows.length} of ${size} messages (${percent(lead.rows.length / size)}) between ` +
      `${dayOf(from)} and ${dayOf(to)}, and in ${lead.others} of ${outside} at other times` +
      `${also.length > 0 ? `; often in the same messages: ${also.join(', ')}` : ''}.`,
  };
}
