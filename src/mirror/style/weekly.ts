import { DAY_MS } from '../day-sums.ts';
import type { WeeklyRow } from '../evolution/weekly-row.ts';
import { type StyleState, WEEKLY, WEEKLY_PAIRS, WEEKLY_REPEATS } from './state.ts';

type Weekly = (typeof WEEKLY)[number];

/**
 * The style of each week with a word in it, oldest first. `values`: means per message (`messageLength`, in words) and
 * sentence (`sentenceLength`), letters a word (`wordLength`), shares of words, sentences or messages in [0, 1]; marks
 * and emoji per word; `repetition` is Simpson's D within messages, [0, 1].
 */
export function weeklyStyle({ weekly }: StyleState): WeeklyRow[] {
  return weekly.inOrder().flatMap(([day, sums]) => {
    const of = (name: Weekly) => sums[WEEKLY.indexOf(name)]!;
    const [messages, words, sentences] = [of('messages'), of('words'), of('sentences')];
    if (words === 0) return [];
    const perWord = (name: Weekly) => of(name) / words;
    const perSentence = (name: Weekly) => (sentences === 0 ? 0 : of(name) / sentences);
    const pairs = sums[WEEKLY_PAIRS]!;
    const values = {
      messageLength: words / messages,
      sentenceLength: sentences === 0 ? words : words / sentences,
      wordLength: perWord('letters'),
      syllables: perWord('syllables'),
      longWords: perWord('longWord'),
      functionWords: perWord('functionWord'),
      selfReference: perWord('anyI'),
      addressing: perWord('anyYou'),
      contractions: perWord('anyContraction'),
      apostrophes: perWord('anyApostrophe'),
      commas: perWord('comma'),
      exclamations: perWord('exclaim'),
      questions: perWord('question'),
      ellipses: perWord('dots'),
      emoji: (of('emoji') + of('emoticon')) / words,
      laughter: perWord('anyLaugh'),
      capitals: perWord('allCapitals'),
      elongations: perWord('elongated'),
      links: of('link') / messages,
      lowerStarts: perSentence('sentenceStartsLower'),
      asking: of('messageHasQuestion') / messages,
      repetition: pairs === 0 ? 0 : sums[WEEKLY_REPEATS]! / pairs,
    };
    return [{ start: day * DAY_MS, words, messages, values }];
  });
}
