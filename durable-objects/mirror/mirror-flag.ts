import { type MirrorFlag, parseFlag } from '../../src/mirror/variants.ts';

/** Key in KV; JSON as `MirrorFlag` says. Without a time to live: it stands until it is written again. */
export const MIRROR_FLAG_KEY = 'flag:mirror';
/** A new flag is followed by all isolates within this time and KV's own minute. */
const TTL_MS = 60_000;

let known: { flag: MirrorFlag; at: number } | null = null;

/** Which versions of the mirror's rules are shown. KV being down changes nothing: the last known flag, or none, holds. */
export async function mirrorFlag(kv: Pick<KVNamespace, 'get'>, now: number): Promise<MirrorFlag> {
  if (known && now - known.at < TTL_MS) return known.flag;
  try {
    known = { flag: parseFlag(await kv.get(MIRROR_FLAG_KEY)), at: now };
  } catch (error) {
    console.error('the flag "mirror" cannot be read', { error: String(error) });
    known = { flag: known?.flag ?? {}, at: now };
  }
  return known.flag;
}
