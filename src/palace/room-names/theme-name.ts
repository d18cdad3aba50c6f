import type { RoomPlan } from '../model.ts';

/** What a room is called that has no name of its own: "People", "People 2". */
export function themeName({ theme, ordinal }: Pick<RoomPlan, 'theme' | 'ordinal'>): string {
  const title = theme[0]!.toUpperCase() + theme.slice(1);
  return ordinal === 0 ? title : `${title} ${ordinal + 1}`;
}
