import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryIndex } from '../../src/palace/memory-index.ts';
import { NOTES } from '../../src/palace/note.ts';
import { loadVectorKernel } from '../helpers/vector-kernel.ts';

const kernel = loadVectorKernel();
const NOW = Date.parse('2026-11-22T11:17:00Z'); // a Sunday

let index: MemoryIndex;
let rows = 0;
beforeEach(() => {
  index = new MemoryIndex(kernel);
  rows = 0;
});

/** A conversation of two messages, ten seconds apart. */
function talk(start: string, topic = 'the weather', conversationId = start): number[] {
  return [0, 10_000].map((later) => {
    const row = rows++;
    const sentAt = Date.parse(start) + later;
    index.add({ row, conversationId, role: 'user', speaker: 'Ana', sentAt, content: `We spoke of ${topic}` });
    return row;
  });
}
const found = (text: string, zone = 'UTC') =>
  index
    .search({ text, vectors: new Map(), topK: 50, filters: {}, now: { time: NOW, zone }, explain: false })
    .map(({ row }) => row)
    .toSorted((a, b) => a - b);

describe('a question about nothing but a time', () => {
  it.each([
    ['What did we discuss yesterday?', '2026-11-21T09:00:00Z'],
    ['Tell me what we talked about last Friday.', '2026-11-20T09:00:00Z'],
    ['What did we chat about on Thursday?', '2026-11-19T09:00:00Z'],
    ['What did Ana say on November 12th?', '2026-11-12T09:00:00Z'],
    ['What was talked about in October?', '2026-10-03T09:00:00Z'],
    ['What did we talk about two weeks ago?', '2026-11-08T09:00:00Z'],
    ['Summarize what we discussed last year', '2025-11-22T09:00:00Z'],
    ['What did we discuss from Dec 24 to January 2nd?', '2026-01-01T09:00:00Z'],
  ])('is answered by what was said then: %s', (text, start) => {
    talk('2024-02-01T09:00:00Z');
    const then = talk(start);
    talk('2026-06-15T09:00:00Z');
    expect(found(text)).toEqual(then);
  });

  it('means the last May, not the one before', () => {
    talk('2025-05-09T09:00:00Z');
    const last = talk('2026-05-20T09:00:00Z');
    expect(found('What did we discuss in May?')).toEqual(last);
  });

  it('means the May before where nothing was said in the last one', () => {
    const before = talk('2025-05-09T09:00:00Z');
    talk('2026-06-20T09:00:00Z');
    expect(found('What did we discuss in May?')).toEqual(before);
  });

  it('means the last leap day, not the day after February in other years', () => {
    const leapDay = talk('2024-02-29T09:00:00Z');
    talk('2026-03-01T09:00:00Z');
    expect(found('What did we talk about on February 29th?')).toEqual(leapDay);
  });

  it('takes the nearest day where the count of days is off by one', () => {
    talk('2026-10-01T09:00:00Z');
    const near = talk('2026-11-11T09:00:00Z');
    expect(found('What did we discuss 10 days ago?')).toEqual(near);
  });

  it('reaches on from a date, to either side', () => {
    const old = talk('2026-01-05T09:00:00Z');
    const may = talk('2026-05-08T09:00:00Z');
    const recent = talk('2026-08-01T09:00:00Z');
    expect(found('What did we talk about since May 8?')).toEqual([...may, ...recent]);
    expect(found('What did we talk about after May 8?')).toEqual(recent);
    expect(found('What did we talk about before May 8, 2026?')).toEqual(old);
  });

  it.each([
    ['What have we discussed since yesterday?', ['2026-11-21', '2026-11-22']],
    ['What did we talk about since last Friday?', ['2026-11-20', '2026-11-21', '2026-11-22']],
    ['What did we talk about before last week?', ['2026-03-01', '2026-05-10']],
    ['What did we talk about after the last May?', ['2026-11-20', '2026-11-21', '2026-11-22']],
    ['What did we talk about since last May?', ['2026-05-10', '2026-11-20', '2026-11-21', '2026-11-22']],
  ])('reaches on from a time that is counted from now: %s', (text, days) => {
    const all = ['2026-03-01', '2026-05-10', '2026-11-20', '2026-11-21', '2026-11-22'];
    const then = all.map((day) => ({ day, rows: talk(`${day}T09:00:00Z`) }));
    expect(found(text)).toEqual(then.filter(({ day }) => days.includes(day)).flatMap(({ rows }) => rows));
  });

  it('begins its days where the asker lives', () => {
    const lateInLisbon = talk('2026-11-21T23:30:00Z');
    const morning = talk('2026-11-22T08:00:00Z');
    expect(found('What did we discuss today?')).toEqual(morning);
    expect(found('What did we discuss today?', 'Asia/Tokyo')).toEqual([...lateInLisbon, ...morning]);
    expect(found('What did we discuss yesterday?')).toEqual(lateInLisbon);
  });

  it('leaves the running conversation out of "earlier today", unless there is no other', () => {
    const morning = talk('2026-11-22T08:00:00Z');
    const running = talk('2026-11-22T11:10:00Z');
    expect(found('What did we talk about earlier today?')).toEqual(morning);
    expect(found('What did we talk about today?')).toEqual([...morning, ...running]);
    index = new MemoryIndex(kernel);
    const only = talk('2026-11-22T11:10:00Z');
    expect(found('What did we discuss earlier today?')).toEqual(only);
  });

  it('knows sessions by the order of their first messages, however they arrived', () => {
    const third = talk('2026-03-01T09:00:00Z');
    const first = talk('2026-01-01T09:00:00Z');
    const second = talk('2026-02-01T09:00:00Z');
    expect(found('What did we discuss in our second session?')).toEqual(second);
    expect(found('What did we discuss 3 sessions ago?')).toEqual(first);
    expect(found('What did we talk about last time?')).toEqual(third);
    expect(found('What did we discuss the session before last?')).toEqual(second);
    expect(found('What did we chat about between sessions 1 and 2?')).toEqual([...first, ...second]);
  });
});

it('does not count notes as a session', () => {
  talk('2026-01-01T09:00:00Z');
  talk('2026-01-15T09:00:00Z', 'the weather', NOTES);
  const second = talk('2026-02-01T09:00:00Z');
  talk('2026-03-01T09:00:00Z');
  expect(found('What did we talk about in our second session?')).toEqual(second);
});

describe('a question with a content as well', () => {
  it('is answered from other times too, after what fits the time', () => {
    const other = talk('2026-02-01T09:00:00Z', 'a boat');
    const then = talk('2026-05-08T09:00:00Z', 'a boat');
    expect(found('What did we say about the boat on May 8?')).toEqual([...other, ...then]);
    const [best] = index.search({
      text: 'What did we say about the boat on May 8?',
      ...{ vectors: new Map(), topK: 1, filters: {}, now: { time: NOW, zone: 'UTC' }, explain: false },
    });
    expect(then).toContain(best!.row);
  });
});
