import type { StoredLife } from '../../drizzle/schema.ts';
import { contains, MAX_ROOMS_A_THEME, planRoom } from '../../src/palace/layouts.ts';
import type { Palace, Vec3 } from '../../src/palace/model.ts';
import { Category, Layout } from '../../src/palace/rooms/contract.ts';
import { strengthAt } from '../../src/palace/strength.ts';
import type { StoredMessage } from '../../src/persistence/messages.ts';
import type { Architect } from '../palace/architect.ts';
import type { LooseLink } from '../stores/meta-store.ts';
import type { Stores } from '../stores/stores.ts';

/** What Postgres keeps of a placed memory, beside its position and its vector. */
export interface StoredPlace {
  life: StoredLife;
  category: string;
  strength: number;
}

/** Lives of those rows that are placed, as Postgres keeps them. */
export function livesToStore(stores: Stores, rows: readonly number[], now: number): Map<number, StoredPlace> {
  const lives = [...stores.lives.byRows(rows).values()];
  const palaces = new Map(stores.palaces.all().map((palace) => [palace.row, palace]));
  const others = lives.flatMap((life) => [life.supersededBy, life.duplicateOf]).filter((row) => row !== null);
  const ids = new Map(stores.messages.byRows(others).map(({ row, id }) => [row, id]));
  const idOf = (row: number | null) => (row === null ? null : (ids.get(row) ?? null));
  return new Map(
    lives.flatMap((life) => {
      const palace = palaces.get(life.palace);
      if (!palace) return [];
      const { id, name, layout, isDefault, createdAt } = palace;
      const { kind, salience, pinned, stability, difficulty, reps, lapses, lastReview, due } = life;
      const { validFrom, validUntil, wordsKey } = life;
      const stored: StoredLife = {
        palace: { id, name, layout, isDefault, createdAt },
        ...{ kind, salience, pinned, stability, difficulty, reps, lapses, lastReview, due, validFrom, validUntil },
        supersededBy: idOf(life.supersededBy),
        duplicateOf: idOf(life.duplicateOf),
        wordsKey,
      };
      const strength = pinned ? 1 : strengthAt(life, now);
      return [[life.row, { life: stored, category: life.category, strength }] as const];
    }),
  );
}

/**
 * Gives a restored memory its life back: its palace and its room are built again where they are missing, since a layout
 * puts them where they were. Without one, or where it does not fit the layouts of today, it waits to be placed anew.
 */
export function takeLife(stores: Stores, architect: Architect, row: number, message: StoredMessage): void {
  const { life, position } = message;
  const category = Category.safeParse(message.category);
  const layout = Layout.safeParse(life?.palace.layout);
  if (!life || !position || !category.success || !layout.success) return;
  const palace = palaceOf(architect, life, layout.data);
  const ordinal = ordinalAt(palace, category.data, position);
  if (ordinal === null) return;
  const { palace: _palace, supersededBy, duplicateOf, ...kept } = life;
  stores.lives.put({
    ...kept,
    row,
    palace: palace.row,
    room: architect.roomAt(palace, category.data, ordinal).row,
    category: category.data,
    position,
    supersededBy: null,
    duplicateOf: null,
  });
  const links: LooseLink[] = [];
  if (supersededBy !== null) links.push({ row, field: 'superseded_by', id: supersededBy });
  if (duplicateOf !== null) links.push({ row, field: 'duplicate_of', id: duplicateOf });
  const loose = links.filter((link) => !tie(stores, link));
  if (loose.length > 0) stores.meta.setLooseLinks([...stores.meta.looseLinks(), ...loose]);
}

/** Ties what pointed to memories that came back later. What they point to may be gone: then nothing is tied. */
export function tieLooseLinks(stores: Stores): void {
  for (const link of stores.meta.looseLinks()) tie(stores, link);
  stores.meta.setLooseLinks([]);
}

function tie(stores: Stores, { row, field, id }: LooseLink): boolean {
  const other = stores.messages.find(id, '');
  if (other) stores.lives.link(row, field, other.row);
  return other !== null;
}

function palaceOf(architect: Architect, { palace }: StoredLife, layout: Layout): Palace {
  const known = architect.byId(palace.id);
  if (known) return known;
  // one that was made before the old one came back stays the default
  const isDefault = palace.isDefault && !architect.all().some((other) => other.isDefault);
  return architect.build(palace.id, palace.name, layout, isDefault, palace.createdAt);
}

/** The number of the category's room in which a place lies, or null. */
function ordinalAt({ layout }: Palace, category: Category, position: Vec3): number | null {
  for (let ordinal = 0; ordinal < MAX_ROOMS_A_THEME; ordinal++) {
    if (contains(planRoom(layout, category, ordinal).bounds, position)) return ordinal;
  }
  return null;
}
