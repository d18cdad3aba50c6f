import { expect, it } from 'vitest';
import { CACHES, type CachePolicy } from '../../src/cache/policy.ts';
import { scopePrefix } from '../../src/cache/scope.ts';

const policies: CachePolicy[] = Object.values(CACHES);

it('leaves the embedding model and the work of an isolate their memory', () => {
  expect(policies.reduce((sum, { l1Bytes }) => sum + l1Bytes, 0)).toBeLessThanOrEqual(32_000_000);
});

it('gives no two caches the same start of a key', () => {
  expect(new Set(policies.map(({ key }) => key.split(':')[0])).size).toBe(policies.length);
});

it('keeps the share of the isolate within the budget', () => {
  for (const { l1Bytes, budgetBytes } of policies) expect(l1Bytes).toBeLessThanOrEqual(budgetBytes);
});

it('derives a key prefix that shows nothing of the scope', async () => {
  expect(await scopePrefix('emb1', 'tenant/ana')).toMatch(/^emb1:[0-9a-f]{32}:$/);
});
