import { runInDurableObject } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { migrate, USER_MEMORY_MIGRATIONS } from '../../durable-objects/migrations.ts';
import { KEPT_CHANGES, KEPT_READS } from '../../durable-objects/stores/audit-store.ts';
import { openStores } from '../../durable-objects/stores/stores.ts';
import type { AuditAction } from '../../src/person/audit/contract.ts';
import { objectOf } from '../helpers/person.ts';

it('keeps a bounded number of reads, and no read however often pushes a change of consent out', () =>
  runInDurableObject(objectOf({ tenantId: 'audit', userId: crypto.randomUUID() }), (_object, { storage }) => {
    migrate(storage, USER_MEMORY_MIGRATIONS);
    const { audit } = openStores(storage);
    const add = (action: AuditAction, at: number) =>
      audit.add({ at, action, inferences: ['style'], keyId: 'k', requestId: 'r' });
    add('consent.granted', 0);
    for (let i = 1; i <= KEPT_READS + 2_000; i++) add('profile.read', i);
    const kept = audit.list(null, 100_000);
    expect(kept.length).toBeLessThan(KEPT_READS + 502);
    expect([kept[0]!.at, kept.at(-1)!.action]).toEqual([KEPT_READS + 2_000, 'consent.granted']);
    for (let i = 0; i < KEPT_CHANGES + 1_500; i++) add(i % 2 === 0 ? 'consent.withdrawn' : 'consent.granted', i);
    const changes = audit.list(null, 100_000).filter(({ action }) => action.startsWith('consent.'));
    expect(changes.length).toBeLessThan(KEPT_CHANGES + 502);
  }));
