import type { HistoryMessage } from '../../../src/archaeology/patterns/pattern.ts';
import { seeded } from '../../../src/statistics/seeded.ts';
import { chatter } from '../../bench/chatter.ts';

const DAY_MS = 86_400_000;
const START = Date.UTC(2025, 0, 1);

/**
 * A history of one habit from end to end: every day 0 to 3 short exchanges in one conversation, begun by either side,
 * in words drawn anew.
 */
export function steadyHistory(seed: number, days: number): HistoryMessage[] {
  const random = seeded(seed);
  const next = chatter(400, seed);
  const history: HistoryMessage[] = [];
  for (let day = 0; day < days; day++) {
    for (let talk = Math.floor(random() * 4); talk > 0; talk--) {
      let at = START + day * DAY_MS + talk * DAY_MS * 0.29;
      let isOwn = random() < 0.5;
      for (let turn = 2 + Math.floor(random() * 4); turn > 0; turn--) {
        history.push({ id: `m${history.length}`, conversationId: 'c', isOwn, at, content: next() });
        isOwn = !isOwn;
        at += 1_000 * Math.exp(3 + 3 * random());
      }
    }
  }
  return history.sort((a, b) => a.at - b.at);
}
