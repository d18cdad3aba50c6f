import { describe, expect, it } from 'vitest';
import { LABELS } from '../../../src/archaeology/reconstruct/reconstruction.ts';
import { BEFORE, copyOf, rebuilt, type SceneOptions } from './scene.ts';

const QUOTED = { [BEFORE]: '> bring the green umbrella to Sintra\nwhy the umbrella?' };
const REPORTED = {
  [BEFORE]: 'You said "the old blue boat" again? And the red tent is for Sintra',
  [BEFORE + 2]: 'the red tent, is it big? Sintra is far',
};
const SEVERAL = { missing: { expected: 5, low: 2, high: 9 } };
const first = (scene: SceneOptions = {}) => rebuilt(scene).place.messages[0]!;

describe('retrieval', () => {
  it('takes the message from the export of another participant before anything else', () => {
    const { retrieval } = first({ changes: QUOTED, copies: [copyOf('meet me at the old mill', 2_400_000)] });
    expect(retrieval).toMatchObject({ state: 'proposed', method: 'other_copy', text: 'meet me at the old mill' });
  });

  it('is less sure of such a message where the merge was less sure', () => {
    const sure = first({ copies: [copyOf('meet me', 2_400_000)] }).retrieval!;
    const unsure = first({ copies: [copyOf('meet me', 2_400_000, 0.6)] }).retrieval!;
    expect(unsure.confidence).toBeLessThan(sure.confidence);
  });

  it('proposes a line that a later message quotes, with that message as its evidence', () => {
    const { retrieval } = first({ changes: QUOTED });
    expect(retrieval).toMatchObject({
      state: 'proposed',
      method: 'quote',
      text: 'bring the green umbrella to Sintra',
      evidence: [{ messageId: `m${BEFORE}`, start: 2, end: 36 }],
    });
  });

  it('does not propose the first part of a longer line for the whole of it', () => {
    const { retrieval } = first({ changes: { [BEFORE]: `> ${'bring the green umbrella to Sintra '.repeat(20)}` } });
    expect(retrieval!.state).toBe('cannot_be_reconstructed');
  });

  it('ranks only the texts that were named, and they share one certainty', () => {
    const given = ['fine, i was at the lake all day', 'the printer needs paper', 'two tickets to Porto please'];
    const { retrieval } = first({ changes: QUOTED, options: { given } });
    expect(given).toContain(retrieval!.state === 'proposed' ? retrieval!.text : given[0]);
    const all = retrieval!.state === 'proposed' ? [retrieval!, ...retrieval!.alternatives] : [];
    expect(all.reduce((sum, { confidence }) => sum + confidence, 0)).toBeLessThanOrEqual(1 + 1e-9);
  });

  it('does not propose a text that was rejected for the place', () => {
    const { retrieval } = first({
      changes: QUOTED,
      ports: { rejected: new Set(['bring the green umbrella to sintra']) },
    });
    expect(retrieval!.state).toBe('cannot_be_reconstructed');
  });

  it('does not propose one text for two places of one gap', () => {
    const copies = [copyOf('same words', 2_400_000), copyOf('Same words!', 2_410_000)];
    const texts = rebuilt({ copies }).place.messages.map(({ retrieval }) => retrieval!.state);
    expect(texts).toEqual(['proposed', 'cannot_be_reconstructed']);
  });
});

describe('composition', () => {
  it('says where each of its words stands, and put only joining words between', () => {
    const { place, messages } = rebuilt({ changes: REPORTED, place: SEVERAL });
    const composition = place.messages.map((message) => message.composition!).find(({ state }) => state === 'proposed');
    if (composition?.state !== 'proposed') throw new Error('Nothing was composed.');
    expect(composition.tokens.filter(({ source }) => source).length).toBeGreaterThanOrEqual(3);
    for (const { text, source } of composition.tokens) {
      if (!source) continue;
      const { content } = messages.find(({ id }) => id === source.messageId)!;
      expect(content.slice(source.start, source.end).toLowerCase()).toBe(text.toLowerCase());
    }
  });

  it('stays inside the length that the person writes', () => {
    const long = `> ${Array.from({ length: 40 }, (_, i) => `word${String.fromCharCode(97 + (i % 26))}`).join(' ')}`;
    const { composition } = first({ changes: { [BEFORE]: long }, place: SEVERAL });
    expect(composition!.state === 'proposed' ? composition!.text.split(' ').length : 0).toBeLessThanOrEqual(8);
  });

  it('is not made for another speaker, whose manner is not known', () => {
    const { place } = rebuilt({ changes: REPORTED, place: SEVERAL });
    expect(place.messages.find(({ speaker }) => speaker === 'Bruno')!.composition).toMatchObject({
      state: 'cannot_be_reconstructed',
      cause: 'outside_manner',
    });
  });
});

describe('every reconstruction', () => {
  it('is marked as one, with the label of its product', () => {
    const { retrieval, composition } = first({ changes: QUOTED });
    expect([retrieval!.origin, composition!.origin]).toEqual(['reconstructed', 'reconstructed']);
    expect([retrieval!.label, composition!.label]).toEqual([LABELS.retrieval, LABELS.composition]);
  });

  it('is left out where its product was not asked for', () => {
    expect(first({ options: { products: ['retrieval'] } }).composition).toBeNull();
    expect(first({ options: { products: ['composition'] } }).retrieval).toBeNull();
  });
});

describe('nothing is invented', () => {
  it('where no message shows what was said', () => {
    const { retrieval, composition } = first();
    expect([retrieval!.state, composition!.state]).toEqual(['cannot_be_reconstructed', 'cannot_be_reconstructed']);
    expect(retrieval).not.toHaveProperty('text');
  });

  it('where the place has no neighbours', () => {
    const { retrieval, composition } = first({ place: { before: [], after: [], from: null, to: null } });
    expect([retrieval, composition]).toMatchObject([{ cause: 'no_neighbours' }, { cause: 'no_neighbours' }]);
  });

  it('for a person of three messages', () => {
    const { retrieval, composition } = first({ ports: { ownMessages: 3 } });
    expect([retrieval, composition]).toMatchObject([{ cause: 'too_little_history' }, { cause: 'too_little_history' }]);
  });

  it('but what is quoted is found for a person of three messages too', () => {
    expect(first({ changes: QUOTED, ports: { ownMessages: 3 } }).retrieval).toMatchObject({ method: 'quote' });
  });
});

describe('the missing messages', () => {
  it('take turns where two people speak', () => {
    const { place } = rebuilt({ place: { missing: { expected: 3, low: 3, high: 3 } } });
    expect(place.messages.map(({ speaker }) => speaker)).toEqual(['Ana', 'Bruno', 'Ana']);
  });

  it('are no more than were asked for', () => {
    const { place } = rebuilt({ place: { missing: { expected: 30, low: 9, high: 60 } }, options: { maxMessages: 2 } });
    expect(place.messages).toHaveLength(2);
  });

  it('have no known writer where three speak', () => {
    const { where } = rebuilt();
    const before = [...where.before, { ...where.before.at(-1)!, id: 'c', speaker: 'Carla' }];
    expect(first({ place: { before } }).speaker).toBeNull();
  });

  it('lie in order between the two neighbours in time', () => {
    const { place, where } = rebuilt({ place: { missing: { expected: 3, low: 3, high: 3 } } });
    const times = place.messages.map(({ time }) => time.at!);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.every((at) => at > where.from! && at < where.to!)).toBe(true);
  });
});
