import type { OriginCode } from '../gpu/contract.ts';

/** An expected failure, answered as an OriginProblem. */
export class OriginRefusal extends Error {
  override readonly name = 'OriginRefusal';
  readonly code: OriginCode;
  /** that must be uploaded first */
  readonly arenas: string[] | undefined;

  constructor(code: OriginCode, detail: string, arenas?: string[]) {
    super(detail);
    this.code = code;
    this.arenas = arenas;
  }
}
