import type { Role } from '../messages/contract.ts';
import type { SearchFilters } from './contract.ts';
import type { Interner } from './interner.ts';
import type { MessageTable } from './message-table.ts';

const ROLE_NUMBERS: Record<Role, number> = { user: 0, assistant: 1, system: 2 };

export const roleNumber = (role: Role): number => ROLE_NUMBERS[role];

/**
 * One test of a row for all conditions: `after` is included, `before` excluded, names match exactly.
 * A name that no message has matches nothing.
 */
export function rowFilter(
  filters: SearchFilters,
  table: MessageTable,
  conversations: Interner,
  speakers: Interner,
): (row: number) => boolean {
  const after = filters.after === undefined ? -Infinity : Date.parse(filters.after);
  const before = filters.before === undefined ? Infinity : Date.parse(filters.before);
  const inConversation = anyOf(filters.conversation_ids?.map((name) => conversations.idOf(name)));
  const bySpeaker = anyOf(filters.speakers?.map((name) => speakers.idOf(name)));
  const inRole = anyOf(filters.roles?.map(roleNumber));
  return (row) => {
    const sentAt = table.sentAt[row]!;
    return (
      sentAt >= after &&
      sentAt < before &&
      inConversation(table.conversation[row]!) &&
      bySpeaker(table.speaker[row]!) &&
      inRole(table.role[row]!)
    );
  };
}

function anyOf(allowed: readonly (number | undefined)[] | undefined): (value: number) => boolean {
  if (allowed === undefined) return () => true;
  const set = new Set(allowed);
  return (value) => set.has(value);
}
