import { iso } from '../../shared/instant.ts';
import type { Reconstruction as Payload, ReconstructAnswer } from './contract.ts';
import type { Candidate, Evidence, ProvenToken, ReconstructedPlace, Reconstruction } from './reconstruction.ts';
import type { GivenVerdict } from './verdict.ts';

/** @param idOf what the store calls a proposal; null for what is not stored */
export function reconstructAnswer(
  place: ReconstructedPlace,
  idOf: (reconstruction: Reconstruction) => string | null,
): Omit<ReconstructAnswer, 'path' | 'path_reason'> {
  const payload = (each: Reconstruction | null) => each && reconstructionPayload(each, idOf(each), null);
  return {
    conversation_id: place.conversationId,
    gap_id: place.gapId,
    after_message_id: place.afterId,
    before_message_id: place.beforeId,
    messages: place.messages.map(({ position, speaker, time, retrieval, composition }) => ({
      ...{ position, speaker },
      ...{ timestamp: iso(time.at), earliest: iso(time.earliest), latest: iso(time.latest) },
      retrieval: payload(retrieval),
      composition: payload(composition),
    })),
  };
}

/** One reconstruction as every answer, event and export shows it: never without its label. */
export function reconstructionPayload(
  reconstruction: Reconstruction,
  id: string | null,
  judged: { verdict: GivenVerdict; memoryId: string | null } | null,
): Payload {
  const { origin, product, label, floor, reason, confidence, evidence } = reconstruction;
  const isProposed = reconstruction.state === 'proposed';
  return {
    ...{ id, origin, product, label, floor, reason, confidence },
    state: judged ? STATES[judged.verdict.verdict] : reconstruction.state,
    text: isProposed ? reconstruction.text : null,
    method: isProposed ? reconstruction.method : null,
    cause: isProposed ? null : reconstruction.cause,
    evidence: evidence.map(evidencePayload),
    tokens: isProposed ? reconstruction.tokens.map(tokenPayload) : [],
    provenance: isProposed ? (reconstruction.provenance ?? null) : null,
    alternatives: isProposed ? reconstruction.alternatives.map(candidatePayload) : [],
    verdict: judged && {
      verdict: judged.verdict.verdict,
      author: judged.verdict.author,
      at: new Date(judged.verdict.at).toISOString(),
      note: judged.verdict.note,
      memory_id: judged.memoryId,
    },
  };
}

const STATES = { accept: 'accepted', correct: 'corrected', reject: 'rejected' } as const;

const evidencePayload = ({ messageId, ...rest }: Evidence) => ({ message_id: messageId, ...rest });

const tokenPayload = ({ text, source }: ProvenToken) => ({
  text,
  source: source && { message_id: source.messageId, start: source.start, end: source.end },
});

const candidatePayload = ({ text, method, confidence, evidence, tokens, provenance = null }: Candidate) => ({
  ...{ text, method, confidence, provenance },
  evidence: evidence.map(evidencePayload),
  tokens: tokens.map(tokenPayload),
});
