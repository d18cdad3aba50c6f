import { z } from '@hono/zod-openapi';
import { LIMITS, UserId } from '../messages/contract.ts';
import { INFERENCES } from '../shared/inferences.ts';

const FaultSchema = z.object({
  in: z.enum(['body', 'query', 'path', 'header']),
  pointer: z.string(),
  detail: z.string(),
});

/** RFC 9457, with a JSON pointer for every fault of the request. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    request_id: z.string(),
    errors: z.array(FaultSchema).optional(),
    inferences: z
      .array(z.enum(INFERENCES))
      .optional()
      .openapi({ description: 'Of `consent_required`: those that the user has not allowed.' }),
  })
  .openapi('Problem');

export const UserPath = z.object({ user_id: UserId.openapi({ param: { name: 'user_id', in: 'path' } }) });

export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(LIMITS.pageMax).default(LIMITS.pageDefault),
  cursor: z.string().min(1).max(200).optional(),
});

export const IdempotencyHeader = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .openapi({ description: 'Repeating a request with the same key answers as the first time, for 24 hours.' }),
});

export const WaitQuery = z.object({
  wait: z
    .enum(['true', 'false'])
    .default('false')
    .openapi({ description: 'Answer when the messages are searchable, after 10 s at the latest.' }),
});

/** A JSON answer and its description, in the form that createRoute takes. */
export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  content: { 'application/json': { schema } },
  description,
});

export const jsonBody = <T extends z.ZodType>(schema: T) => ({
  content: { 'application/json': { schema } },
  required: true,
});

/** Every refusal of every route has this shape. Typed as empty: handlers throw refusals and never return one. */
export const problems: Record<never, never> = {
  default: { content: { 'application/problem+json': { schema: Problem } }, description: 'A refusal (RFC 9457).' },
};

export const bearer = [{ bearer: [] }];
