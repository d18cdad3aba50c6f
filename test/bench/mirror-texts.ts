import { seeded } from '../../src/statistics/seeded.ts';

const WORDS = (
  'the I you and to a it that of in is was we my for on have with but they me so not at this be just what do are like ' +
  'all had when about there will would if one out up can really time good day go know think get went home work love ' +
  'because said today never tomorrow friend happy sad angry afraid morning night coffee rain train music book garden ' +
  'mother brother sister weekend holiday river market dinner plan idea little great terrible wonderful perhaps always'
).split(' ');
const MARKS = ['.', '.', '.', '!', '?', '...', ' :)', ', ok?'];
/** Rarer words are made of these, so that a long history has as many different words as one of a person. */
const SYLLABLES = [
  'ba',
  'len',
  'tor',
  'mi',
  'sha',
  'run',
  'ker',
  'do',
  'pla',
  'vin',
  'ta',
  'gre',
  'os',
  'ni',
  'fel',
  'qua',
];

/** Messages of about 20 tokens, the same in every run: common words often, rare ones of a long tail seldom. */
export class MirrorTexts {
  private readonly random: () => number;

  constructor(seed: number) {
    this.random = seeded(seed);
  }

  next(): string {
    const words = Array.from({ length: 14 + this.below(7) }, () => this.word());
    words[0] = words[0]!.charAt(0).toUpperCase() + words[0]!.slice(1);
    return words.join(' ') + MARKS[this.below(MARKS.length)]!;
  }

  private word(): string {
    // Zipf's law, about: the rank is drawn evenly on a logarithmic scale
    const rank = Math.floor(Math.exp(this.random() * Math.log(30_000))) - 1;
    if (rank < WORDS.length) return WORDS[rank]!;
    const spelt = rank.toString(SYLLABLES.length);
    return Array.from(spelt, (digit) => SYLLABLES[Number.parseInt(digit, SYLLABLES.length)]!).join('');
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
}
