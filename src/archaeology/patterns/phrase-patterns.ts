import { benjaminiHochberg } from '../../statistics/false-discovery.ts';
import { chanceOfSoFew } from '../../statistics/fisher-exact.ts';
import { NgramCounter, type NgramOrder } from '../../text/ngrams/ngram-counter.ts';
import { words } from '../../text/tokenize.ts';
import { dayOf, EVIDENCE, type HistoryMessage, type Pattern } from './pattern.ts';

/** The history is parted where this share of the messages is written. */
const EARLIER_SHARE = 2 / 3;
/** Messages that hold a phrase, for it to be tested. */
const LEAST_USES = 5;
const LEAST_MESSAGES = 60;
/** n-grams counted on each side. */
const COUNTERS = 2 ** 17;
const MOST_OF_A_KIND = 20;
/** A phrase used nearly as often as a longer one that holds it is only a piece of it. */
const PIECE_SHARE = 0.8;
const ORDERS: NgramOrder[] = [1, 2, 3];
/** Their words are characters and pairs: longer n-grams would say each character twice. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const DAY_MS = 86_400_000;

/** One side of the parting. */
interface Side {
  messages: number;
  days: number;
  /** messages and days that hold an n-gram */
  inMessages: NgramCounter;
  inDays: NgramCounter;
}

interface Candidate {
  gram: string[];
  kind: 'new-phrase' | 'lost-phrase';
  /** messages that hold it, in the side where it is used */
  uses: number;
  p: number;
  q: number;
}

/**
 * Words and phrases of up to three words that the person has taken up in the last third of their messages, or given up
 * before it. A phrase is tested by the messages and, since a talk repeats itself, by the days that hold it (Fisher's
 * exact test, one-sided each way); the weaker result counts. All phrases of `LEAST_USES` messages are in the family.
 *
 * @param own the person's messages in order of time
 * @param level false discovery rate
 */
export function phraseLife(own: readonly HistoryMessage[], level: number): Pattern[] {
  const parting = Math.floor(own.length * EARLIER_SHARE);
  if (own.length < LEAST_MESSAGES || own[0]!.at === own.at(-1)!.at) return [];
  const [earlier, later] = [countSide(own.slice(0, parting)), countSide(own.slice(parting))];
  const taken = candidates('new-phrase', later, earlier);
  const given = candidates('lost-phrase', earlier, later);
  const tested = [...taken, ...given];
  // each phrase is tested both ways: where one side lacks it, one of the two was not worked out, because it is 1
  const phrases = taken.length + given.filter(({ gram }) => later.inMessages.count(gram) === 0).length;
  const q = benjaminiHochberg(
    tested.map(({ p }) => p),
    2 * phrases,
  );
  const found: Candidate[] = [];
  for (const [i, each] of tested.entries()) {
    const absent = each.kind === 'new-phrase' ? earlier : later;
    if (q[i]! <= level && absent.inMessages.count(each.gram) === 0) found.push({ ...each, q: q[i]! });
  }
  const kept = (['new-phrase', 'lost-phrase'] as const).flatMap((kind) =>
    wholes(found.filter((each) => each.kind === kind)).slice(0, MOST_OF_A_KIND),
  );
  return describe(kept, own, parting, earlier, later);
}

function countSide(messages: readonly HistoryMessage[]): Side {
  const inMessages = new NgramCounter({ maxCounters: COUNTERS });
  const inDays = new NgramCounter({ maxCounters: COUNTERS });
  let [day, days] = [Number.NaN, 0];
  for (const [i, { content, at }] of messages.entries()) {
    const today = Math.floor(at / DAY_MS);
    if (today !== day) days++;
    day = today;
    inMessages.addOnce(content, i + 1);
    inDays.addOnce(content, days);
  }
  return { messages: messages.length, days, inMessages, inDays };
}

/** Each phrase that `used` holds and that stands in enough messages in all, with the chance that so few of them lie in `absent`. */
function candidates(kind: Candidate['kind'], used: Side, absent: Side): Candidate[] {
  const found: Candidate[] = [];
  const [messages, days] = [used.messages + absent.messages, used.days + absent.days];
  for (const order of ORDERS) {
    used.inMessages.each(order, (gram, uses) => {
      if (order > 1 && UNSPACED.test(gram.join(''))) return;
      // where counts have an error, as many uses as there may have been
      const others = Math.min(absent.messages, absent.inMessages.count(gram) + absent.inMessages.error);
      if (uses + others < LEAST_USES) return;
      const otherDays = Math.min(absent.days, absent.inDays.count(gram) + absent.inDays.error);
      const usedDays = used.inDays.count(gram);
      const byMessages = chanceOfSoFew(others, absent.messages, uses + others, messages);
      const byDays = chanceOfSoFew(otherDays, absent.days, usedDays + otherDays, days);
      found.push({ gram, kind, uses, p: Math.max(byMessages, byDays), q: 1 });
    });
  }
  return found;
}

/** Most certain first, longest first; pieces of a longer phrase that is there too are left out. */
function wholes(found: readonly Candidate[]): Candidate[] {
  const kept: Candidate[] = [];
  for (const each of found.toSorted((a, b) => b.gram.length - a.gram.length || a.p - b.p)) {
    const text = ` ${each.gram.join(' ')} `;
    const isPiece = kept.some(
      (other) => ` ${other.gram.join(' ')} `.includes(text) && other.uses >= PIECE_SHARE * each.uses,
    );
    if (!isPiece) kept.push(each);
  }
  return kept.sort((a, b) => a.p - b.p || b.uses - a.uses);
}

function describe(
  kept: readonly Candidate[],
  own: readonly HistoryMessage[],
  parting: number,
  earlier: Side,
  later: Side,
): Pattern[] {
  const uses = kept.map(() => [] as HistoryMessage[]);
  const texts = kept.map(({ gram }) => ` ${gram.join(' ')} `);
  if (kept.length > 0) {
    for (const message of own) {
      const cut = ` ${words(message.content).join(' ')} `;
      for (const [i, text] of texts.entries()) if (cut.includes(text)) uses[i]!.push(message);
    }
  }
  return kept.map(({ gram, kind, p, q, uses: count }, i) => {
    const phrase = gram.join(' ');
    const [first, last] = [uses[i]![0]!, uses[i]!.at(-1)!];
    const isNew = kind === 'new-phrase';
    const [used, absent] = isNew ? [later, earlier] : [earlier, later];
    const error = absent.inMessages.error;
    const times = error === 0 ? 'none' : `at most ${error}`;
    const side = isNew ? `before ${dayOf(own[parting]!.at)}` : `since ${dayOf(own[parting]!.at)}`;
    return {
      kind,
      from: first.at,
      to: last.at,
      numbers: { uses: count, messages: used.messages, usesElsewhere: error, messagesElsewhere: absent.messages },
      words: [phrase],
      evidence: (isNew ? uses[i]!.slice(0, EVIDENCE) : uses[i]!.slice(-EVIDENCE)).map(({ id }) => id),
      significance: { test: 'fisher', p, q },
      sentence:
        `“${phrase}” stands in ${count} of ${used.messages} messages ${isNew ? 'since' : 'before'} ` +
        `${dayOf(own[parting]!.at)} and in ${times} of ${absent.messages} ${side}; ` +
        `${isNew ? `first on ${dayOf(first.at)}` : `last on ${dayOf(last.at)}`}.`,
    };
  });
}
