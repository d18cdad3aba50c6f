/**
 * When the object's one alarm must ring, or null to leave it as it is. A past alarm counts as none.
 *
 * @param set when it is set to ring, null if it is not
 * @param due when the earliest work is due, null if there is none
 */
export function nextAlarm(set: number | null, due: number | null, now: number): number | null {
  if (due === null) return null;
  const wanted = Math.max(due, now + 1);
  return set !== null && set > now && set <= wanted ? null : wanted;
}
