import { createHash } from 'node:crypto';
import type { MergeAnswer, MergeBody } from '../../src/archaeology/merge/contract.ts';
import { mergeExports } from '../../src/archaeology/merge/merge-exports.ts';
import type { ExportTurn, MergedTurn } from '../../src/archaeology/merge/merge-turn.ts';
import type { OtherCopy } from '../../src/archaeology/reconstruct/ports.ts';
import { done, type Outcome, refused } from '../../src/shared/errors.ts';
import type { MessageRow } from '../stores/message-store.ts';
import { isTheirs } from '../stores/mirror-store.ts';
import type { Stores } from '../stores/stores.ts';

/** Clocks of two exports differ by hours, not by more. */
const CLOCKS_APART_MS = 2 * 86_400_000;
/** Messages of the record that are compared. */
const RECORD_MESSAGES = 20_000;
/** Messages that are shown; all of them are kept. */
const SHOWN = 500;
/** With less than this share of the shorter one in common, it is another chat. */
const IN_COMMON = 0.1;
/** A message both have within this many turns, before and after, holds the place of one that is between. */
const NEAR_TURNS = 10;
/** Chance that it stood just there: held on both sides, on one, on none. Set by hand. */
const CERTAINTY = [0.5, 0.9, 0.98] as const;

/** A turn that only the other export has, and the record's neighbours of it. */
interface Found extends OtherCopy {
  theirId: string | null;
  afterId: string | null;
  beforeId: string | null;
}

/**
 * Compares another participant's export with the record. What only the other one has is evidence: it is kept apart from
 * messages, and nothing makes it one but a verdict on a reconstruction. In a transaction.
 */
export function mergeInto(stores: Stores, body: MergeBody): Outcome<MergeAnswer> {
  const { conversation_id: conversationId, messages } = body;
  const theirs = messages.map(({ speaker, timestamp, content }, i) => ({
    ...{ id: String(i), speaker, content },
    at: Date.parse(timestamp),
  }));
  const rows = recordOf(stores, conversationId, theirs);
  if (rows.length === 0) return refused('conflict', 'The user has no messages of this conversation about that time.');
  const { turns, matched, offsetMs } = mergeExports(rows.map(toTurn), theirs);
  if (matched < IN_COMMON * Math.min(rows.length, theirs.length)) {
    return refused('conflict', `Only ${matched} messages are the same: this is hardly the same chat.`);
  }
  const own = ownNames(rows);
  const found = foundIn(turns, conversationId, own, (i) => messages[i]?.id ?? null);
  const kept = body.keep ? found.filter((copy) => stores.copies.put(conversationId, copy)).length : 0;
  return done({
    conversation_id: conversationId,
    matched,
    clock_offset_ms: offsetMs,
    kept,
    total: found.length,
    found: found.slice(0, SHOWN).map((copy) => ({
      evidence_id: copy.id,
      origin: 'other_copy' as const,
      their_id: copy.theirId,
      speaker: copy.speaker,
      timestamp: new Date(copy.at).toISOString(),
      content: copy.content,
      certainty: copy.certainty,
      after_message_id: copy.afterId,
      before_message_id: copy.beforeId,
    })),
  });
}

function recordOf(stores: Stores, conversationId: string, theirs: readonly ExportTurn[]): MessageRow[] {
  const times = theirs.map(({ at }) => at);
  const [from, to] = [Math.min(...times) - CLOCKS_APART_MS, Math.max(...times) + CLOCKS_APART_MS];
  return stores.messages
    .following(conversationId, { sentAt: from, row: 0 }, RECORD_MESSAGES)
    .filter(({ sent_at: at }) => at <= to);
}

const nameOf = ({ speaker, role }: MessageRow) => speaker ?? role;

const toTurn = (row: MessageRow): ExportTurn => ({
  id: row.id,
  speaker: nameOf(row),
  at: row.sent_at,
  content: row.content,
});

const ownNames = (rows: readonly MessageRow[]) => new Set(rows.filter(isTheirs).map(nameOf));

function foundIn(
  turns: readonly MergedTurn[],
  conversationId: string,
  own: ReadonlySet<string>,
  theirIdOf: (i: number) => string | null,
): Found[] {
  const sides = { before: nearestShared(turns), after: nearestShared(turns.toReversed()).reverse() };
  const recorded = { before: nearestRecorded(turns), after: nearestRecorded(turns.toReversed()).reverse() };
  return turns.flatMap(({ a, b, speaker, content, at: time }, i): Found[] => {
    if (a !== null || b === null) return [];
    const held = Number(sides.before[i]! <= NEAR_TURNS) + Number(sides.after[i]! <= NEAR_TURNS);
    const at = Math.round(time);
    return [
      {
        id: copyId(conversationId, speaker, at, content),
        ...{ speaker, content, at, isOwn: own.has(speaker), certainty: CERTAINTY[held as 0 | 1 | 2] },
        theirId: theirIdOf(Number(b)),
        afterId: recorded.before[i]!,
        beforeId: recorded.after[i]!,
      },
    ];
  });
}

/** For each turn, how many turns back the last one is that both have. */
function nearestShared(turns: readonly MergedTurn[]): number[] {
  let apart = Number.POSITIVE_INFINITY;
  return turns.map(({ a, b }) => {
    apart = a !== null && b !== null ? 0 : apart + 1;
    return apart;
  });
}

/** For each turn, the last one of the record up to it. */
function nearestRecorded(turns: readonly MergedTurn[]): (string | null)[] {
  let last: string | null = null;
  return turns.map(({ a }) => {
    last = a ?? last;
    return last;
  });
}

/** The same message of the same chat has the same id, however often it is sent. */
function copyId(conversationId: string, speaker: string, at: number, content: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([conversationId, speaker, at, content]))
    .digest('hex');
  return `copy_${digest.slice(0, 24)}`;
}
