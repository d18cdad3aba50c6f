import { PATTERN_MESSAGES } from '../../src/archaeology/patterns/contract.ts';
import type { HistoryMessage } from '../../src/archaeology/patterns/pattern.ts';
import { BREAK_MS } from '../../src/archaeology/patterns/sessions.ts';
import { TIMELINE_MESSAGES, type TimelineAnswer, type TimelineQuery } from '../../src/archaeology/timeline/contract.ts';
import { timeline } from '../../src/archaeology/timeline/timeline.ts';
import { readEmotion } from '../../src/mirror/emotion/read-emotion.ts';
import { done, type Outcome } from '../../src/shared/errors.ts';
import { iso } from '../../src/shared/instant.ts';
import type { Stores } from '../stores/stores.ts';
import { gapView } from './archaeology-views.ts';
import type { HistoryReader, Stretch } from './history-reader.ts';

/** Gaps that lie over one timeline, at most. */
const GAPS = 1_000;
/** The mood of more messages than this is not read for one answer. */
const READ_FOR_MOOD = 5_000;
/** Messages before a timeline that are read to know what it goes on with, at most. */
const LEAD_MESSAGES = 1_000;

/** A timeline as the API shows it. Refused where the interval is reversed or has too many buckets. */
export function timelineAnswer(
  stores: Stores,
  history: HistoryReader,
  query: TimelineQuery,
  { withGaps, withValence }: { withGaps: boolean; withValence: boolean },
): Outcome<TimelineAnswer> {
  const [from, to] = [query.from, query.to].map((time) => (time === undefined ? null : Date.parse(time)));
  const stretch: Stretch = { conversationId: query.conversation_id ?? null, from: from!, to: to! };
  const { messages, isWhole } = history.read(stretch, TIMELINE_MESSAGES);
  const isMoodRead = withValence && messages.length <= READ_FOR_MOOD;
  const gaps = withGaps ? stores.gaps.list({ ...stretch, minProbability: null, after: null, limit: GAPS }) : [];
  const lead = leadOf(history, stretch);
  const drawn = timeline([...lead, ...(isMoodRead ? messages.map(withMood) : messages)], {
    resolution: query.resolution,
    from: from ?? undefined,
    to: to ?? undefined,
    offsetMinutes: query.utc_offset_minutes,
    gaps,
    patterns: history.patterns(stretch, PATTERN_MESSAGES).patterns,
  });
  if (!drawn.ok) {
    const faults = [
      { in: 'query' as const, pointer: from !== null && to !== null ? '/to' : '/resolution', detail: drawn.detail },
    ];
    return { ...drawn, faults };
  }
  const { resolution, starts, series, changes } = drawn.value;
  const { othersMessages, latency, valence, ...others } = series;
  return done({
    resolution,
    starts: starts.map((at) => iso(at)),
    series: { ...others, others_messages: othersMessages, latency_ms: latency, valence: isMoodRead ? valence : null },
    gaps: withGaps ? drawn.value.gaps.map(gapView) : null,
    changes: changes.map((change) => ({ ...change, at: iso(change.at) })),
    messages: messages.length,
    is_whole: isWhole,
  });
}

/** What was said just before a stretch: without it, the stretch would begin conversations and answer nobody. */
function leadOf(history: HistoryReader, { conversationId, from }: Stretch): HistoryMessage[] {
  if (from === null) return [];
  return history.read({ conversationId, from: from - BREAK_MS, to: from - 1 }, LEAD_MESSAGES).messages;
}

function withMood<M extends { isOwn: boolean; content: string }>(message: M): M & { valence: number | null } {
  const reading = message.isOwn ? readEmotion(message.content) : null;
  return { ...message, valence: reading?.isReadable ? reading.valence : null };
}
