import type { PersonalityProfile } from '../../src/mirror/contract.ts';
import { type Evidence, KeptProfiles } from '../../src/mirror/personality/kept-profile.ts';
import type { PersonalityState } from '../../src/mirror/personality/personality-state.ts';
import { personalityProfile, type TraitView } from '../../src/mirror/personality/profile.ts';
import { TRAIT_NAMES, TRAITS } from '../../src/mirror/personality/traits.ts';
import { snakeCased } from '../../src/shared/snake-case.ts';
import { isolateCache } from '../isolate-cache.ts';

type Profile = Omit<PersonalityProfile, 'progress'>;

/** Shared by the objects of an isolate, as its budget is. */
const kept = new KeptProfiles<Profile>(isolateCache('personality'));

/** The profile of a state as the API shows it, at most 2 % of its evidence old; what it has counted is of now. */
export function keptPersonality(life: string, state: PersonalityState): Profile {
  const said = kept.read(life, evidenceOf(state), () => concluded(state));
  return { ...said, messages: state.messages, words: state.words + state.otherWords, other_words: state.otherWords };
}

/** Keeps up what is read of a state. */
export const renewPersonality = (life: string, state: PersonalityState): void =>
  kept.renew(life, evidenceOf(state), () => concluded(state));

const evidenceOf = ({ messages, words, otherWords }: PersonalityState): Evidence => ({
  messages,
  words: words + otherWords,
});

function concluded(state: PersonalityState): Profile {
  const { traits, ...view } = personalityProfile(state);
  return {
    ...snakeCased(view),
    traits: traits && Object.fromEntries(TRAITS.map((trait) => [TRAIT_NAMES[trait], traitAnswer(traits[trait])])),
  };
}

const traitAnswer = ({ mean, low, high, probabilityHigh, movedBy }: TraitView) => ({
  mean,
  low,
  high,
  probability_high: probabilityHigh,
  moved_by: movedBy.map(({ id, pull }) => ({ message_id: id, pull })),
});
