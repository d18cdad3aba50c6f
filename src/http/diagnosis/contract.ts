import { z } from '@hono/zod-openapi';

/** `unreadable`: set, but it cannot be used as it is. */
const SecretState = z.enum(['set', 'missing', 'unreadable']);

/** What a deployment says of itself, for `palimpsest doctor`. No secret, no text, nobody's name. */
export const Diagnosis = z
  .object({
    version: z.string(),
    worker_version: z.string().nullable().openapi({ description: 'Id that Cloudflare gave the deployed version.' }),
    time: z.iso.datetime(),
    checks: z.record(z.string(), z.enum(['ok', 'down'])),
    secrets: z.record(z.string(), SecretState),
    migrations: z
      .object({ expected: z.int(), applied: z.int().nullable().openapi({ description: 'null: not to be told.' }) })
      .openapi({ description: 'Of Postgres.' }),
    text_model: z.string(),
    metrics: z.enum(['on', 'off']),
    operator_token: z.boolean().openapi({ description: 'Whether METRICS_TOKEN is set.' }),
  })
  .openapi('Diagnosis');
export type Diagnosis = z.infer<typeof Diagnosis>;
