import { wilson } from '../../statistics/calibration.ts';
import { chanceOfSoUneven } from '../../statistics/fisher-exact.ts';
import { dayOf, duration, type Pattern, percent, spread, Z95 } from './pattern.ts';
import type { Reply, Session } from './sessions.ts';

const LEAST_SESSIONS = 6;
const LEAST_REPLIES = 10;
const LEVEL = 0.05;

/** Who begins conversations. */
export function initiative(sessions: readonly Session[]): Pattern | null {
  if (sessions.length < LEAST_SESSIONS) return null;
  const own = sessions.filter((session) => session.begunByOwn);
  const share = own.length / sessions.length;
  const [low, high] = wilson(own.length, sessions.length, Z95);
  const p = chanceOfSoUneven(own.length, sessions.length);
  const [from, to] = [sessions[0]!.at, sessions.at(-1)!.at];
  const verdict =
    p > LEVEL
      ? 'As even as chance may make it'
      : share > 0.5
        ? 'More often than the others, and hardly by chance'
        : 'Less often than the others, and hardly by chance';
  return {
    kind: 'initiative',
    from,
    to,
    numbers: { sessions: sessions.length, begun: own.length, share, low, high },
    words: [],
    evidence: spread(own.map(({ id }) => id)),
    significance: { test: 'binomial', p, q: p },
    sentence:
      `Between ${dayOf(from)} and ${dayOf(to)} this person began ${own.length} of ${sessions.length} conversations ` +
      `(${percent(share)}; 95 % interval ${percent(low)} to ${percent(high)}). ${verdict}.`,
  };
}

/** How long the person takes to answer. */
export function replyLatency(replies: readonly Reply[]): Pattern | null {
  const n = replies.length;
  if (n < LEAST_REPLIES) return null;
  const sorted = Float64Array.from(replies, ({ latency }) => latency).sort();
  const at = (q: number) => sorted[Math.min(n - 1, Math.max(0, Math.ceil(q * n) - 1))]!;
  // order statistics that hold the median 19 times in 20 (binomial, normal approximation)
  const reach = (Z95 * Math.sqrt(n)) / 2 / n;
  const [median, low, high, p90] = [at(0.5), at(0.5 - reach), at(0.5 + reach), at(0.9)];
  const [from, to] = [replies[0]!.at, replies.at(-1)!.at];
  return {
    kind: 'reply-latency',
    from,
    to,
    numbers: { replies: n, median, low, high, p25: at(0.25), p75: at(0.75), p90 },
    words: [],
    evidence: spread(replies.map(({ id }) => id)),
    significance: null,
    sentence:
      `Half of ${n} replies came within ${duration(median)} (95 % interval ${duration(low)} to ${duration(high)}), ` +
      `nine in ten within ${duration(p90)}.`,
  };
}
