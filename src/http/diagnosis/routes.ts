import { createRoute } from '@hono/zod-openapi';
import journal from '../../../drizzle/migrations/meta/_journal.json' with { type: 'json' };
import { requireScope } from '../../auth/middleware.ts';
import { parseNamedSecrets } from '../../auth/named-secrets.ts';
import type { Env } from '../../env.ts';
import { openDb } from '../../persistence/db.ts';
import { countMigrations, pingDatabase } from '../../persistence/health.ts';
import { parseKeyRing } from '../../persistence/sealing/key-ring.ts';
import { VERSION } from '../../shared/version.ts';
import { bearer, json, problems } from '../contract.ts';
import { checkedWithin, givenInTime } from '../health.ts';
import { newRouter } from '../validate.ts';
import { Diagnosis } from './contract.ts';

const LEAST_SECRET = 32;

const diagnose = createRoute({
  method: 'get',
  path: '/diagnosis',
  tags: ['operator'],
  security: bearer,
  'x-scope': 'admin',
  summary: 'What a deployment says of itself (`palimpsest doctor` reads it)',
  responses: { 200: json(Diagnosis, 'Parts, secrets and migrations; no secret is shown.'), ...problems },
});

/** For operators: parse, ask every part, answer. */
export const diagnosisRoutes = newRouter().openapi(diagnose, async (c) => {
  requireScope(c.var.principal, 'admin');
  const db = openDb(c.env);
  const [postgres, embedder, kv, applied] = await Promise.all([
    checkedWithin(() => pingDatabase(db)),
    checkedWithin(() => c.env.EMBEDDER.warm()),
    checkedWithin(() => c.env.KV.get('diagnosis')),
    givenInTime(() => countMigrations(db)),
  ]);
  const { CF_VERSION_METADATA: deployed, LLM_PROVIDER, METRICS, METRICS_TOKEN } = c.env;
  return c.json(
    {
      version: VERSION,
      worker_version: deployed?.id ?? null,
      time: new Date().toISOString(),
      checks: { postgres, embedder, kv },
      secrets: secretsOf(c.env),
      migrations: { expected: journal.entries.length, applied },
      text_model: LLM_PROVIDER || 'none',
      metrics: METRICS === 'off' ? ('off' as const) : ('on' as const),
      operator_token: Boolean(METRICS_TOKEN),
    },
    200,
  );
});

function secretsOf(env: Env): Diagnosis['secrets'] {
  const stateOf = (text: string | undefined, isReadable: (text: string) => boolean) =>
    !text ? 'missing' : isReadable(text) ? 'set' : 'unreadable';
  const { LLM_PROVIDER, LLM_API_KEY } = env;
  return {
    DATABASE_URL: stateOf(env.DATABASE_URL, (text) => URL.canParse(text)),
    SERVICE_SECRET: stateOf(env.SERVICE_SECRET, (text) => text.length >= LEAST_SECRET),
    ENCRYPTION_KEYS: stateOf(env.ENCRYPTION_KEYS, (text) => parseKeyRing(text) !== null),
    TICKET_KEYS: stateOf(env.TICKET_KEYS, (text) => parseNamedSecrets(text) !== null),
    ...(LLM_PROVIDER === 'anthropic' || LLM_PROVIDER === 'openai'
      ? { LLM_API_KEY: stateOf(LLM_API_KEY, () => true) }
      : {}),
  };
}
