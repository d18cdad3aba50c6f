import { describe, expect, it } from 'vitest';
import { corrected, SHIPPED_CALIBRATION } from '../../../src/archaeology/reconstruct/confidence.ts';
import { VerdictBody } from '../../../src/archaeology/reconstruct/contract.ts';
import { LABELS, type Proposal, type Reconstruction } from '../../../src/archaeology/reconstruct/reconstruction.ts';
import {
  type GivenVerdict,
  judge,
  rejectedFor,
  type StoredReconstruction,
  type VerdictEffects,
} from '../../../src/archaeology/reconstruct/verdict.ts';

const place = { conversationId: 'chat', afterId: 'm1', beforeId: 'm2', from: 1_000, to: 9_000 };
const common = {
  origin: 'reconstructed',
  product: 'retrieval',
  label: LABELS.retrieval,
  floor: 0.5,
  reason: '',
} as const;
const proposal: Proposal = {
  ...common,
  ...{ state: 'proposed', text: 'See you at the mill', method: 'quote', confidence: 0.8, uncorrected: 0.8 },
  evidence: [{ messageId: 'm2', kind: 'quote', start: 2, end: 21, text: 'See you at the mill' }],
  ...{ tokens: [], alternatives: [] },
};
const nothing: Reconstruction = {
  ...common,
  ...{ state: 'cannot_be_reconstructed', cause: 'no_evidence', confidence: 0, evidence: [] },
};
const stored = (
  reconstruction: Reconstruction = proposal,
  verdict: GivenVerdict | null = null,
): StoredReconstruction => ({
  ...{ id: 'r1', place, speaker: 'Ana', at: 5_000, reconstruction, verdict },
});
const context = { author: 'ana', now: 77, calibration: SHIPPED_CALIBRATION };
const say = (body: VerdictBody, what = stored(), calibration = SHIPPED_CALIBRATION): VerdictEffects => {
  const outcome = judge(what, body, { ...context, calibration });
  if (!outcome.ok) throw new Error(outcome.detail);
  return outcome.value;
};

describe('a verdict', () => {
  it('accept makes a memory that stays marked, with its evidence', () => {
    expect(say({ verdict: 'accept' }).memory).toEqual({
      ...{ origin: 'reconstructed', reconstructionId: 'r1', conversationId: 'chat', speaker: 'Ana' },
      ...{ content: 'See you at the mill', sentAt: 5_000, evidenceIds: ['m2'] },
    });
  });

  it('correct makes a memory of what was said, and bars what was proposed', () => {
    const { memory, rejection, state } = say({ verdict: 'correct', content: 'See you at the lake' });
    expect([memory!.content, state]).toEqual(['See you at the lake', 'corrected']);
    expect(rejection).toMatchObject({ textKey: 'see you at the mill' });
  });

  it('correct bars nothing where only marks were wrong', () => {
    expect(say({ verdict: 'correct', content: 'see you at the mill!' }).rejection).toBeNull();
  });

  it('reject makes no memory and bars the text from the place', () => {
    const { memory, rejection } = say({ verdict: 'reject' });
    expect(memory).toBeNull();
    expect(rejectedFor(place, [rejection!])).toEqual(new Set(['see you at the mill']));
  });

  it('names its author and time', () => {
    expect(say({ verdict: 'accept', author: 'bruno', note: 'I wrote it' }).verdict).toMatchObject({
      ...{ author: 'bruno', at: 77, note: 'I wrote it' },
    });
    expect(say({ verdict: 'accept' }).verdict.author).toBe('ana');
  });

  it('can say what it was where nothing was proposed, but not accept nothing', () => {
    expect(say({ verdict: 'correct', content: 'Hello' }, stored(nothing)).memory!.content).toBe('Hello');
    expect(judge(stored(nothing), { verdict: 'accept' }, context)).toMatchObject({ ok: false, code: 'conflict' });
  });

  it('replaces an earlier one and takes back what it did', () => {
    const earlier = say({ verdict: 'reject' });
    const later = say({ verdict: 'accept' }, stored(proposal, earlier.verdict), earlier.calibration);
    expect(later).toMatchObject({ withdrawsRejection: true, forgetsMemory: false, rejection: null });
    expect(later.calibration).toEqual(say({ verdict: 'accept' }).calibration);
    expect(say({ verdict: 'reject' }, stored(proposal, later.verdict))).toMatchObject({
      forgetsMemory: true,
      memory: null,
    });
  });

  it('teaches how far the method can be trusted', () => {
    let [trusting, doubting] = [SHIPPED_CALIBRATION, SHIPPED_CALIBRATION];
    for (let i = 0; i < 20; i++) {
      trusting = say({ verdict: 'accept' }, stored(), trusting).calibration;
      doubting = say({ verdict: 'reject' }, stored(), doubting).calibration;
    }
    expect(corrected(0.8, 'quote', trusting)).toBeGreaterThan(0.9);
    expect(corrected(0.8, 'quote', doubting)).toBeLessThan(0.5);
    expect(corrected(0.8, 'past_turn', doubting)).toBe(0.8);
  });

  it('moves little while there are few', () => {
    const { calibration } = say({ verdict: 'reject' });
    expect(corrected(0.8, 'quote', calibration)).toBeGreaterThan(0.6);
  });
});

describe('a rejected text', () => {
  const rejection = { ...place, textKey: 'no' };
  it.each([
    ['the same place', place],
    ['a place that a later message made smaller', { ...place, beforeId: 'm9', to: 4_000 }],
    ['an interval inside of it', { ...place, afterId: null, beforeId: null, from: 2_000, to: 3_000 }],
  ])('stays barred from %s', (_, where) => {
    expect(rejectedFor(where, [rejection]).size).toBe(1);
  });

  it.each([
    ['another conversation', { ...place, conversationId: 'other' }],
    ['another place', { ...place, afterId: 'm2', beforeId: 'm3', from: 9_000, to: 12_000 }],
  ])('is free in %s', (_, where) => {
    expect(rejectedFor(where, [rejection]).size).toBe(0);
  });
});

describe('VerdictBody', () => {
  it('wants content with a correction and nowhere else', () => {
    expect(VerdictBody.safeParse({ verdict: 'correct' }).error!.issues[0]!.path).toEqual(['content']);
    expect(VerdictBody.safeParse({ verdict: 'accept', content: 'x' }).error!.issues[0]!.path).toEqual(['content']);
    expect(VerdictBody.safeParse({ verdict: 'correct', content: 'x' }).success).toBe(true);
  });
});
