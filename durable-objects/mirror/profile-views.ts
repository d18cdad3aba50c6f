import type {
  AuthorAnswer,
  EmotionProfile,
  FingerprintAnswer,
  MessageEmotion,
  PersonalityProfile,
  StyleProfile,
} from '../../src/mirror/contract.ts';
import { emotionView, emotionWeeks } from '../../src/mirror/emotion/emotion-view.ts';
import { EMOTIONS } from '../../src/mirror/emotion/emotion-words.ts';
import { readEmotion } from '../../src/mirror/emotion/read-emotion.ts';
import type { EvolutionAnswer, FutureAnswer, FutureQuestion } from '../../src/mirror/evolution/contract.ts';
import { futureSelf } from '../../src/mirror/evolution/future-self.ts';
import { evolutionAnswer } from '../../src/mirror/evolution-answer.ts';
import { personalityProfile, weeklyTraits } from '../../src/mirror/personality/profile.ts';
import { TRAIT_NAMES, TRAITS } from '../../src/mirror/personality/traits.ts';
import { drift, ownLogits } from '../../src/mirror/style/drift.ts';
import { fingerprintView } from '../../src/mirror/style/fingerprint.ts';
import { sameAuthor } from '../../src/mirror/style/same-author.ts';
import { weeklyStyle } from '../../src/mirror/style/weekly.ts';
import { typingView } from '../../src/mirror/typing/typing-view.ts';
import type { InferenceName } from '../../src/shared/inferences.ts';
import { iso } from '../../src/shared/instant.ts';
import { snakeCased } from '../../src/shared/snake-case.ts';
import type { MessageRow } from '../stores/message-store.ts';
import type { Stores } from '../stores/stores.ts';
import { keptPersonality } from './kept-personality.ts';
import type { MirrorHost } from './mirror-host.ts';
import type { MIRROR } from './mirror-registry.ts';

/** Newest messages of the person, of which the order of words counts. */
const RECENT = 300;
/** Newest messages that are looked at for a hand that is not the person's. */
const WATCHED = 50;

/** States of the mirror as the API shows them. Each asks for consent first: that of what it names. */
export class ProfileViews {
  private readonly stores: Stores;
  private readonly host: MirrorHost<typeof MIRROR>;

  constructor(stores: Stores, host: MirrorHost<typeof MIRROR>) {
    this.stores = stores;
    this.host = host;
  }

  personality(): PersonalityProfile {
    const said = keptPersonality(this.host.life, this.host.state('personality'));
    return { ...said, progress: this.host.progress('personality') };
  }

  emotion(): EmotionProfile {
    const view = emotionView(this.host.state('emotion'), Date.now());
    return { ...snakeCased(view), progress: this.host.progress('emotion') };
  }

  style(): StyleProfile {
    const recent = this.stores.messages.ofPerson(RECENT).reverse();
    const view = fingerprintView(
      this.host.state('style'),
      recent.map(({ content }) => content),
    );
    return {
      ...snakeCased(view),
      progress: this.host.progress('style'),
      typing: snakeCased(typingView(this.host.state('typing'))),
    };
  }

  fingerprint(): FingerprintAnswer {
    const { counts } = this.host.state('style');
    const recent = this.stores.messages.ofPerson(RECENT);
    const held = this.host.held(
      'style',
      recent.map(({ row }) => row),
    );
    const own = recent.map(({ row, content }) => (held.has(row) ? ownLogits(counts, [content]) : []));
    const alarms = recent.slice(0, WATCHED).flatMap(({ id, row, content, sent_at }, i) => {
      const found = drift(counts, content, held.has(row), own.toSpliced(i, 1).flat());
      if (found.state !== 'scored' || !found.alarm) return [];
      return [{ message_id: id, timestamp: iso(sent_at), unlikely: found.unlikely, rank: found.rank }];
    });
    return { ...this.style(), alarms };
  }

  sameAuthor(texts: readonly string[]): AuthorAnswer {
    const found = sameAuthor(this.host.state('style').counts, texts);
    const { state, words, messages, knownWords: known_words } = found;
    const scored = found.state === 'scored' ? found : { probability: null, evidence: null };
    return {
      state,
      probability: scored.probability,
      evidence: snakeCased(scored.evidence),
      words,
      messages,
      known_words,
    };
  }

  evolution(of: readonly InferenceName[], by: 'week' | 'month'): EvolutionAnswer {
    return evolutionAnswer(
      {
        ...(of.includes('personality') ? { personality: weeklyTraits(this.host.state('personality')) } : {}),
        ...(of.includes('emotion') ? { emotion: emotionWeeks(this.host.state('emotion')) } : {}),
        ...(of.includes('style') ? { style: weeklyStyle(this.host.state('style')) } : {}),
      },
      by,
    );
  }

  futureSelf({ years, age }: FutureQuestion): FutureAnswer {
    const state = this.host.state('personality');
    const { traits } = personalityProfile(state);
    const now = traits ? Object.fromEntries(TRAITS.map((trait) => [TRAIT_NAMES[trait], traits[trait]])) : {};
    const found = futureSelf(now, weeklyTraits(state), { horizonYears: years, age: age ?? null });
    if (found.state === 'insufficient') {
      return { state: found.state, reason: found.reason, history_years: null, age: age ?? null, traits: [] };
    }
    const { state: projected, historyYears: history_years } = found;
    return { state: projected, reason: null, history_years, age: found.age, traits: snakeCased(found.traits) };
  }
}

/** What one message says, read when it is asked for. */
export function messageEmotion({ id, content, sent_at }: MessageRow): MessageEmotion {
  const { emotions, isSupported, isReadable, language, words, valence } = readEmotion(content);
  return {
    message_id: id,
    timestamp: iso(sent_at),
    language,
    is_supported: isSupported,
    is_readable: isReadable,
    words,
    valence,
    emotions: Object.fromEntries(EMOTIONS.map((name, i) => [name, emotions[i]!])),
  };
}
