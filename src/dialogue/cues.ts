/**
 * What a turn does in a conversation, as far as its surface tells: each 0 or 1, and a 1 at the end that stands for any
 * turn. English cues; in another language all but the marks are 0. The frequent acts of Stolcke et al. 2000 (SWBD-DAMSL).
 */
export function cuesOf(text: string): Float32Array {
  const plain = text.toLowerCase().replaceAll('’', "'");
  return Float32Array.from(CUES, (pattern) => Number(pattern.test(plain)));
}

/** What a text is asked for: a pattern, or more than one pattern can tell in time linear in the text. */
interface Cue {
  test(text: string): boolean;
}

const AUXILIARY =
  "(?:do|does|did|is|are|was|were|am|have|has|had|can|could|will|would|shall|should|may|might|isn't|aren't|don't|doesn't|didn't|won't|can't|haven't)";
/** A line end begins anew by itself, so no white space runs over one: of many in a row each would else run to the last. */
const YES_NO_QUESTION = questionOf(
  new RegExp(String.raw`(?:^|[.!?,\n])[^\S\n]*(?:(?:and|but|so|well|oh|then)\W+)?${AUXILIARY}(?=\s)`, 'g'),
);
const WH_QUESTION = questionOf(/\b(?:who|what|where|when|why|which|how|what's|how's|where's|who's)\b/g);
const YES_NO_ANSWER =
  /^\W*(?:oh,? |well,? |um+,? )?(?:yes|no|yeah|yep|yup|nope|nah|sure|certainly|of course|not really|not yet|absolutely|definitely|ok(?:ay)?|maybe|probably|i (?:do|don't|did|didn't|have|haven't|am|will|think so|guess so))\b/;
const GREETING = /^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening)|how do you do|nice to meet you|welcome)\b/;
const THANKS = /\bthank(?:s| you)\b|\bappreciate (?:it|that|your)\b/;
const THANKS_TAKEN = /\bwelcome\b|\b(?:my|a) pleasure\b|\bdon't mention it\b|\bnot at all\b|\bno problem\b|\banytime\b/;
const APOLOGY = /\bsorry\b|\bapologi[sz]e|\bexcuse me\b|\bpardon\b/;
const REASSURANCE =
  /\bdon't worry\b|\ball right\b|\bit's ok(?:ay)?\b|\bno problem\b|\bnever mind\b|\bthat's (?:ok|fine)\b/;
const OFFER =
  /\b(?:can|may) i help\b|\bwould you like\b|\blet me\b|\bhere (?:you are|it is|you go)\b|\bi'll\b|\bshall (?:i|we)\b/;
const NUMBER =
  /\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twenty|fifty|hundred|thousand|dollars?|o'clock)\b/;
const ANYTHING = /^/;
const PARTING =
  /\b(?:bye|goodbye|good night|goodnight|see you|see ya|talk (?:to you )?(?:later|soon|tomorrow)|have a (?:good|nice|great|lovely|wonderful|fantastic)|take care|gotta go|got to go)\b/;
const AGREEMENT =
  /^\W*(?:oh,? |well,? )?(?:i agree|you're right|that's (?:right|true|great|good|a good|nice|awesome|wonderful)|exactly|right|me too|so do i|i see|i think so|sounds|great|good idea|all right|fine|ok(?:ay)?)\b/;

/** In the order of the learned tables. */
const CUES: readonly Cue[] = [
  // asks something: anywhere; at its end; what "yes" or "no" answers; for a thing
  /\?/,
  /\?["')\s]*$/,
  YES_NO_QUESTION,
  WH_QUESTION,
  YES_NO_ANSWER,
  GREETING,
  PARTING,
  THANKS,
  THANKS_TAKEN,
  APOLOGY,
  REASSURANCE,
  AGREEMENT,
  OFFER,
  // begins with "I" and its forms
  /^\W*i(?:'\w+)?\b/,
  // speaks of the listener
  /\byou(?:r|rs|'\w+)?\b/,
  /!/,
  NUMBER,
  ANYTHING,
];
export const CUE_COUNT = CUES.length;

/** Whether a sentence that `opening` begins ends in a question mark. Every sentence end is looked for but once. */
function questionOf(opening: RegExp): Cue {
  return {
    test(text) {
      const ends = /[.!?]/g;
      let mark = -1;
      for (const match of text.matchAll(opening)) {
        const from = match.index + match[0].length;
        if (mark < from) {
          ends.lastIndex = from;
          mark = ends.exec(text)?.index ?? text.length;
        }
        if (text[mark] === '?') return true;
      }
      return false;
    },
  };
}
