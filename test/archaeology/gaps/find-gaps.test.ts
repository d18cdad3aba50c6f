import { expect, it } from 'vitest';
import { ConversationScan } from '../../../src/archaeology/gaps/conversation-scan.ts';
import { findGaps } from '../../../src/archaeology/gaps/find-gaps.ts';
import type { GapMessage } from '../../../src/archaeology/gaps/gap-message.ts';
import { seeded } from '../../../src/statistics/seeded.ts';

const START = Date.UTC(2026, 0, 5, 9);
const DAY = 86_400_000;

const message = (row: number, some: Partial<GapMessage> = {}): GapMessage => ({
  id: `m${row}`,
  speaker: row % 2 === 0 ? 'Ana' : 'Bruno',
  at: START + row * 60_000,
  content: `The harbour was quiet this morning, number ${row}`,
  vector: null,
  sequence: null,
  deleted: false,
  source: null,
  ...some,
});

function scanned(messages: readonly GapMessage[]): ConversationScan {
  const scan = new ConversationScan(null);
  for (const one of messages) scan.push(one);
  return scan;
}

/** Twenty dated sessions of twelve strictly alternating turns, opened by a greeting and closed by a farewell. */
function sessions(): GapMessage[] {
  const random = seeded(3);
  const topics = ['the violin lesson', 'our orchard', 'the ferry to Split', 'my marathon', 'that bakery', 'the choir'];
  return Array.from({ length: 240 }, (_, row) => {
    const turn = row % 12;
    const topic = topics[Math.floor(random() * topics.length)];
    const middle =
      turn % 2 === 1 ? `Yes, ${topic} was a joy. How is yours going?` : `It goes well, thanks. I thought of ${topic}.`;
    const content =
      turn === 0 ? 'Hey! Good to see you. What is new?' : turn === 11 ? 'Bye, take care, talk soon!' : middle;
    return message(row, { at: START + Math.floor(row / 12) * 7 * DAY, content });
  });
}

it('says nothing of a conversation of three messages', () => {
  expect(findGaps(scanned([0, 1, 2].map((row) => message(row))))).toEqual([]);
  expect(findGaps(scanned([message(0)]))).toEqual([]);
  expect(findGaps(scanned([]))).toEqual([]);
});

it('a hole in numbers that otherwise run on is a gap of exactly that many', () => {
  const rows = Array.from({ length: 30 }, (_, row) => message(row, { sequence: row < 15 ? row : row + 4 }));
  const [gap, ...others] = findGaps(scanned(rows));
  expect(others).toEqual([]);
  expect(gap).toMatchObject({ afterId: 'm14', beforeId: 'm15', missing: { expected: 4, low: 4, high: 4 } });
  expect(gap!.reasons[0]!.signal).toBe('sequence');
  expect(gap!.probability).toBeGreaterThan(0.9);
});

it('numbers that jump about are no evidence', () => {
  const random = seeded(1);
  let sequence = 0;
  const rows = Array.from({ length: 40 }, (_, row) => {
    sequence += 1 + Math.floor(random() * 5);
    return message(row, { sequence });
  });
  expect(
    findGaps(scanned(rows)).flatMap(({ reasons }) => reasons.filter(({ signal }) => signal === 'sequence')),
  ).toEqual([]);
});

it.each([
  'This message was deleted',
  'Diese Nachricht wurde gelöscht.',
  '\u200eEliminaste este mensaje.',
  'このメッセージは削除されました',
])('tells a mark of deletion: %s', (content) => {
  const rows = Array.from({ length: 12 }, (_, row) => message(row, row === 5 || row === 6 ? { content } : {}));
  expect(findGaps(scanned(rows))).toMatchObject([
    {
      afterId: 'm4',
      beforeId: 'm7',
      missing: { low: 2, high: 2 },
      reasons: [{ signal: 'deletion-mark', messageIds: ['m5', 'm6'] }],
    },
  ]);
});

it('talk about deletion is no mark of it', () => {
  const rows = Array.from({ length: 12 }, (_, row) =>
    message(row, row === 5 ? { content: 'I think this message was deleted by Bruno' } : {}),
  );
  expect(findGaps(scanned(rows))).toEqual([]);
});

it('marks at the very beginning and end, or everywhere, are told without invention', () => {
  const mark = { deleted: true };
  expect(findGaps(scanned([message(0, mark), message(1), message(2)]))).toMatchObject([
    { afterId: 'm0', beforeId: 'm1' },
  ]);
  expect(findGaps(scanned([message(0), message(1), message(2, mark)]))).toMatchObject([
    { afterId: 'm1', beforeId: 'm2' },
  ]);
  expect(findGaps(scanned([message(0, mark), message(1, mark)]))).toHaveLength(1);
});

it('intact sessions have no gap, and one taken apart in the middle has one, of an odd number', () => {
  const whole = sessions();
  expect(findGaps(scanned(whole))).toEqual([]);
  const holed = [...whole.slice(0, 124), ...whole.slice(129)];
  const gaps = findGaps(scanned(holed));
  expect(gaps).toMatchObject([{ afterId: 'm123', beforeId: 'm129' }]);
  expect(gaps[0]!.missing.low).toBeLessThanOrEqual(5);
  expect(gaps[0]!.missing.high).toBeGreaterThanOrEqual(5);
});

it('reasons name messages and share out all of the evidence, strongest first', () => {
  const whole = sessions();
  const [gap] = findGaps(scanned([...whole.slice(0, 124), ...whole.slice(129)]));
  const shares = gap!.reasons.map(({ share }) => share);
  expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1);
  expect(shares).toEqual(shares.toSorted((a, b) => b - a));
  for (const { messageIds } of gap!.reasons) expect(['m123', 'm129']).toEqual(expect.arrayContaining([...messageIds]));
});

it('equal times, clocks that run backwards and vectors of two models give gaps whose times do not cross', () => {
  const random = seeded(9);
  const rows = Array.from({ length: 300 }, (_, row) =>
    message(row, {
      at: START + Math.floor((random() - 0.5) * 3) * DAY * 40,
      vector: row % 7 === 0 ? new Float32Array(3).fill(0.5) : new Float32Array(8).fill(0.35),
      content: random() < 0.3 ? '?!' : 'ok',
    }),
  );
  for (const { from, to, probability, missing } of findGaps(scanned(rows), 0)) {
    expect(from).toBeLessThanOrEqual(to);
    expect(probability).toBeGreaterThanOrEqual(0);
    expect(probability).toBeLessThanOrEqual(1);
    expect(missing.low).toBeLessThanOrEqual(missing.high);
    expect(Number.isFinite(missing.expected)).toBe(true);
  }
});

it('a new message changes nothing of what earlier boundaries were read as', () => {
  const whole = sessions();
  const grown = scanned(whole.slice(0, 200));
  findGaps(grown);
  for (const one of whole.slice(200)) grown.push(one);
  expect(findGaps(grown, 0.05)).toEqual(findGaps(scanned(whole), 0.05));
});
