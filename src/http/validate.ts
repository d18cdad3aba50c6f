import { OpenAPIHono, z } from '@hono/zod-openapi';
import { AppError, type Fault } from '../shared/errors.ts';
import type { AppEnv } from './app-env.ts';
import { faultsOf } from './faults.ts';

// workerd forbids code generation from strings, which zod would otherwise try first
z.config({ jitless: true });

const PART: Record<string, Fault['in']> = { json: 'body', query: 'query', param: 'path', header: 'header' };

/** A router whose refusals name every fault with a JSON pointer. All routes are made from it. */
export const newRouter = () =>
  new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const part = PART[result.target] ?? 'body';
      const faults = faultsOf(result.error.issues).map((fault) => ({ in: part, ...fault }));
      throw new AppError('invalid_input', `The ${part} is not valid.`, { faults });
    },
  });
