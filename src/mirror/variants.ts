import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Which rules predict. The first version of each kind is the one that is shown unless a flag says otherwise. */
export const VERSIONS = {
  reply: ['fit-1', 'nearest-1'],
  decision: ['alike-1', 'frequent-1'],
} as const;
export type PredictedKind = keyof typeof VERSIONS;
export type Version<K extends PredictedKind> = (typeof VERSIONS)[K][number];
export interface Versions<K extends PredictedKind> {
  shown: Version<K>;
  shadow: Version<K> | null;
}

const flagOf = <const V extends readonly string[]>(versions: V) =>
  z.strictObject({
    shown: z.enum(versions),
    /** runs beside it, unseen, and is scored by the same truths */
    shadow: z.enum(versions).nullable(),
    /** of the users, 0 to 1 */
    share: z.number().min(0).max(1),
  });

/** What the flag `mirror` holds in KV, under the key `flag:mirror`. Switching versions is writing it. */
export const MirrorFlag = z.strictObject({
  reply: flagOf(VERSIONS.reply).optional(),
  decision: flagOf(VERSIONS.decision).optional(),
});
export type MirrorFlag = z.infer<typeof MirrorFlag>;

/** Both versions run for everybody, so that there is a report to switch by. */
const DEFAULT_SHARE = 1;

/** The versions that predict for one user: the one that is shown, and perhaps one in shadow. */
export function versionsFor<K extends PredictedKind>(kind: K, user: string, flag: MirrorFlag): Versions<K> {
  const said = flag[kind] as (Versions<K> & { share: number }) | undefined;
  const [first, second] = VERSIONS[kind];
  const { shown, shadow, share } = said ?? { shown: first, shadow: second, share: DEFAULT_SHARE };
  const isIn = shadow !== null && shadow !== shown && bucket(user, kind) < share;
  return { shown, shadow: isIn ? shadow : null };
}

/** Where a user falls, 0 to 1: the same place each time, and for each kind another. */
export function bucket(user: string, kind: string): number {
  const digest = createHash('sha256').update(`${kind}\u0000${user}`).digest();
  return digest.readUInt32BE(0) / 2 ** 32;
}

/** What KV holds, or no flag at all where it is missing or cannot be read. */
export function parseFlag(text: string | null): MirrorFlag {
  if (text === null) return {};
  try {
    return MirrorFlag.parse(JSON.parse(text));
  } catch (error) {
    console.error('the flag "mirror" is not valid, using the defaults', { error: String(error) });
    return {};
  }
}
