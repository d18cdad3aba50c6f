import { describe, expect, it } from 'vitest';
import { findPatterns } from '../../../src/archaeology/patterns/find-patterns.ts';
import type { HistoryMessage, Pattern } from '../../../src/archaeology/patterns/pattern.ts';
import { seeded } from '../../../src/statistics/seeded.ts';
import { steadyHistory } from './history.ts';

const of = (patterns: readonly Pattern[], kind: Pattern['kind']) => patterns.filter((pattern) => pattern.kind === kind);
/** The history with the content of own messages from `share` of it on changed. */
const altered = (history: readonly HistoryMessage[], alter: (message: HistoryMessage, share: number) => string) =>
  history.map((message, i) => ({
    ...message,
    content: message.isOwn ? alter(message, i / history.length) : message.content,
  }));

describe('findPatterns', () => {
  it('claims differences in few histories that have none', () => {
    const runs = 30;
    const false_ = { 'new-phrase': 0, 'lost-phrase': 0, topic: 0, change: 0, initiative: 0 };
    for (let seed = 1; seed <= runs; seed++) {
      const patterns = findPatterns(steadyHistory(seed, 150));
      for (const kind of Object.keys(false_) as (keyof typeof false_)[]) {
        if (of(patterns, kind).some(({ significance }) => significance!.q <= 0.05)) false_[kind]++;
      }
    }
    // 1.5 of 30 are expected at most; five or more would come once in fifty times
    for (const [kind, count] of Object.entries(false_)) expect([kind, count <= 4]).toEqual([kind, true]);
  });

  it('finds a phrase that was taken up and one that was given up, whole, with their first and last use', () => {
    const random = seeded(5);
    const history = altered(steadyHistory(7, 200), ({ content }, share) => {
      if (random() < 0.7) return content;
      return share > 0.75 ? `${content} touch the grass` : share < 0.5 ? `${content} by golly` : content;
    });
    const patterns = findPatterns(history);
    const using = (phrase: string) => history.filter(({ content }) => content.includes(phrase)).map(({ id }) => id);
    expect(of(patterns, 'new-phrase').map(({ words }) => words)).toEqual([['touch the grass']]);
    expect(of(patterns, 'new-phrase')[0]!.evidence).toEqual(using('touch the grass').slice(0, 5));
    expect(of(patterns, 'lost-phrase').map(({ words }) => words)).toEqual([['by golly']]);
    expect(of(patterns, 'lost-phrase')[0]!.evidence).toEqual(using('by golly').slice(-5));
  });

  it('says what the figures say', () => {
    const history = altered(steadyHistory(7, 200), ({ content }, share) =>
      share > 0.7 ? `${content} zounds` : content,
    );
    const [found] = of(findPatterns(history), 'new-phrase');
    const holding = history.filter(({ content }) => content.includes('zounds'));
    expect(found!.numbers).toMatchObject({ uses: holding.length, usesElsewhere: 0 });
    expect(found!.sentence).toContain(
      `“zounds” stands in ${holding.length} of ${found!.numbers.messages} messages since`,
    );
    expect([found!.from, found!.to]).toEqual([holding[0]!.at, holding.at(-1)!.at]);
  });

  it('finds what a month was about, and which words belong together', () => {
    const history = altered(steadyHistory(9, 200), ({ content, at }) => {
      const isMarch = new Date(at).getUTCMonth() === 2;
      return isMarch && at % 3 < 1.5 ? `${content} the kayak needs a paddle` : content;
    });
    const [topic, ...others] = of(findPatterns(history), 'topic');
    expect(topic!.words.toSorted()).toEqual(['kayak', 'needs', 'paddle']);
    expect(others).toEqual([]);
    expect(new Date(topic!.from).getUTCMonth()).toBe(2);
    for (const id of topic!.evidence) expect(history.find((message) => message.id === id)!.content).toContain('kayak');
  });

  it('finds when messages grew longer', () => {
    const history = altered(steadyHistory(3, 210), ({ content }, share) =>
      share > 0.5 ? `${content} ${content}` : content,
    );
    const found = of(findPatterns(history), 'change').filter(({ words }) => words[0] === 'words-a-message');
    expect(found).toHaveLength(1);
    const truth = history[Math.floor(history.length / 2)]!.at;
    expect(Math.abs(found[0]!.numbers.at! - truth)).toBeLessThan(15 * 86_400_000);
    expect(found[0]!.numbers.after! / found[0]!.numbers.before!).toBeCloseTo(2, 0);
  });

  it('finds who begins conversations and how long replies take', () => {
    const history: HistoryMessage[] = [];
    for (let day = 0; day < 40; day++) {
      const begins = day % 5 !== 0;
      for (let turn = 0; turn < 4; turn++) {
        const at = day * 86_400_000 + turn * 120_000;
        history.push({
          id: `${day}-${turn}`,
          conversationId: 'c',
          isOwn: (turn % 2 === 0) === begins,
          at,
          content: 'ok',
        });
      }
    }
    const patterns = findPatterns(history);
    expect(of(patterns, 'initiative')[0]!.numbers).toMatchObject({ sessions: 40, begun: 32, share: 0.8 });
    expect(of(patterns, 'initiative')[0]!.sentence).toContain('32 of 40 conversations (80 %');
    expect(of(patterns, 'reply-latency')[0]!.numbers).toMatchObject({ median: 120_000, p90: 120_000 });
  });

  it('claims only what is as certain as was asked', () => {
    const history = altered(steadyHistory(3, 210), ({ content }, share) =>
      share > 0.5 ? `${content} ${content}` : content,
    );
    for (const { significance } of findPatterns(history, { level: 1e-9 })) {
      expect(significance?.test === 'permutation' || (significance?.q ?? 0) > 1).toBe(false);
    }
  });

  it('knows no initiative where only one side speaks', () => {
    const alone = steadyHistory(4, 60).map((message) => ({ ...message, isOwn: true }));
    expect(of(findPatterns(alone), 'initiative')).toEqual([]);
  });

  it('claims nothing of three messages, of none, of one giant one', () => {
    const three = steadyHistory(1, 30).slice(0, 3);
    expect(findPatterns(three)).toEqual([]);
    expect(findPatterns([])).toEqual([]);
    const giant = { ...three[0]!, isOwn: true, content: 'word upon word '.repeat(2_000) };
    expect(findPatterns([giant]).map(({ kind }) => kind)).toEqual(['vocabulary-growth', 'diversity']);
  });

  it('claims no change in messages that all bear the same time', () => {
    const history = steadyHistory(2, 150).map((message) => ({ ...message, at: 0 }));
    expect(findPatterns(history).filter(({ significance }) => significance !== null)).toEqual([]);
  });

  it('finds new words in text without spaces', () => {
    const history = altered(steadyHistory(6, 200), (_, share) => (share > 0.7 ? '今天去划船吧' : '今天去吃饭吧'));
    const found = of(findPatterns(history), 'new-phrase').map(({ words }) => words[0]);
    expect(found).toContain('划船');
  });

  it('is the same in any order of the messages given', () => {
    const history = steadyHistory(8, 120);
    expect(findPatterns(history.toReversed())).toEqual(findPatterns(history));
  });
});
