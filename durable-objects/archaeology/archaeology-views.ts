import { DIG_LIMITS, type DigSummary, type DigView } from '../../src/archaeology/digs/contract.ts';
import { digProgress } from '../../src/archaeology/digs/dig.ts';
import type { GapView } from '../../src/archaeology/gaps/contract.ts';
import type { PatternView } from '../../src/archaeology/patterns/contract.ts';
import type { Pattern } from '../../src/archaeology/patterns/pattern.ts';
import { reconstructionPayload } from '../../src/archaeology/reconstruct/answer.ts';
import { LABELS, type Reconstruction } from '../../src/archaeology/reconstruct/reconstruction.ts';
import type { ReconstructionView } from '../../src/archaeology/reconstructions/contract.ts';
import { iso } from '../../src/shared/instant.ts';
import type { DigRecord } from '../stores/dig-store.ts';
import type { StoredGap } from '../stores/gap-store.ts';
import type { ReconstructionRecord } from '../stores/reconstruction-store.ts';
import type { Stores } from '../stores/stores.ts';

const isoOrNull = (at: number | null) => (at === null ? null : iso(at));

export const gapView = ({ id, conversationId, afterId, beforeId, ...gap }: StoredGap): GapView => ({
  id,
  conversation_id: conversationId,
  after_message_id: afterId,
  before_message_id: beforeId,
  from: iso(gap.from),
  to: iso(gap.to),
  probability: gap.probability,
  missing: gap.missing,
  reasons: gap.reasons.map(({ signal, share, messageIds }) => ({ signal, share, message_ids: [...messageIds] })),
});

export const patternView = ({ words, evidence, from, to, ...pattern }: Pattern): PatternView => ({
  ...pattern,
  words: [...words],
  evidence: [...evidence],
  from: iso(from),
  to: iso(to),
});

/** A reconstruction as it is kept; what was deleted since is named as gone. */
export function reconstructionView(stores: Stores, record: ReconstructionRecord): ReconstructionView {
  const { id, place, verdict, memoryId, state, position, speaker, at, gapId, madeAt } = record;
  const gone = stores.reconstructions.goneSources(record.row);
  const payload = reconstructionPayload(
    record.reconstruction ?? withdrawn(record.product),
    id,
    verdict && { verdict, memoryId },
  );
  return {
    ...payload,
    id,
    state,
    cause: record.reconstruction ? payload.cause : null,
    evidence: payload.evidence.map((each) => ({ ...each, is_gone: gone.has(each.message_id) })),
    conversation_id: place.conversationId,
    gap_id: gapId,
    after_message_id: place.afterId,
    before_message_id: place.beforeId,
    position,
    speaker,
    timestamp: isoOrNull(at),
    made_at: iso(madeAt),
  };
}

const withdrawn = (product: Reconstruction['product']): Reconstruction => ({
  origin: 'reconstructed',
  state: 'cannot_be_reconstructed',
  product,
  label: LABELS[product],
  floor: 0,
  reason: 'Messages it rested on were deleted, and its text with them.',
  cause: 'no_evidence',
  confidence: 0,
  evidence: [],
});

export const digSummary = (dig: DigRecord): DigSummary => ({
  id: dig.id,
  name: dig.name,
  from: iso(dig.request.from),
  to: iso(dig.request.to),
  conversation_id: dig.request.conversationId,
  include: [...dig.request.include],
  status: dig.state,
  progress: digProgress(dig),
  error: dig.error,
  created_at: iso(dig.createdAt),
  started_at: isoOrNull(dig.startedAt),
  finished_at: isoOrNull(dig.finishedAt),
});

export function digView(stores: Stores, dig: DigRecord): DigView {
  const { found, request } = dig;
  const records = found.reconstructionIds
    ?.slice(0, DIG_LIMITS.reconstructions * 20)
    .flatMap((id) => stores.reconstructions.find(id) ?? []);
  const notes = stores.digs.notes(dig.row).map(({ author, text, at }) => ({ author, text, at: iso(at) }));
  return {
    ...digSummary(dig),
    gaps: found.gaps,
    gaps_total: found.gapsTotal,
    reconstructions: records?.map((record) => reconstructionView(stores, record)) ?? null,
    patterns: found.patterns,
    is_outdated: found.isOutdated,
    notes: request.include.includes('notes') || notes.length > 0 ? notes : null,
  };
}
