import { type DigFindings, NOTHING_FOUND } from '../../src/archaeology/digs/dig.ts';
import type { StoredMessage } from '../../src/persistence/messages.ts';
import type { RecordKind } from '../../src/person/record-kinds.ts';
import type { InferenceName } from '../../src/shared/inferences.ts';
import { isReconstructed } from '../../src/shared/reconstructed.ts';
import type { RecordBody } from '../stores/record-store.ts';

type Granted = ReadonlySet<InferenceName>;

/** Kinds of which nothing is kept without a consent. */
const NEEDED: Partial<Record<RecordKind, InferenceName>> = {
  decision: 'prediction',
  prediction: 'prediction',
  reconstruction: 'reconstruction',
  'other-copy': 'reconstruction',
};

/** A record as withdrawing what is not granted would have left it; null: not at all. */
export function allowedRecord(kind: RecordKind, body: RecordBody, granted: Granted): RecordBody | null {
  const needed = NEEDED[kind];
  if (needed && !granted.has(needed)) return null;
  return kind === 'dig' ? allowedDig(body, granted) : body;
}

/** A text that was computed and accepted is kept only under its consent; a correction is someone's own words. */
export function isAllowedMessage({ conversationId, metadata }: StoredMessage, granted: Granted): boolean {
  return granted.has('reconstruction') || !isReconstructed(conversationId) || metadata?.verdict !== 'accept';
}

/** What was asked and noted stays, as in a withdrawal. */
function allowedDig(body: RecordBody, granted: Granted): RecordBody {
  if (!granted.has('reconstruction')) {
    const ended = body.finished_at === null ? { state: 'cancelled', finished_at: Date.now() } : {};
    return { ...body, ...ended, found: JSON.stringify(NOTHING_FOUND) };
  }
  if (granted.has('style')) return body;
  const found: DigFindings = JSON.parse(String(body.found));
  return { ...body, found: JSON.stringify({ ...found, patterns: null }) };
}
