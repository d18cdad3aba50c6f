import type { Message, Turn } from './turn.ts';

/**
 * Messages that one speaker sent in a row as one turn: its text has a line for each, its vector is their mean, longer
 * messages counting more (by the root of their length), scaled to unit length. One message stays as it is.
 * @param messages at least one
 */
export function joinMessages(messages: readonly Message[], speaker: string | null = null): Turn {
  const [first] = messages;
  if (messages.length === 1) return { ...first!, speaker };
  return { text: messages.map(({ text }) => text).join('\n'), vector: meanOf(messages), speaker, messages };
}

/** Turns of which neighbours by one known speaker are joined. */
export function joinSpeakers(turns: readonly Turn[]): Turn[] {
  const runs: Turn[][] = [];
  for (const turn of turns) {
    const last = runs.at(-1);
    const isSame = turn.speaker !== undefined && turn.speaker !== null && last?.[0]?.speaker === turn.speaker;
    if (isSame) last!.push(turn);
    else runs.push([turn]);
  }
  return runs.map((run) =>
    run.length === 1
      ? run[0]!
      : joinMessages(
          run.flatMap((turn) => turn.messages ?? [turn]),
          run[0]!.speaker,
        ),
  );
}

/** Null where one has no vector or of another length: half of a turn would be taken for all of it. */
function meanOf(messages: readonly Message[]): Float32Array | null {
  const width = messages[0]!.vector?.length;
  if (width === undefined || messages.some(({ vector }) => vector?.length !== width)) return null;
  const sum = new Float32Array(width);
  for (const { text, vector } of messages) {
    const weight = Math.sqrt(text.length);
    for (let d = 0; d < width; d++) sum[d]! += weight * vector![d]!;
  }
  const length = Math.hypot(...sum);
  return length === 0 ? sum : sum.map((value) => value / length);
}
