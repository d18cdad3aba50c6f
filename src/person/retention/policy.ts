import { log } from '../../shared/log.ts';
import { RetentionPolicies, type RetentionPolicy } from './contract.ts';

const DAY_MS = 86_400_000;

let held: { text: string; policies: RetentionPolicies } = { text: '', policies: {} };

/**
 * `RETENTION` as it is read once an isolate. What cannot be read removes nothing: what was kept too long can still be
 * removed, what was removed by mistake cannot be had back.
 */
export function policiesOf(text: string): RetentionPolicies {
  if (held.text !== text) {
    let policies: RetentionPolicies = {};
    try {
      policies = RetentionPolicies.parse(JSON.parse(text));
    } catch {
      log.error('RETENTION cannot be read, so nothing is removed for its age');
    }
    held = { text, policies };
  }
  return held.policies;
}

/** A tenant's policy, whether or not it is named. */
export function policyOf(policies: RetentionPolicies, tenantId: string): RetentionPolicy {
  if (Object.hasOwn(policies, tenantId)) return policies[tenantId]!;
  return Object.hasOwn(policies, '*') ? policies['*']! : {};
}

/** Epoch ms: what is older is over its time. Null: nothing ever is. */
export const cutoffOf = (days: number | undefined, now: number): number | null =>
  days === undefined ? null : now - days * DAY_MS;

/**
 * When to remove something: within a day of when it is over its time, at the same time of day each time, so that an
 * object wakes up once a day at most. That time follows from `anchor`, so that not all objects ring together.
 *
 * @param at epoch ms of the oldest, null: there is none
 */
export function removalAt(at: number | null, days: number | undefined, anchor: number): number | null {
  if (at === null || days === undefined) return null;
  const over = at + days * DAY_MS - anchor;
  return (Math.floor(over / DAY_MS) + 1) * DAY_MS + anchor;
}
