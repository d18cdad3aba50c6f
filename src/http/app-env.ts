import type { Principal } from '../auth/contract.ts';
import type { Env } from '../env.ts';

/** What every route sees. */
export interface AppEnv {
  Bindings: Env;
  Variables: { requestId: string; principal: Principal };
}
