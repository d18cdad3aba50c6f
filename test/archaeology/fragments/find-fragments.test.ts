import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findFragments } from '../../../src/archaeology/fragments/find-fragments.ts';
import type { EvidenceTurn, Neighbourhood } from '../../../src/archaeology/fragments/fragment.ts';

const HOUR = 3_600_000;
const turns = (start: number, ...lines: string[]): EvidenceTurn[] =>
  lines.map((line, i) => {
    const [speaker, content] = [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()];
    return { id: `m${start + i}`, speaker, at: (start + i) * HOUR, content };
  });
const around = (parts: Partial<Neighbourhood>): Neighbourhood => ({
  speaker: 'ana',
  before: turns(1, 'ben: how was your week', 'ana: long, but fine'),
  after: [],
  elsewhere: [],
  ...parts,
});
const found = (parts: Partial<Neighbourhood>) =>
  findFragments(around(parts)).map(({ kind, text, messageId }) => [kind, text, messageId]);

describe('findFragments', () => {
  it('finds what is quoted by line, without who wrote it', () => {
    const after = turns(10, 'ben: On Tuesday Ana wrote:\n> we could take the boat\n> or swim\nThe boat!');
    expect(found({ after }).slice(0, 2)).toEqual([
      ['quote', 'we could take the boat', 'm10'],
      ['quote', 'or swim', 'm10'],
    ]);
  });

  // takes a quarter of a minute where every line is a start from which the rest is read
  it('reads a long message of blank lines once', { timeout: 5_000 }, () => {
    const after = turns(10, `ben: about the boat${'\n'.repeat(100_000)}y`);
    expect(found({ after })).toContainEqual(['reply', 'the boat', 'm10']);
  });

  it('finds what is quoted in the sentence', () => {
    const after = turns(10, 'ben: when you wrote “bring the red tent” I laughed');
    expect(found({ after })[0]).toEqual(['quote', 'bring the red tent', 'm10']);
  });

  it('leaves out a quote of a message that is there', () => {
    const before = turns(1, 'ana: Bring the red tent!', 'ben: ok');
    const after = turns(10, 'ben: you wrote "bring the red tent", right?');
    expect(found({ before, after }).filter(([kind]) => kind === 'quote')).toEqual([]);
  });

  it('finds what the other one is said to have said, up to the end of the sentence', () => {
    const after = turns(10, 'ben: You said that the ferry leaves at nine. Is that so?');
    expect(found({ after })[0]).toEqual(['report', 'the ferry leaves at nine', 'm10']);
  });

  it('takes "you said" for the other one and "as I said" for the writer', () => {
    const after = turns(10, 'ana: you said rain is coming', 'ben: as I said, umbrellas help');
    expect(found({ after }).filter(([kind]) => kind === 'report' || kind === 'restatement')).toEqual([]);
    const unknown = found({ after, speaker: null }).map(([kind]) => kind);
    expect(unknown).toContain('report');
    expect(unknown).toContain('restatement');
  });

  it('finds what its writer says again', () => {
    const after = turns(10, 'ben: hm?', 'ana: I was asking whether Rosa still has the kayak');
    expect(found({ after })).toContainEqual(['restatement', 'Rosa still has the kayak', 'm11']);
  });

  it('finds what the answer takes for known', () => {
    const after = turns(10, 'ben: Sure, the lake house is free');
    expect(found({ after })).toEqual([['reply', 'lake house', 'm10']]);
  });

  it('takes nothing for missing that an earlier message names', () => {
    const before = turns(1, 'ben: shall we rent the lake houses that are free', 'ana: maybe');
    expect(found({ before, after: turns(10, 'ben: Sure, the lake house is free') })).toEqual([]);
  });

  it('finds words that later messages share', () => {
    const after = turns(10, 'ben: we love Lisbon', 'ana: when is Lisbon cheapest', 'ben: in autumn');
    expect(found({ after }).map(([kind, text]) => [kind, text])).toContainEqual(['echo', 'Lisbon cheapest']);
  });

  it("finds the writer's own message elsewhere that was quoted, whole, and no one else's", () => {
    const elsewhere = turns(5, 'ana: Plan for Sunday: bring the red tent and some rope.', 'eve: bring the red tent');
    const after = turns(10, 'ben: you wrote "bring the red tent"');
    expect(found({ after, elsewhere })).toContainEqual(['copy', elsewhere[0]!.content, 'm5']);
    expect(found({ after, elsewhere }).map(([, , id]) => id)).not.toContain('m6');
  });

  it('finds a message elsewhere about the same things at that time, not a year before', () => {
    const after = turns(10, 'ben: the kayak trip to Evora sounds good');
    const near = turns(7, 'ana: planning a kayak trip near Evora');
    expect(found({ after, elsewhere: near })).toContainEqual(['copy', 'planning a kayak trip near Evora', 'm7']);
    const far = near.map((turn) => ({ ...turn, at: turn.at - 8760 * HOUR }));
    expect(found({ after, elsewhere: far }).map(([kind]) => kind)).not.toContain('copy');
  });

  it('finds nothing where nothing stands around the place', () => {
    expect(found({ before: [], after: [] })).toEqual([]);
    expect(found({ before: [], after: [], elsewhere: turns(5, 'ana: bring the red tent') })).toEqual([]);
  });

  it('finds quotes and shared words without spaces', () => {
    const after = turns(10, 'ben: 你说「周末去西湖划船」吗', 'ana: 西湖划船很好');
    expect(found({ after })).toContainEqual(['quote', '周末去西湖划船', 'm10']);
  });

  it('gives only spans of the messages it was given, whatever they say', () => {
    const piece = fc.constantFrom(
      'you said ',
      'as I said, ',
      '> ',
      '\n',
      '"',
      '“',
      'the boat',
      ' Lisbon ',
      '. ',
      '猫',
      '😀',
      'about ',
    );
    const content = fc.array(piece, { maxLength: 14 }).map((each) => each.join(''));
    const side = fc.array(fc.tuple(fc.constantFrom('ana', 'ben'), content), { maxLength: 5 });
    fc.assert(
      fc.property(side, side, side, fc.constantFrom('ana', null), (before, after, other, speaker) => {
        const make = (each: [string, string][], from: number) =>
          each.map(([who, text], i) => ({ id: `m${from + i}`, speaker: who, at: HOUR, content: text }));
        const parts = { before: make(before, 0), after: make(after, 100), elsewhere: make(other, 200) };
        const all = [...parts.after, ...parts.elsewhere];
        for (const each of findFragments({ speaker, ...parts })) {
          expect(all.find(({ id }) => id === each.messageId)!.content.slice(each.start, each.end)).toBe(each.text);
          expect(each.text.trim()).not.toBe('');
          expect(each.strength > 0 && each.strength <= 1).toBe(true);
        }
      }),
    );
  });

  it.each([0, 1])('cuts what is too long between characters, and says so: %s letters before the emoji', (letters) => {
    const said = `${'x'.repeat(letters)}${'👍'.repeat(400)} rain`;
    const [fragment] = findFragments(around({ after: turns(10, `ben: > rain ${said}`) }));
    expect(fragment).toMatchObject({ kind: 'quote', isCut: true });
    expect(fragment!.text.isWellFormed()).toBe(true);
    expect(fragment!.text.length).toBeGreaterThanOrEqual(599);
  });

  it('stays small and quick with a giant message', () => {
    const after = turns(10, `ben: ${'you said "one two three" and > so on. '.repeat(3000)}`);
    expect(findFragments(around({ after })).length).toBeLessThanOrEqual(40);
  });
});
