import { beforeEach, describe, expect, it } from 'vitest';
import { SIGNALS } from '../../src/palace/blend.ts';
import { type IndexedMessage, type IndexQuery, MemoryIndex } from '../../src/palace/memory-index.ts';
import { loadVectorKernel } from '../helpers/vector-kernel.ts';

const kernel = loadVectorKernel();
const NOW = Date.parse('2026-11-22T12:00:00Z');
const MINUTE = 60_000;

let index: MemoryIndex;
beforeEach(() => {
  index = new MemoryIndex(kernel);
});

let lastRow = 0;
function add(content: string, more: Partial<IndexedMessage> = {}): number {
  const row = more.row ?? ++lastRow;
  index.add({
    row,
    conversationId: 'default',
    role: 'user',
    speaker: null,
    sentAt: NOW + row * MINUTE,
    content,
    ...more,
  });
  return row;
}

/** A message in a conversation of its own: nothing around it helps or hinders. */
const alone = (content: string, more: Partial<IndexedMessage> = {}) =>
  add(content, { conversationId: `alone ${lastRow}`, ...more });

const search = (text: string, more: Partial<IndexQuery> = {}) =>
  index.search({
    text,
    vectors: new Map(),
    topK: 10,
    filters: {},
    now: { time: NOW, zone: 'UTC' },
    explain: false,
    ...more,
  });
const rows = (text: string, more: Partial<IndexQuery> = {}) => search(text, more).map(({ row }) => row);

describe('words', () => {
  it('find the message that holds them, in another form', () => {
    const wanted = alone('I adopted two kittens from the shelter');
    alone('The weather was dreadful on the coast');
    expect(rows('kitten adoption')).toEqual([wanted]);
  });

  it.each([
    ['Chinese', '我昨天在公园看见一只黑猫', '黑猫'],
    ['Japanese', '週末は京都へ旅行しました', '京都'],
    ['Korean', '어제 도서관에서 책을 읽었어요', '도서관'],
    ['Arabic', 'ذهبتُ إلى المدرسةِ صباحاً', 'المدرسة'],
    ['Thai', 'ฉันชอบกินข้าวผัด', 'ข้าวผัด'],
    ['Hebrew', 'קניתי לחם טרי', 'לחם'],
    ['emoji', 'what a day 🎂🎉', '🎂'],
    ['accents', 'We met at the café in Málaga', 'cafe malaga'],
  ])('find %s text', (_script, content, query) => {
    alone('Nothing of the kind is said here');
    const wanted = alone(content);
    expect(rows(query)).toEqual([wanted]);
  });

  it('find an answer by the words of the question before it', () => {
    add('Which instrument do you play?', { conversationId: 'chat' });
    const answer = add('The cello, since I was nine years old, every evening', { conversationId: 'chat' });
    alone('Tomorrow I have to get up at six in the morning');
    expect(rows('instrument')[0]).toBe(answer);
  });

  it('find nothing where nothing matches', () => {
    alone('I adopted two kittens');
    expect(rows('submarine')).toEqual([]);
    expect(rows('…')).toEqual([]);
  });
});

describe('time and speaker', () => {
  it('a message is found by its date', () => {
    const wanted = alone('We went up the mountain', { sentAt: Date.parse('2023-05-08T10:00:00Z') });
    alone('We went up the mountain', { sentAt: Date.parse('2023-09-08T10:00:00Z') });
    expect(rows('mountain 8 May 2023')[0]).toBe(wanted);
    expect(rows('in May')).toEqual([wanted]);
  });

  it('a person named in the query is preferred as the speaker', () => {
    alone('My favourite dish is lasagne', { speaker: 'Ben Smith' });
    const wanted = alone('My favourite dish is lasagne', { speaker: 'Ana Lima' });
    expect(rows("What is Ana's favourite dish?")[0]).toBe(wanted);
  });

  it('a name says who, not what: it is no search word', () => {
    const about = alone('Ana is here', { speaker: 'Ben' });
    const by = alone('The train was late once more', { speaker: 'Ana' });
    expect(rows('Ana')).toEqual([by]);
    expect(rows('Ana')).not.toContain(about);
  });
});

describe('order of arrival', () => {
  it('does not matter: neighbours are by time', () => {
    const said = [
      'Do you still play football?',
      'Not since I hurt the left knee in spring',
      'Poor you',
      'It heals slowly',
    ];
    const shuffled = [2, 0, 3, 1];
    const answers = [[0, 1, 2, 3], shuffled].map((order) => {
      index = new MemoryIndex(kernel);
      for (const i of order) add(said[i]!, { row: order.indexOf(i) + 1, sentAt: NOW + i * MINUTE });
      return search('football', { explain: true }).map(({ row, score }) => [said[order[row - 1]!], score]);
    });
    expect(answers[1]).toEqual(answers[0]);
  });
});

describe('explain', () => {
  it('gives shares that sum to the score', () => {
    add('When do you leave for Norway?', { speaker: 'Ben' });
    const row = add('Last week I booked the ferry to Norway for 3 June', { speaker: 'Ana' });
    index.setVector(row, 'm', Int8Array.of(1, 2, 3), 0.1);
    const vectors = new Map([['m', Float32Array.of(1, 0, 0)]]);
    const hits = search('When does Ana travel to Norway in November?', { explain: true, vectors });
    expect(hits.length).toBe(2);
    for (const { score, signals } of hits) {
      const sum = Object.values(signals).reduce((total, share) => total + share, 0);
      expect(sum).toBeCloseTo(score, 12);
      expect(Object.keys(signals)).toEqual([...SIGNALS, 'closer_look']);
    }
    const best = hits[0]!;
    expect(best.row).toBe(row);
    for (const signal of ['words', 'context', 'speaker', 'answer', 'substance', 'date', 'tells_time'] as const) {
      expect(best.signals[signal], signal).toBeGreaterThan(0);
    }
  });

  it('is left out unless asked for', () => {
    alone('one kitten');
    expect(search('kitten')[0]!.signals).toEqual({});
  });
});

describe('vectors', () => {
  it('find what shares no word with the query', () => {
    const near = alone('one');
    const far = alone('two');
    index.setVector(near, 'm', Int8Array.of(127, 0), 1 / 127);
    index.setVector(far, 'm', Int8Array.of(0, 127), 1 / 127);
    expect(rows('elsewhere', { vectors: new Map([['m', Float32Array.of(1, 0)]]) })).toEqual([near, far]);
  });

  it('of two models never meet: each is asked with its own query vector', () => {
    const [first, second] = [alone('one'), alone('two')];
    index.setVector(first, 'small', Int8Array.of(127, 0), 1 / 127);
    index.setVector(second, 'large', Int8Array.of(127, 0, 0, 0), 1 / 127);
    expect(index.models()).toEqual(['small', 'large']);
    expect(rows('x', { vectors: new Map([['small', Float32Array.of(1, 0)]]) })).toEqual([first]);
    expect(rows('x', { vectors: new Map([['large', Float32Array.of(1, 0, 0, 0)]]) })).toEqual([second]);
    expect(() => rows('x', { vectors: new Map([['large', Float32Array.of(1, 0)]]) })).toThrow(RangeError);
    expect(() => index.setVector(first, 'large', Int8Array.of(1, 2), 1)).toThrow(RangeError);
  });

  it('of a model with larger numbers win nothing by it', () => {
    const plain = [0, 1, 2].map((i) => alone(`plain ${i}`));
    const loud = [0, 1, 2].map((i) => alone(`loud ${i}`));
    for (const i of [0, 1, 2]) {
      const bytes = Int8Array.of(i * 60, 10);
      index.setVector(plain[i]!, 'plain', bytes, 0.001);
      index.setVector(loud[i]!, 'loud', bytes, 1_000);
    }
    const query = Float32Array.of(1, 0);
    const hits = search('x', {
      vectors: new Map([
        ['plain', query],
        ['loud', query],
      ]),
      explain: true,
    });
    const meaning = new Map(hits.map(({ row, signals }) => [row, signals.meaning]));
    for (const i of [0, 1, 2]) expect(meaning.get(plain[i]!)).toBeCloseTo(meaning.get(loud[i]!)!, 6);
  });

  it('of a new model replace those of the old one', () => {
    const row = alone('one');
    index.setVector(row, 'old', Int8Array.of(1, 0), 1);
    index.setVector(row, 'new', Int8Array.of(1, 0, 0), 1);
    expect(index.models()).toEqual(['new']);
  });

  it('for an unknown row are ignored', () => {
    index.setVector(99, 'm', Int8Array.of(1), 1);
    expect(index.models()).toEqual([]);
  });
});
