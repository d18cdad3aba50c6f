import { z } from '@hono/zod-openapi';
import { Content, LIMITS, QueryText, Role, Timestamp } from '../../messages/contract.ts';
import { originFields } from '../contract.ts';
import { Category, Point } from '../rooms/contract.ts';

/** No coordinate lies farther out, in metres: float32 still tells a quarter of a millimetre apart at 2 km. */
const FARTHEST = 100_000;
const coordinate = z.number().min(-FARTHEST).max(FARTHEST);
const Coordinates = z
  .tuple([coordinate, coordinate, coordinate])
  .openapi({ type: 'array', items: { type: 'number' }, example: [0, 0, 0] });
const Share = z.number().min(0).max(1);
const PalaceId = z.string().min(1).max(64);

export const MemoryView = z
  .object({
    id: z.string().openapi({ description: 'The ULID of its message.' }),
    kind: z.enum(['message', 'note']),
    message_id: z.string().nullable(),
    conversation_id: z.string(),
    role: Role,
    speaker: z.string().nullable(),
    content: z.string(),
    timestamp: z.string(),
    /** null, like the three after it, until the memory is placed */
    palace_id: z.string().nullable(),
    room_id: z.string().nullable(),
    category: Category.nullable(),
    position: Point.nullable(),
    salience: z.number().openapi({ description: 'How much it matters, 0 to 1.' }),
    pinned: z.boolean().openapi({ description: 'A pinned memory does not fade.' }),
    strength: z.number().openapi({ description: 'Probability that it is recalled now (FSRS retrievability).' }),
    stability_days: z.number().openapi({ description: 'Days until the strength falls to 0.9.' }),
    difficulty: z.number().openapi({ description: 'FSRS difficulty, 1 to 10.' }),
    reviews: z.number().int(),
    lapses: z.number().int(),
    last_review: z.string(),
    due: z.string().openapi({ description: 'When a review is worth its while: strength 0.9.' }),
    valid_from: z.string(),
    valid_until: z.string().nullable(),
    superseded_by: z.string().nullable(),
    duplicate_of: z.string().nullable().openapi({ description: 'The first memory that says the same.' }),
    ...originFields,
  })
  .openapi('Memory');
export type MemoryView = z.infer<typeof MemoryView>;

/** A list's page; `total` counts over all pages. */
export const MemoryPage = z.object({ items: z.array(MemoryView), next: z.string().nullable() }).openapi('MemoryPage');
export type MemoryPage = z.infer<typeof MemoryPage>;

export const NewNote = z
  .strictObject({
    content: Content.openapi({ example: 'The spare key hangs behind the barometer.' }),
    category: Category.optional().openapi({ description: 'Default: found from the text.' }),
    salience: Share.optional(),
    palace_id: PalaceId.optional().openapi({ description: 'Default: the default palace.' }),
    timestamp: Timestamp.optional(),
  })
  .openapi('NewNote');
export type NewNote = z.infer<typeof NewNote>;

export const MemoryPatch = z
  .strictObject({
    category: Category.optional().openapi({ description: 'Moves the memory to a room of that category.' }),
    salience: Share.optional(),
    pinned: z.boolean().optional(),
    valid_until: Timestamp.nullable().optional(),
    superseded_by: z.string().min(1).max(256).nullable().optional().openapi({
      description: 'The memory that says what is true now. This one stays, and its validity ends where that begins.',
    }),
  })
  .refine((patch) => Object.keys(patch).length > 0, 'Must change something.')
  .openapi('MemoryPatch', { example: { pinned: true } });
export type MemoryPatch = z.infer<typeof MemoryPatch>;

/** Conditions on a memory; all must hold. */
export const MemoryFilters = z
  .strictObject({
    category: Category.optional(),
    room_id: z.string().min(1).max(32).optional(),
    min_strength: Share.optional(),
    pinned: z.boolean().optional(),
    due: z.boolean().optional().openapi({ description: 'true: only those whose next review has come.' }),
    kind: z.enum(['message', 'note']).optional(),
    valid_at: Timestamp.optional().openapi({ description: 'Only what was held true then.' }),
    include_superseded: z.boolean().default(true),
    include_duplicates: z.boolean().default(true),
  })
  .openapi('MemoryFilters');
export type MemoryFilters = z.infer<typeof MemoryFilters>;

const BoxShape = z
  .strictObject({ type: z.literal('box'), min: Coordinates, max: Coordinates })
  .superRefine(({ min, max }, context) => {
    for (const axis of [0, 1, 2] as const) {
      if (min[axis] <= max[axis]) continue;
      context.addIssue({ code: 'custom', path: ['max', axis], message: 'Must not be less than its minimum.' });
    }
  });
const SphereShape = z.strictObject({
  type: z.literal('sphere'),
  center: Coordinates,
  radius: z.number().min(0).max(FARTHEST),
});
const isDirection = (vector: readonly number[]) => Math.hypot(...vector) > 1e-6;
const FrustumShape = z
  .strictObject({
    type: z.literal('frustum'),
    position: Coordinates,
    direction: Coordinates.refine(isDirection, 'Must not be zero.'),
    up: Coordinates.refine(isDirection, 'Must not be zero.').default([0, 0, 1]),
    fov_degrees: z.number().min(1).max(170).openapi({ description: 'From the lower to the upper edge.' }),
    aspect: z.number().min(0.01).max(100).default(1).openapi({ description: 'Width over height.' }),
    near: z.number().min(0).max(FARTHEST).default(0),
    far: z.number().min(0).max(FARTHEST),
  })
  .superRefine(({ direction, up, near, far }, context) => {
    if (near >= far) context.addIssue({ code: 'custom', path: ['far'], message: 'Must be more than near.' });
    const cross = [
      direction[1] * up[2] - direction[2] * up[1],
      direction[2] * up[0] - direction[0] * up[2],
      direction[0] * up[1] - direction[1] * up[0],
    ];
    if (Math.hypot(...cross) > 1e-6 * Math.hypot(...direction) * Math.hypot(...up)) return;
    context.addIssue({ code: 'custom', path: ['up'], message: 'Must not be parallel to the direction.' });
  });
const NearestShape = z.strictObject({
  type: z.literal('nearest'),
  point: Coordinates,
  k: z.number().int().min(1).max(LIMITS.pageMax),
  max_distance: z.number().min(0).max(FARTHEST).optional(),
});

export const Shape = z
  .discriminatedUnion('type', [BoxShape, SphereShape, FrustumShape, NearestShape])
  .openapi({ example: { type: 'sphere', center: [6, 18, 3], radius: 8 } });
export type Shape = z.infer<typeof Shape>;

export const SpatialQuery = z
  .strictObject({
    palace_id: PalaceId.optional(),
    shape: Shape,
    filters: MemoryFilters.optional(),
    text: QueryText.optional().openapi({
      description: 'Ranks what lies in the shape by its fit to this text; what does not fit is left out.',
    }),
    limit: z.number().int().min(1).max(LIMITS.pageMax).default(LIMITS.pageDefault),
    cursor: z.string().min(1).max(200).optional(),
  })
  .openapi('SpatialQuery');
export type SpatialQuery = z.infer<typeof SpatialQuery>;

/** `distance` is in metres from a sphere's centre, a nearest query's point or a frustum's eye; null for a box. */
const PlacedMemory = MemoryView.extend({
  distance: z.number().nullable(),
  score: z.number().optional().openapi({ description: 'Fit to the text, if one was given.' }),
}).openapi('PlacedMemory');
export type PlacedMemory = z.infer<typeof PlacedMemory>;

export const SpatialAnswer = z
  .object({
    items: z.array(PlacedMemory),
    next: z.string().nullable(),
    total: z.number().int().openapi({ description: 'Memories that match, over all pages.' }),
    epoch: z.number().int().openapi({ description: 'Grows with every change to the palace.' }),
    timing_ms: z.number(),
  })
  .openapi('SpatialAnswer');
export type SpatialAnswer = z.infer<typeof SpatialAnswer>;

export const Rating = z.enum(['again', 'hard', 'good', 'easy']);
export type Rating = z.infer<typeof Rating>;

export const Reinforcement = z
  .strictObject({
    rating: Rating.default('good').openapi({
      description:
        'How well it was recalled. A search strengthens nothing by itself: mark what was used, with `hard` for a gentle touch.',
    }),
  })
  .openapi('Reinforcement');
export type Reinforcement = z.infer<typeof Reinforcement>;

export const Curve = z
  .object({
    memory_id: z.string(),
    pinned: z.boolean(),
    last_review: z.string(),
    due: z.string(),
    /** what the strength was and will be if nothing is done, oldest first */
    points: z.array(z.object({ at: z.string(), strength: z.number() })),
  })
  .openapi('ForgettingCurve');
export type Curve = z.infer<typeof Curve>;
