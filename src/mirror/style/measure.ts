import { FUNCTION_WORDS } from '../../text/function-words.ts';
import { hashOf } from '../../text/hashed-grams.ts';
import { type Surface, surfaces } from '../../text/surface.ts';
import { syllables } from '../../text/syllables.ts';
import {
  type CountName,
  FUNCTION_CLASSES,
  lengthClass,
  MESSAGE_CLASSES,
  MESSAGE_LENGTHS,
  SENTENCE_CLASSES,
  SENTENCE_LENGTHS,
  SHORT,
  SHORT_MESSAGE,
  SLOT,
  SLOTS,
  WORD_CLASSES,
  WORD_LENGTHS,
} from './slots.ts';

/** What one message is made of. */
export interface Measured {
  /** whole numbers, a slot each (slots.ts) */
  counts: Float64Array;
  /** hashes of its words, lower case, for the frequency spectrum */
  wordHashes: number[];
}

const FUNCTION_IDS: ReadonlyMap<string, number> = new Map(FUNCTION_WORDS.map((word, id) => [word, id]));
const idsOf = (...names: string[]): ReadonlySet<string> => new Set(names);
const CONNECTIVES = idsOf('and', 'but', 'or', 'so', 'because', 'also', 'however', 'then', 'well');
const BARE = idsOf(
  ...'im ive youre hes shes thats theres whats isnt arent wasnt dont doesnt didnt havent hasnt wont wouldnt'.split(' '),
  ...'cant couldnt shouldnt theyre'.split(' '),
);
/** Word pairs that could have been contracted: first word, then second. */
const EXPANDS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['i', idsOf('am', 'have', 'will', 'would')],
  ['you', idsOf('are', 'have', 'will')],
  ['we', idsOf('are', 'have', 'will')],
  ['they', idsOf('are', 'have')],
  ['it', idsOf('is')],
  ['that', idsOf('is')],
  ['do', idsOf('not')],
  ['does', idsOf('not')],
  ['did', idsOf('not')],
  ['is', idsOf('not')],
  ['have', idsOf('not')],
]);
/** Words that are one of several ways to write the same: what they count as. */
const CHOICES: ReadonlyMap<string, readonly CountName[]> = new Map<string, readonly CountName[]>([
  ...wordsAs(['u', 'ya'], ['shortYou', 'anyYou']),
  ...wordsAs(['you'], ['anyYou']),
  ...wordsAs(['and'], ['anyAnd']),
  ...wordsAs(['n'], ['anyAnd', 'ampersandAnd']),
  ...wordsAs(['yeah', 'yea', 'yep', 'yup', 'ya'], ['yeah', 'anyYes']),
  ...wordsAs(['yes'], ['anyYes']),
  ...wordsAs(['hey', 'heyy'], ['hey', 'anyGreeting']),
  ...wordsAs(['hi', 'hello'], ['anyGreeting']),
  ...wordsAs(['ok', 'k'], ['ok', 'anyOk']),
  ...wordsAs(['okay'], ['anyOk']),
  ...wordsAs(['gonna'], ['gonna', 'anyGoingTo']),
  ...wordsAs(['cuz', 'cause', 'bc'], ['cuz', 'anyBecause']),
  ...wordsAs(['because'], ['anyBecause']),
  ...wordsAs(['tho'], ['tho', 'anyThough']),
  ...wordsAs(['though'], ['anyThough']),
  ...wordsAs(['please', 'pls', 'plz'], ['please']),
  ...wordsAs(['thanks', 'thank', 'thx'], ['thanks']),
]);
const LAUGH = /^(?:a?(?:h[aeio]){2,}h?|ha+h+a*|l+o+l+|lmf?ao+|ja(?:ja)+)$/;
const ELONGATED = /(\p{L})\1\1/u;
const EMOTICON = /^(?:[:;=8xX]['’]?-?[)(DPpOo3/\\|*]+|<3+|[:;]-?\)+|\^_?\^)/;
const MARK_NAMES: ReadonlyMap<string, CountName> = new Map<string, CountName>([
  [',', 'comma'],
  [':', 'colon'],
  [';', 'semicolon'],
  ['-', 'hyphen'],
  ['–', 'dash'],
  ['—', 'dash'],
  ['(', 'bracket'],
  ['[', 'bracket'],
  ['"', 'quote'],
  ['“', 'quote'],
  ['/', 'slash'],
  ['&', 'ampersand'],
  ['*', 'asterisk'],
  ['~', 'asterisk'],
  ['$', 'currency'],
  ['€', 'currency'],
  ['£', 'currency'],
  ['%', 'currency'],
]);
const CLOSING = ',.!?;:…';

function wordsAs(words: readonly string[], names: readonly CountName[]): [string, readonly CountName[]][] {
  return words.map((word) => [word, names]);
}

type SentenceEnd = 'Period' | 'Exclaim' | 'Question' | 'Dots' | 'Bare';

/** Counts everything one message shows of its author's manner. Linear in its length. */
export function measure(text: string): Measured {
  return new Measurement(text).result();
}

/** One pass over one message. */
class Measurement {
  private readonly text: string;
  private readonly counts = new Float64Array(SLOTS);
  private readonly wordHashes: number[] = [];
  private sentenceWords = 0;
  private messageSentences = 0;
  private sentenceHasComma = false;
  private previousWord = '';
  private hasCapital = false;
  private lastEnd: SentenceEnd | 'Emoji' = 'Bare';

  constructor(text: string) {
    this.text = text;
  }

  result(): Measured {
    const { counts, text } = this;
    let end = 0;
    for (const surface of surfaces(text)) {
      this.gap(end, surface);
      end = surface.start + surface.text.length;
      this[surface.kind](surface.text, surface.start);
    }
    this.endSentence('Bare');
    this.endMessage(end);
    if (counts[SLOT.words]! <= SHORT_MESSAGE) counts.copyWithin(SHORT, 0, SHORT);
    return { counts, wordHashes: this.wordHashes };
  }

  private add(name: CountName, times = 1): void {
    this.counts[SLOT[name]]! += times;
  }

  private gap(from: number, { start, kind, text }: Surface): void {
    const isClosing = kind === 'mark' && CLOSING.includes(text[0]!);
    if (start === from) {
      if (from > 0 && !isClosing && CLOSING.includes(this.text[from - 1]!)) {
        this.add('closings');
        this.add('noSpaceAfterMark');
      }
      return;
    }
    const space = this.text.slice(from, start);
    if (from > 0 && CLOSING.includes(this.text[from - 1]!)) this.add('closings');
    if (isClosing) this.add('spaceBeforeMark');
    if (space.includes('\n')) {
      this.add('lines');
      if (space.indexOf('\n') !== space.lastIndexOf('\n')) this.add('blankLine');
      this.endSentence('Bare');
    } else {
      if (space.length > 1) this.add('doubleSpace');
    }
  }

  private word(text: string): void {
    const { counts } = this;
    const curly = text.includes('’') || text.includes('ʼ');
    const straight = !curly && text.includes("'");
    let lower = text.toLowerCase();
    if (curly) lower = lower.replace(/[’ʼ]/g, "'");
    if (curly || straight) {
      this.add('anyApostrophe');
      if (curly) this.add('curlyApostrophe');
    }
    this.wordHashes.push(hashOf(lower));
    this.add('words');
    this.add('letters', text.length);
    this.add('syllables', syllables(lower));
    counts[WORD_CLASSES + lengthClass(WORD_LENGTHS, text.length)]!++;
    const id = FUNCTION_IDS.get(lower);
    if (id !== undefined) {
      counts[FUNCTION_CLASSES + id]!++;
      this.add('functionWord');
    }
    this.habitsOf(text, lower, curly || straight);
    this.sentenceWords++;
    this.previousWord = lower;
    this.lastEnd = 'Bare';
  }

  private habitsOf(text: string, lower: string, hasApostrophe: boolean): void {
    if (text.length >= 7) this.add('longWord');
    const capital = text[0] !== lower[0];
    if (this.sentenceWords === 0) this.startSentence(lower, capital);
    else {
      this.add('inSentence');
      if (capital && !/^i(?:'|$)/.test(lower)) this.add('capitalised');
    }
    if (capital) this.hasCapital = true;
    if (text.length > 1 && text === text.toUpperCase() && text !== lower) this.add('allCapitals');
    else if (text.length > 2 && text.slice(1) !== lower.slice(1) && !hasApostrophe) this.add('capitalInside');
    if (lower === 'i' || lower.startsWith("i'") || lower === 'im' || lower === 'ive') {
      this.add('anyI');
      if (!capital) this.add('lowerI');
    }
    if (hasApostrophe && FUNCTION_IDS.has(lower)) this.add('anyContraction');
    if (BARE.has(lower)) {
      this.add('bareContraction');
      this.add('anyContraction');
    }
    if (EXPANDS.get(this.previousWord)?.has(lower)) {
      this.add('expanded');
      this.add('anyExpandable');
    } else if (hasApostrophe || BARE.has(lower)) this.add('anyExpandable');
    if (this.previousWord === 'going' && lower === 'to') this.add('anyGoingTo');
    if (LAUGH.test(lower)) {
      this.add('anyLaugh');
      this.add(lower.startsWith('l') ? 'lol' : 'haha');
    } else if (ELONGATED.test(lower)) this.add('elongated');
    for (const name of CHOICES.get(lower) ?? []) this.add(name);
  }

  private startSentence(lower: string, capital: boolean): void {
    if (!capital) {
      this.add('sentenceStartsLower');
      if (this.messageSentences === 0) this.add('messageStartsLower');
    }
    if (lower === 'i' || lower.startsWith("i'") || lower === 'im') this.add('sentenceStartsI');
    if (CONNECTIVES.has(lower)) this.add('sentenceStartsConnective');
  }

  private mark(text: string, start: number): void {
    this.add('marks');
    const first = text[0]!;
    if (first === '…' || (first === '.' && text.length > 1)) this.dots(text);
    else if (first === '.') this.ending('period', 'Period', start + 1);
    else if (first === '!' || first === '?') this.toned(first, text, start);
    else {
      if (first === ',') this.sentenceHasComma = true;
      if (first === '&') {
        this.add('ampersandAnd');
        this.add('anyAnd');
      }
      if (first === '"' || first === '“' || first === '”') {
        this.add('anyQuote');
        if (first !== '"') this.add('curlyQuote');
      }
      if (EMOTICON.test(this.text.slice(start, start + 4)) && !/[\p{L}\p{N}]/u.test(this.text[start - 1] ?? ' ')) {
        this.add('emoticon');
        this.lastEnd = 'Emoji';
      } else this.add(MARK_NAMES.get(first) ?? 'otherMark');
    }
  }

  private dots(text: string): void {
    this.add('dots');
    this.add('anyDots');
    if (text === '..') this.add('dotsTwo');
    else if (text.length > 3) this.add('dotsFourUp');
    this.endSentence('Dots');
  }

  private toned(first: '!' | '?', text: string, start: number): void {
    const end = start + text.length;
    const repeated = text.length > 1 || this.text[end] === '!' || this.text[end] === '?';
    const isExclaim = first === '!';
    this.add(isExclaim ? 'anyExclaim' : 'anyQuestion');
    if (repeated) this.add(isExclaim ? 'exclaimRepeated' : 'questionRepeated');
    this.ending(isExclaim ? 'exclaim' : 'question', isExclaim ? 'Exclaim' : 'Question', end);
  }

  /** A mark ends its sentence where no letter follows at once, as one does in "e.g." */
  private ending(name: CountName, end: SentenceEnd, next: number): void {
    this.add(name);
    if (!/[\p{L}\p{N}]/u.test(this.text[next] ?? ' ') || end !== 'Period') this.endSentence(end);
  }

  private emoji(text: string, start: number): void {
    this.add('emoji');
    if (start > 0 && this.text.slice(0, start).endsWith(text)) this.add('emojiRepeated');
    this.lastEnd = 'Emoji';
  }

  private number(): void {
    this.add('number');
    this.sentenceWords++;
    this.previousWord = '';
    this.lastEnd = 'Bare';
  }

  private link(): void {
    this.add('link');
  }

  private tag(): void {
    this.add('tag');
  }

  private endSentence(end: SentenceEnd): void {
    if (this.sentenceWords === 0) {
      if (end !== 'Bare') this.lastEnd = end;
      return;
    }
    this.add('sentences');
    this.add(`sentenceEnds${end}`);
    if (this.sentenceHasComma) this.add('sentenceHasComma');
    this.counts[SENTENCE_CLASSES + lengthClass(SENTENCE_LENGTHS, this.sentenceWords)]!++;
    this.messageSentences++;
    this.sentenceWords = 0;
    this.sentenceHasComma = false;
    this.previousWord = '';
    if (this.lastEnd !== 'Emoji' || end !== 'Bare') this.lastEnd = end;
  }

  private endMessage(end: number): void {
    const has = (name: CountName) => this.counts[SLOT[name]]! > 0;
    this.add('messages');
    this.add(`messageEnds${this.lastEnd}`);
    if (has('question')) this.add('messageHasQuestion');
    if (has('exclaim')) this.add('messageHasExclaim');
    if (has('emoji') || has('emoticon')) this.add('messageHasEmoji');
    if (has('anyLaugh')) this.add('messageHasLaugh');
    if (has('comma')) this.add('messageHasComma');
    if (has('words') && !this.hasCapital) this.add('messageNoCapital');
    if (end < this.text.length) this.add('messageTrailingSpace');
    if (this.messageSentences === 1) this.add('messageOneSentence');
    if (has('lines')) this.add('messageMultiLine');
    const words = this.counts[SLOT.words]!;
    if (words > 0) this.counts[MESSAGE_CLASSES + lengthClass(MESSAGE_LENGTHS, words)]!++;
  }
}
