import { type Fault, type Outcome, type Refusal, refused } from '../../shared/errors.ts';
import type { ReconstructBody } from './contract.ts';
import type { Place } from './ports.ts';

/** A message beside an interval is no neighbour if it lies further off than this. */
const NEIGHBOUR_WITHIN_MS = 7 * 86_400_000;

/** A message by its place alone. Order within a conversation is that of time, then of arrival. */
export interface MessageHead {
  id: string;
  conversationId: string;
  /** epoch ms */
  at: number;
}

/** Look-ups in the person's record. */
export interface PlaceLookup {
  gap(id: string): { conversationId: string; afterId: string; beforeId: string; missing: Place['missing'] } | null;
  message(id: string): MessageHead | null;
  next(head: MessageHead): MessageHead | null;
  previous(head: MessageHead): MessageHead | null;
  /** the last message of a conversation at or before `at`, the first at or after it */
  lastUntil(conversationId: string, at: number): MessageHead | null;
  firstFrom(conversationId: string, at: number): MessageHead | null;
}

/** A place without its messages: those up to `after` and those from `before` on are still to be read. */
export interface Location extends Pick<Place, 'conversationId' | 'gapId' | 'from' | 'to' | 'missing'> {
  after: MessageHead | null;
  before: MessageHead | null;
}

/**
 * Which stretch between two neighbouring messages a request means. An interval without messages near it is located
 * with no neighbours; one that overlaps messages, and messages that are no neighbours, are refused with a pointer.
 */
export function locate(body: ReconstructBody, lookup: PlaceLookup): Outcome<Location> {
  if (body.gap_id !== undefined) return atGap(body.gap_id, lookup);
  if (body.from !== undefined && body.to !== undefined && body.conversation_id !== undefined)
    return inInterval(body.conversation_id, Date.parse(body.from), Date.parse(body.to), lookup);
  return besideMessages(body, lookup);
}

function atGap(gapId: string, lookup: PlaceLookup): Outcome<Location> {
  const gap = lookup.gap(gapId);
  if (!gap) return refused('not_found', 'There is no such gap.');
  const [after, before] = [lookup.message(gap.afterId), lookup.message(gap.beforeId)];
  if (!after || !before) return refused('not_found', 'The messages beside this gap are no longer there.');
  return located({ gapId, after, before, missing: gap.missing });
}

function inInterval(conversationId: string, from: number, to: number, lookup: PlaceLookup): Outcome<Location> {
  const after = near(lookup.lastUntil(conversationId, from), from);
  const before = near(lookup.firstFrom(conversationId, to), to);
  const inside = lookup.firstFrom(conversationId, from + 1);
  if (inside && inside.at < to)
    return faulty('/from', 'Messages stand in this interval. Name the stretch between two neighbouring ones.');
  return { ok: true, value: { conversationId, gapId: null, from, to, missing: null, after, before } };
}

function besideMessages(body: ReconstructBody, lookup: PlaceLookup): Outcome<Location> {
  const { after_message_id: afterId, before_message_id: beforeId, conversation_id: conversationId } = body;
  const after = afterId === undefined ? null : lookup.message(afterId);
  const before = beforeId === undefined ? null : lookup.message(beforeId);
  if ((afterId !== undefined && !after) || (beforeId !== undefined && !before))
    return refused('not_found', 'There is no such message.');
  for (const head of [after, before]) {
    if (head && conversationId !== undefined && head.conversationId !== conversationId)
      return faulty('/conversation_id', 'The message is of another conversation.');
  }
  if (after && before) {
    if (after.conversationId !== before.conversationId)
      return faulty('/before_message_id', 'The two messages are of different conversations.');
    if (lookup.next(after)?.id !== before.id)
      return faulty('/before_message_id', 'It must stand right after the other: no message may lie between them.');
    return located({ gapId: null, after, before, missing: null });
  }
  if (after) return located({ gapId: null, after, before: lookup.next(after), missing: null });
  return located({ gapId: null, after: lookup.previous(before!), before, missing: null });
}

function located(found: Pick<Location, 'gapId' | 'after' | 'before' | 'missing'>): Outcome<Location> {
  const { after, before } = found;
  const [from, to] = [after?.at ?? null, before?.at ?? null];
  // a clock that ran backwards
  const isReversed = from !== null && to !== null && from > to;
  return {
    ok: true,
    value: {
      ...found,
      conversationId: (after ?? before)!.conversationId,
      from: isReversed ? to : from,
      to: isReversed ? from : to,
    },
  };
}

const near = (head: MessageHead | null, at: number) =>
  head !== null && Math.abs(head.at - at) <= NEIGHBOUR_WITHIN_MS ? head : null;

function faulty(pointer: `/${keyof ReconstructBody}`, detail: string): Refusal {
  const faults: Fault[] = [{ in: 'body', pointer, detail }];
  return { ...refused('invalid_input', detail), faults };
}
