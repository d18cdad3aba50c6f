import { describe, expect, it } from 'vitest';
import { proposedTimes } from '../../../src/archaeology/reconstruct/proposed-time.ts';
import { type Rhythm, rhythmOf } from '../../../src/archaeology/rhythm/rhythm.ts';
import { emptyRhythm, observeBeat } from '../../../src/archaeology/rhythm/rhythm-state.ts';
import { chat } from './scene.ts';

const MINUTE = 60_000;
const place = {
  conversationId: 'chat',
  gapId: null,
  before: chat().slice(0, 2),
  after: chat().slice(2, 4),
  missing: null,
};
const times = (from: number | null, to: number | null, count: number, rhythm: Rhythm | null = null) =>
  proposedTimes({ ...place, from, to }, count, { rhythm }).map(({ at }) => at);

/** Answers after two minutes, sessions a day apart. */
function steady(): Rhythm {
  const state = emptyRhythm();
  for (let day = 0; day < 40; day++) {
    for (let i = 0; i < 6; i++) {
      const at = day * 86_400_000 + i * 2 * MINUTE;
      observeBeat(state, { at, previousAt: i === 0 ? at - 85_800_000 : at - 2 * MINUTE, isReply: true }, 1);
    }
  }
  return rhythmOf(state);
}

describe('proposedTimes', () => {
  it('spreads messages evenly within a session', () => {
    expect(times(0, 4 * MINUTE, 3)).toEqual([MINUTE, 2 * MINUTE, 3 * MINUTE]);
  });

  it('puts the answer to the last message soon after it, where a long break follows', () => {
    const [at] = times(0, 20 * 3_600_000, 1, steady());
    expect(at).toBeGreaterThan(MINUTE / 2);
    expect(at).toBeLessThan(5 * MINUTE);
  });

  it('goes on from the one side that is there', () => {
    expect(times(0, null, 2)).toEqual([MINUTE, 2 * MINUTE]);
    expect(times(null, 9 * MINUTE, 2)).toEqual([7 * MINUTE, 8 * MINUTE]);
  });

  it('says nothing where there is neither', () => {
    expect(times(null, null, 1)).toEqual([null]);
  });
});
