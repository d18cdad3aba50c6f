import { describe, expect, it } from 'vitest';
import { Scope } from '../../src/auth/contract.ts';
import { fillPath, type Route } from './api-routes.ts';
import { type Client, call, newClient } from './client.ts';
import { everyRoute } from './routes.ts';

/** A person with data, for others to try and reach. */
export interface Victim {
  client: Client;
  userId: string;
  /** an id of this person's for every `{name}` that a path may hold */
  ids: Record<string, string>;
  /** text that must never be shown to another */
  secrets: string[];
}

const isOpen = (route: Route) => route.operation.security === undefined;
const createsUser = (route: Route) => 'x-creates-user' in route.operation;
/** It is about something that must be there already. */
const seeks = (route: Route) => route.template.includes('{') && !createsUser(route);

function request(route: Route, ids: Record<string, string>, authorization: string | null) {
  const body =
    route.body === undefined ? null : JSON.stringify({ ...route.body, user_id: undefined, ...withUser(route, ids) });
  const headers = new Headers();
  if (authorization !== null) headers.set('authorization', authorization);
  if (body !== null) headers.set('content-type', 'application/json');
  if (route.template.includes('/ws/')) headers.set('upgrade', 'websocket');
  return call(fillPath(route.template, ids) + route.query, { method: route.method, headers, body });
}

const withUser = (route: Route, ids: Record<string, string>) =>
  typeof route.body === 'object' && route.body !== null && 'user_id' in route.body ? { user_id: ids.user_id } : {};

/**
 * Tries every route of /openapi.json with keys that must not reach a person: none, without scope, of another tenant,
 * bound to another person. A new route is covered as soon as it is described.
 */
export function securitySuite(victimOf: () => Promise<Victim>): void {
  describe('every route', () => {
    it('asks for a key unless it is described as open', async () => {
      const { ids } = await victimOf();
      for (const route of await everyRoute()) {
        const reply = await request(route, ids, null);
        if (isOpen(route)) expect([route.name, reply.status]).toEqual([route.name, 200]);
        else expect([route.name, reply.status, reply.body.code]).toEqual([route.name, 401, 'unauthenticated']);
      }
    });

    it('refuses a key without scope', async () => {
      const { client, ids } = await victimOf();
      const powerless = await newClient({ tenantId: client.tenantId, scopes: [] });
      for (const route of (await everyRoute()).filter((r) => !isOpen(r))) {
        const reply = await request(route, ids, powerless.authorization);
        expect([route.name, reply.status, reply.body.code]).toEqual([route.name, 403, 'forbidden']);
      }
    });

    it.each(['of another tenant', 'bound to another person'])(
      'shows a key %s nothing, and finds nothing',
      async (kind) => {
        const victim = await victimOf();
        const { tenantId } = victim.client;
        const theirs = kind === 'of another tenant' ? {} : { tenantId, userId: 'someone else' };
        const stranger = await newClient({ ...theirs, scopes: Scope.options });
        // routes that seek nothing come last: a stranger may well write to a person of their own of the same name
        const routes = (await everyRoute()).filter((r) => !isOpen(r));
        for (const route of [...routes.filter(seeks), ...routes.filter((r) => !seeks(r))]) {
          const reply = await request(route, victim.ids, stranger.authorization);
          if (seeks(route)) expect([route.name, reply.status, reply.body.code]).toEqual([route.name, 404, 'not_found']);
          const shown = reply.text + JSON.stringify([...reply.headers]);
          for (const secret of [...victim.secrets, tenantId]) {
            expect(shown.includes(secret) ? `${route.name} shows ${secret}` : '').toBe('');
          }
        }
      },
    );

    it('answers the owner', async () => {
      const { client, ids } = await victimOf();
      const missed: string[] = [];
      const routes = await everyRoute();
      const ending = (route: Route) => route.method === 'DELETE'; // last: it takes what others seek
      const erasing = (route: Route) => ending(route) && route.template.endsWith('/users/{user_id}'); // it takes all else
      const rank = (route: Route) => Number(ending(route)) + Number(erasing(route));
      for (const route of routes.toSorted((a, b) => rank(a) - rank(b))) {
        const reply = await request(route, ids, client.authorization);
        if (reply.status === 404) missed.push(route.name);
      }
      expect(missed).toEqual([]); // so the refusals above were not for a mistyped path
    });
  });
}
