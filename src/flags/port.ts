import type { Env } from '../env.ts';
import type { Outcome } from '../shared/errors.ts';
import type { Page } from '../shared/page.ts';
import type { FlagChange, FlagChanges, FlagState } from './contract.ts';

/** Who changes a flag. */
export interface FlagAuthor {
  keyId: string;
  requestId: string;
  /** change nothing unless the flags are of this version */
  ifVersion?: number;
}

/** A tenant's flags where they are kept, with the log of their changes. */
export interface FlagDeskPort {
  flags(): Promise<FlagState>;
  changeFlags(tenantId: string, changes: FlagChanges, by: FlagAuthor): Promise<Outcome<FlagState>>;
  flagChanges(limit: number, cursor: string | undefined): Promise<Page<FlagChange>>;
}

/** One object a tenant. */
export const flagDesk = (env: Env, tenantId: string): FlagDeskPort =>
  env.TENANT_LEDGER.getByName(tenantId) as unknown as FlagDeskPort;
