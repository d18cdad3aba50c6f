import type { Env } from '../../env.ts';
import { withPerson } from '../../http/user-memory.ts';
import { openDb } from '../../persistence/db.ts';
import { peopleOverdue, tenantIds } from '../../persistence/retention.ts';
import { log } from '../../shared/log.ts';
import { cutoffOf, policiesOf, policyOf } from './policy.ts';

/** Of one tenant in one run; the next run takes the next. */
const MOST_PEOPLE = 200;
const AT_ONCE = 8;
/** An object removes by itself, once a day. */
const DAY_MS = 86_400_000;
const ASKING = { keyId: 'retention', requestId: '' };

/**
 * What the clock of the platform calls: wakes the objects that hold something over its time by the tenants' policies,
 * and have not removed it within a day. An object that was used since its policy was set wakes by itself; this finds the
 * others, and what only Postgres has. The objects remove it, here and there, in batches of their own.
 */
export async function sweep({ scheduledTime }: Pick<ScheduledController, 'scheduledTime'>, env: Env): Promise<void> {
  const policies = policiesOf(env.RETENTION);
  if (Object.keys(policies).length === 0) return;
  const db = openDb(env);
  for (const tenantId of await tenantIds(db)) {
    const { messages_days, audit_days } = policyOf(policies, tenantId);
    const cutoffs = {
      messages: cutoffOf(messages_days, scheduledTime - DAY_MS),
      audit: cutoffOf(audit_days, scheduledTime - DAY_MS),
    };
    if (cutoffs.messages === null && cutoffs.audit === null) continue;
    const people = await peopleOverdue(db, tenantId, cutoffs, MOST_PEOPLE);
    for (let at = 0; at < people.length; at += AT_ONCE) {
      const woken = await Promise.allSettled(
        people
          .slice(at, at + AT_ONCE)
          .map((userId) => withPerson(env, { tenantId, userId }, ASKING, (person) => person.applyRetention())),
      );
      for (const one of woken) {
        if (one.status === 'rejected') log.error('an object was not woken', { error: one.reason });
      }
    }
    if (people.length > 0) log.info('retention: objects woken', { tenant: tenantId, people: people.length });
  }
}
