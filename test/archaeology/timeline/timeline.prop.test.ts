import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketStart, nextBucket, RESOLUTIONS } from '../../../src/archaeology/timeline/buckets.ts';
import {
  type Timeline,
  type TimelineGap,
  type TimelineMessage,
  timeline,
} from '../../../src/archaeology/timeline/timeline.ts';
import { steadyHistory } from '../patterns/history.ts';

const DAY = 86_400_000;
const resolution = fc.constantFrom(...RESOLUTIONS);
const moment = fc.integer({ min: Date.UTC(2019, 0, 1), max: Date.UTC(2026, 11, 31) });
const offsetMinutes = fc.constantFrom(0, 60, -300, 330, 840);

function drawn(history: readonly TimelineMessage[], request: Parameters<typeof timeline>[1]): Timeline<TimelineGap> {
  const outcome = timeline(history, request);
  if (!outcome.ok) throw new Error(outcome.detail);
  return outcome.value;
}
const total = (values: readonly (number | null)[]) => values.reduce<number>((sum, each) => sum + (each ?? 0), 0);

describe('buckets', () => {
  it('hold each moment, and the next begins where one ends', () => {
    fc.assert(
      fc.property(moment, resolution, offsetMinutes, (at, unit, minutes) => {
        const offset = minutes * 60_000;
        const start = bucketStart(at, unit, offset);
        const end = nextBucket(start, unit, offset);
        expect(start <= at && at < end).toBe(true);
        expect(bucketStart(end, unit, offset)).toBe(end);
        expect(bucketStart(end - 1, unit, offset)).toBe(start);
      }),
    );
  });

  it('begin at local midnight, on Monday, on the first', () => {
    fc.assert(
      fc.property(moment, offsetMinutes, (at, minutes) => {
        const local = (unit: (typeof RESOLUTIONS)[number]) =>
          new Date(bucketStart(at, unit, minutes * 60_000) + minutes * 60_000);
        for (const unit of RESOLUTIONS) expect(local(unit).toISOString().slice(11)).toBe('00:00:00.000Z');
        expect([local('week').getUTCDay(), local('month').getUTCDate()]).toEqual([1, 1]);
      }),
    );
  });
});

describe('timeline', () => {
  it('draws each message of the interval once, whatever the resolution', () => {
    const history = steadyHistory(1, 300);
    const bounds = fc.tuple(fc.nat(299), fc.nat(299)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    fc.assert(
      fc.property(bounds, resolution, offsetMinutes, ([a, b], unit, minutes) => {
        const [from, to] = [history[0]!.at + a * DAY, history[0]!.at + b * DAY];
        const { series, starts } = drawn(history, { resolution: unit, from, to, offsetMinutes: minutes });
        const inside = history.filter(({ at }) => at >= from && at <= to);
        expect(total(series.messages)).toBe(inside.filter(({ isOwn }) => isOwn).length);
        expect(total(series.othersMessages)).toBe(inside.filter(({ isOwn }) => !isOwn).length);
        for (const values of Object.values(series)) expect(values).toHaveLength(starts.length);
      }),
      { numRuns: 40 },
    );
  });

  it('gives medians and shares of what lies in a bucket, null where nothing does', () => {
    const say = (at: number, isOwn: boolean, valence?: number) => ({
      id: `m${at}`,
      conversationId: 'c',
      isOwn,
      at,
      content: 'three words here',
      valence: valence ?? null,
    });
    const minute = 60_000;
    const history = [
      ...[say(0, false), say(minute, true, 0.5), say(2 * minute, false), say(5 * minute, true, -0.1)],
      say(2 * DAY, true),
    ];
    const { series } = drawn(history, { resolution: 'day' });
    expect(series).toEqual({
      messages: [2, 0, 1],
      othersMessages: [2, 0, 0],
      words: [6, 0, 3],
      conversations: [1, 0, 1],
      initiative: [0, null, 1],
      latency: [2 * minute, null, null],
      diversity: [null, null, null],
      valence: [0.2, null, null],
    });
  });

  it('begins no conversation at the edge of the interval', () => {
    const history = steadyHistory(3, 60);
    const inside = history.findIndex((message, i) => i > 0 && message.at - history[i - 1]!.at < 60_000);
    const at = history[inside]!.at;
    expect(total(drawn(history, { resolution: 'day', from: at, to: at }).series.conversations)).toBe(0);
  });

  it('lays over it the gaps and changes that touch it, in order', () => {
    const gaps = [
      { from: 5 * DAY, to: 6 * DAY, probability: 0.9 },
      { from: 0, to: DAY, probability: 0.5 },
      { from: 40 * DAY, to: 41 * DAY, probability: 0.7 },
    ];
    const change = (at: number) => ({
      kind: 'change' as const,
      from: 0,
      to: 30 * DAY,
      numbers: { at, before: 1, after: 2, size: 3 },
      words: ['messages'],
      evidence: [],
      significance: { test: 'permutation' as const, p: 0.01, q: 0.02 },
      sentence: 'It rose.',
    });
    const value = drawn([], {
      resolution: 'week',
      from: 0,
      to: 30 * DAY,
      gaps,
      patterns: [change(50 * DAY), change(DAY)],
    });
    expect(value.gaps.map(({ from }) => from)).toEqual([0, 5 * DAY]);
    expect(value.changes).toEqual([
      { at: DAY, series: 'messages', before: 1, after: 2, q: 0.02, sentence: 'It rose.' },
    ]);
  });

  it('refuses a reversed interval and one of too many buckets', () => {
    expect(timeline([], { resolution: 'day', from: 2, to: 1 })).toMatchObject({ ok: false, code: 'invalid_input' });
    expect(timeline([], { resolution: 'day', from: 0, to: 1001 * DAY })).toMatchObject({
      ok: false,
      code: 'invalid_input',
    });
    expect(timeline([], { resolution: 'day', from: 0, to: 1000 * DAY - 1 })).toMatchObject({ ok: true });
  });

  it('is empty without messages, and one bucket for one moment', () => {
    expect(drawn([], { resolution: 'month' }).starts).toEqual([]);
    const same = steadyHistory(2, 20).map((message) => ({ ...message, at: 12 * DAY }));
    const { starts, series } = drawn(same, { resolution: 'week' });
    expect([starts.length, series.messages[0]! + series.othersMessages[0]!]).toEqual([1, same.length]);
  });
});
