import { emotionInference } from '../../src/mirror/emotion/emotion-state.ts';
import { personalityInference } from '../../src/mirror/personality/personality-state.ts';
import { styleInference } from '../../src/mirror/style/state.ts';
import { typingInference } from '../../src/mirror/typing/typing-view.ts';
import type { Stores } from '../stores/stores.ts';
import { renewPersonality } from './kept-personality.ts';
import type { Registry } from './mirror-host.ts';

/** Every inference that runs over a person's messages, by the name its state is saved under. */
export const MIRROR = {
  personality: { consent: 'personality', inference: personalityInference, renew: renewPersonality },
  emotion: { consent: 'emotion', inference: emotionInference },
  style: { consent: 'style', inference: styleInference },
  typing: { consent: 'style', inference: typingInference },
} as const satisfies Registry;

/**
 * Everything is concluded anew from the messages: old ones have come below those it had reached. What verdicts and
 * predictions have taught rests on no message, and stays. To be called within a transaction; a reset follows it.
 */
export function concludeAnew({ mirror }: Stores): void {
  for (const name of Object.keys(MIRROR)) mirror.erase(name);
}
