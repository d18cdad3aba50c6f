import { beforeAll, expect, it } from 'vitest';
import { app } from '../../src/app.ts';
import { Scope } from '../../src/auth/contract.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { describeApi, everyRoute } from '../helpers/routes.ts';

beforeAll(() => void useTestEmbedder());

/** Pages, and what Prometheus reads: no part of the API. */
const PAGES = /^\/(docs|operator|metrics|openapi\.json)(\/|$)/;

/** Routes of the app that answer requests, as the description names them. Middleware has method ALL. */
const served = () =>
  app.routes
    .filter(({ method, path }) => method !== 'ALL' && !PAGES.test(path))
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);

it('lists every route that is served, and no other', async () => {
  const listed = (await everyRoute()).map(({ name }) => name);
  expect(listed.toSorted()).toEqual([...new Set(served())].toSorted());
});

it('is an OpenAPI 3.1 document in which every reference leads somewhere', async () => {
  const api = await describeApi();
  expect(api.openapi).toMatch(/^3\.1\./);
  const references = [...JSON.stringify(api).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]!);
  expect(references.length).toBeGreaterThan(0);
  for (const reference of references) {
    const found = reference
      .split('/')
      .slice(1)
      .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], api);
    expect(found, reference).toBeTypeOf('object');
  }
});

it('describes each route: what it is for, what its path holds, what a refusal looks like', async () => {
  for (const { name, template, operation } of await everyRoute()) {
    expect(operation.summary, name).toBeTruthy();
    const declared = (operation.parameters ?? []).filter((p) => p.in === 'path').map((p) => p.name);
    expect(declared.toSorted(), name).toEqual([...template.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!).toSorted());
    const answers = JSON.stringify(operation.responses);
    if (template.startsWith('/api/')) {
      const ticket = template.includes('/ws/') ? [{ ticket: [] }] : [];
      expect(operation.security, name).toEqual([{ bearer: [] }, ...ticket]);
      expect(Scope.options, name).toContain(operation['x-scope']);
      expect(answers, name).toContain('application/problem+json');
    }
  }
});

it('names the published limits', async () => {
  const { components } = await describeApi();
  const text = JSON.stringify(components.schemas);
  expect(text).toContain('"maxItems":500');
  expect(text).toContain('"maximum":100');
});
