import { describe, expect, it } from 'vitest';
import { outsideEvidence } from '../../src/text/outside-evidence.ts';

describe('outsideEvidence', () => {
  it.each([
    ['a name', 'with Maria to the lake', ['maria']],
    ['a number', 'to the lake at 7', ['7']],
    ['a word of content', 'swim to the lake', ['swim']],
    ['a sign', 'the lake 🎉', ['🎉']],
    ['a link', 'the lake www.x.org', ['www.x.org']],
    ['nothing: joining words, marks and other case', 'To the LAKE, and then…', []],
  ])('finds %s', (_, text, alien) => {
    expect(outsideEvidence(text, ['the lake is deep'])).toEqual(alien);
  });
});
