import { OpenAPIHono, z } from '@hono/zod-openapi';
import { AppError, type Fault } from '../shared/errors.ts';
import type { AppEnv } from './app-env.ts';

// workerd forbids code generation from strings, which zod would otherwise try first
z.config({ jitless: true });

const PART: Record<string, Fault['in']> = { json: 'body', query: 'query', param: 'path', header: 'header' };
const MAX_FAULTS = 100;

/** RFC 6901: `~` and `/` inside a key are escaped. */
const pointerOf = (path: readonly PropertyKey[]) =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** A router whose refusals name every fault with a JSON pointer. All routes are made from it. */
export const newRouter = () =>
  new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const part = PART[result.target] ?? 'body';
      const faults = result.error.issues.slice(0, MAX_FAULTS).flatMap((issue) => {
        const keys = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
        return keys.map((path) => ({ in: part, pointer: pointerOf(path), detail: issue.message }));
      });
      throw new AppError('invalid_input', `The ${part} is not valid.`, { faults });
    },
  });
