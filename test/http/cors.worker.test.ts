import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, call, newClient } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';

const PAGE = 'https://app.example';
const ALLOW = 'access-control-allow-origin';

let ours: Client;
let other: Client;
beforeAll(async () => {
  useTestEmbedder();
  ours = await newClient({ tenantId: 'tenant-with-pages' });
  other = await newClient();
}, 60_000);

const preflight = (origin: string, path = '/api/v1/message') =>
  call(path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });

describe('a page elsewhere', () => {
  it('may ask before it asks, without a key, if some tenant allows its origin', async () => {
    const { status, headers } = await preflight(PAGE);
    expect([status, headers.get(ALLOW), headers.get('vary')]).toEqual([204, PAGE, 'Origin']);
    expect(headers.get('access-control-allow-headers')).toContain('authorization');
    expect(headers.get('access-control-allow-methods')).toContain('DELETE');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  });

  it.each(['https://evil.example', 'null', 'http://app.example', 'https://app.example:444', 'HTTPS://APP.EXAMPLE'])(
    'is not let in from %s',
    async (origin) => {
      const { status, headers } = await preflight(origin);
      expect([status, headers.get(ALLOW)]).toEqual([403, null]);
    },
  );

  it('reads the answers of the tenant that allows it', async () => {
    const { headers } = await ours.get('/users/nobody', { origin: PAGE });
    expect([headers.get(ALLOW), headers.get('vary')]).toEqual([PAGE, 'Origin']);
    expect(headers.get('access-control-expose-headers')).toContain('x-request-id');
  });

  it('does not read the answers of another tenant', async () => {
    const { headers } = await other.get('/users/nobody', { origin: PAGE });
    expect([headers.get(ALLOW), headers.get('vary')]).toEqual([null, 'Origin']);
  });

  it('reads why it was refused', async () => {
    const { status, headers } = await call('/api/v1/users/a', { headers: { origin: PAGE } });
    expect([status, headers.get(ALLOW)]).toEqual([401, PAGE]);
  });
});

describe('every answer', () => {
  it.each(['/health/live', '/openapi.json', '/docs/', '/docs/init.js', '/api/v1/users/nobody', '/nowhere'])(
    'tells browsers to guess and to leak nothing: %s',
    async (path) => {
      const { headers } = await call(path, { headers: { authorization: ours.authorization } });
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}/);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    },
  );

  it.each(['/docs/', '/docs/init.js', '/operator/', '/operator/operator.js', '/openapi.json'])(
    'has the id of its request, and comes also where a page elsewhere asks: %s',
    async (path) => {
      const { status, headers } = await call(path, {
        headers: { origin: 'https://elsewhere.example', 'x-request-id': 'mine' },
      });
      expect([status, headers.get('x-request-id'), headers.get(ALLOW)]).toEqual([200, 'mine', null]);
    },
  );

  it('about a person is kept by no cache', async () => {
    expect((await ours.get('/users/nobody')).headers.get('cache-control')).toBe('no-store');
  });

  it('of the docs page lets its own scripts run, and no other', async () => {
    const { text, headers } = await call('/docs/');
    expect(headers.get('content-security-policy')).toContain("script-src 'self';");
    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=/); // or it would not work
    expect(headers.get('content-type')).toMatch(/^text\/html/);
  });
});
