import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { newApiKey } from '../../src/auth/api-key.ts';
import { Scope } from '../../src/auth/contract.ts';
import { signTicket } from '../../src/auth/ticket.ts';
import { ticketKeysOf } from '../../src/auth/ticket-keys.ts';
import { revokeKey } from '../../src/persistence/api-keys.ts';
import { openDb } from '../../src/persistence/db.ts';
import { fillPath, type Route } from '../helpers/api-routes.ts';
import { rebuilt, record } from '../helpers/archaeology.ts';
import { type Client, call, newClient, type Problem, type Reply } from '../helpers/client.ts';
import { useTestEmbedder } from '../helpers/embedder.ts';
import { holdQueue } from '../helpers/person.ts';
import { everyRoute } from '../helpers/routes.ts';
import { populate } from '../helpers/victim.ts';

type Ids = Record<string, string>;
type Verdict = 'passes' | 'unauthenticated' | 'forbidden' | 'not_found';
/** What is due to somebody at a route, by its description alone. */
type Rule = (route: Route) => Verdict;

const ANA = 'ana';
const BO = 'bo';

let owner: Client;
let routes: Route[];
/** an id of everything that the person has */
let ids: { ana: Ids; bo: Ids };

beforeAll(async () => {
  useTestEmbedder();
  vi.spyOn(console, 'info').mockImplementation(() => {});
  holdQueue();
  owner = await newClient({ scopes: Scope.options });
  routes = (await everyRoute()).filter((route) => route.operation.security !== undefined);
  ids = { ana: await person(ANA), bo: await person(BO) };
}, 60_000);

async function person(userId: string): Promise<Ids> {
  const found = await populate(owner, userId);
  await owner.post(`/users/${userId}/palaces/${found.palace_id}/relayout`, {});
  await owner.post('/messages?wait=true', { user_id: userId, messages: record() });
  const [reconstruction_id = ''] = await rebuilt(owner, userId);
  return { ...found, reconstruction_id };
}

const scopeOf = (route: Route) => route.operation['x-scope'];
const isSocket = (route: Route) => route.template.includes('/ws/');
const makesTickets = (route: Route) => route.template.endsWith('/tickets');
const createsUser = (route: Route) => 'x-creates-user' in route.operation;
const namesUserInBody = (route: Route) => typeof route.body === 'object' && 'user_id' in Object(route.body);
/** It is about something that must be there already. */
const seeks = (route: Route) => route.template.includes('{') && !createsUser(route);
/** It is about one person. */
const isPersonal = (route: Route) => route.template.includes('{') || namesUserInBody(route);

/** It is about the whole tenant, which a key that is bound to a person does not rule. */
const isTenantWide = ({ template }: Route) => /^\/api\/v1\/(flags|admin)\b/.test(template);

function ask(route: Route, about: Ids, authorization: string | null): Promise<Reply<Problem>> {
  const headers = new Headers();
  if (authorization !== null) headers.set('authorization', authorization);
  if (route.body !== undefined) headers.set('content-type', 'application/json');
  if (isSocket(route)) headers.set('upgrade', 'websocket');
  const body = namesUserInBody(route) ? { ...Object(route.body), user_id: about.user_id } : route.body;
  return call(fillPath(route.template, about) + route.query, {
    method: route.method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  });
}

function verdictOf({ status, body }: Reply<Problem>): string {
  const code = status < 400 ? '' : body.code;
  // refusals that come after the question who asks
  if (status < 400 || ['invalid_input', 'conflict', 'consent_required'].includes(code)) return 'passes';
  return code;
}

/**
 * Every answer that is not what the rule says. First what seeks something, since a stranger may well write to a person of
 * their own of the same name; among that deletions last, and that of the person at the end.
 */
async function wrongAnswers(rule: Rule, about: Ids, authorization: string | null): Promise<string[]> {
  const order = (route: Route) => {
    if (!seeks(route)) return 3;
    if (route.method !== 'DELETE') return 0;
    return route.template.endsWith('/users/{user_id}') ? 2 : 1;
  };
  const wrong: string[] = [];
  for (const route of routes.toSorted((a, b) => order(a) - order(b))) {
    const reply = await ask(route, about, authorization);
    const [due, got] = [rule(route), verdictOf(reply)];
    if (due !== got) wrong.push(`${route.name}: ${due} is due, answers ${reply.status} ${got}`);
  }
  return wrong;
}

const nobody: Rule = () => 'unauthenticated';
const withScopes =
  (...scopes: string[]): Rule =>
  (route) =>
    scopes.includes(scopeOf(route) ?? '') ? 'passes' : 'forbidden';

const ticketFor = async (scope: 'live' | 'read', user: string, changes: { key?: string; until?: number } = {}) => {
  const { tenantId: tenant, id } = owner;
  const claims = { tenant, user, key: id, scope, rate: null, until: Date.now() + 60_000, ...changes };
  return `Bearer ${await signTicket({ ...claims, rate: 10_000_000 }, (await ticketKeysOf(env))!)}`;
};

it('covers every route that is not open, and each says which scope it needs', () => {
  expect(routes.length).toBeGreaterThan(60);
  expect(routes.filter((route) => !Scope.options.includes(scopeOf(route) as Scope)).map(({ name }) => name)).toEqual(
    [],
  );
});

it('gives what is concluded about a person to the scope profile alone, and the keys to admin', () => {
  const due = ({ template }: Route) =>
    /\/(mirror|consent|audit|gaps|digs|reconstruct|reconstructions|patterns|timeline|merge)\b/.test(template)
      ? 'profile'
      : template.startsWith('/api/v1/keys')
        ? 'admin'
        : null;
  const wrong = routes.filter((route) => due(route) !== null && due(route) !== scopeOf(route));
  expect(wrong.map(({ name }) => name)).toEqual([]);
  const reading = routes.filter(({ method, operation }) => method === 'GET' && operation['x-scope'] === 'ingest');
  expect(reading.map(({ name }) => name)).toEqual([]);
});

describe('lets in nobody', () => {
  it('without a key', async () => expect(await wrongAnswers(nobody, ids.ana, null)).toEqual([]));

  it.each(['Bearer', 'Bearer nonsense', 'Basic YTpi', 'Bearer palt_new.e30.AAAA', 'Bearer pal_short_key'])(
    'with "%s"',
    async (header) => expect(await wrongAnswers(nobody, ids.ana, header)).toEqual([]),
  );

  it('with a key that was never given out', async () =>
    expect(await wrongAnswers(nobody, ids.ana, `Bearer ${newApiKey().key}`)).toEqual([]));

  it('with a key that has expired', async () => {
    const { tenantId } = owner;
    const expired = await newClient({ tenantId, scopes: Scope.options, expiresAt: Date.now() - 1 });
    expect(await wrongAnswers(nobody, ids.ana, expired.authorization)).toEqual([]);
  });

  it('with a key that was revoked', async () => {
    const { tenantId } = owner;
    const revoked = await newClient({ tenantId, scopes: Scope.options });
    await revokeKey(openDb(env), { tenantId, userId: null }, revoked.id, Date.now());
    expect(await wrongAnswers(nobody, ids.ana, revoked.authorization)).toEqual([]);
  });

  it('with a ticket that has run out, or that someone else signed', async () => {
    expect(await wrongAnswers(nobody, ids.ana, await ticketFor('read', ANA, { until: Date.now() - 1 }))).toEqual([]);
    const good = await ticketFor('read', ANA);
    const forged = good.slice(0, -2) + (good.at(-2) === 'A' ? 'B' : 'A') + good.at(-1);
    expect(await wrongAnswers(nobody, ids.ana, forged)).toEqual([]);
  });
});

describe('finds nothing', () => {
  it('for a key of another tenant', async () => {
    const stranger = await newClient({ scopes: Scope.options });
    const rule: Rule = (route) => (seeks(route) ? 'not_found' : 'passes');
    expect(await wrongAnswers(rule, ids.ana, stranger.authorization)).toEqual([]);
  });

  it('for a key that is bound to another person of the tenant', async () => {
    const bound = await newClient({ tenantId: owner.tenantId, userId: 'someone else', scopes: Scope.options });
    const rule: Rule = (route) => (isTenantWide(route) ? 'forbidden' : isPersonal(route) ? 'not_found' : 'passes');
    expect(await wrongAnswers(rule, ids.ana, bound.authorization)).toEqual([]);
  });

  it('for a ticket of another person', async () => {
    const rule: Rule = (route) => (scopeOf(route) === 'read' ? 'not_found' : 'forbidden');
    expect(await wrongAnswers(rule, ids.ana, await ticketFor('read', BO))).toEqual([]);
  });
});

describe('opens what it is for', () => {
  it('with a ticket for live events: the socket', async () => {
    const rule: Rule = (route) => (isSocket(route) ? 'passes' : 'forbidden');
    expect(await wrongAnswers(rule, ids.ana, await ticketFor('live', ANA))).toEqual([]);
  });

  it('with a ticket for reading: what reads, but no further ticket', async () => {
    const rule: Rule = (route) => (scopeOf(route) === 'read' && !makesTickets(route) ? 'passes' : 'forbidden');
    expect(await wrongAnswers(rule, ids.ana, await ticketFor('read', ANA))).toEqual([]);
  });

  // the last ones, since they delete; each route passes with exactly one scope
  it.each(['nothing', 'read', 'profile', 'ingest', 'admin'])('with a key for %s', async (scope) => {
    const scopes = scope === 'nothing' ? [] : [scope];
    const key = await newClient({ tenantId: owner.tenantId, scopes });
    expect(await wrongAnswers(withScopes(...scopes), ids.ana, key.authorization)).toEqual([]);
  });

  it('with a key that is bound to the person', async () => {
    const bound = await newClient({ tenantId: owner.tenantId, userId: BO, scopes: Scope.options });
    const rule: Rule = (route) => (isTenantWide(route) ? 'forbidden' : 'passes');
    expect(await wrongAnswers(rule, ids.bo, bound.authorization)).toEqual([]);
  });
});
