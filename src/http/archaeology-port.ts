import type { DigPage, DigPatch, DigView, NewDig } from '../archaeology/digs/contract.ts';
import type { GapPage, GapQuery } from '../archaeology/gaps/contract.ts';
import type { MergeAnswer, MergeBody } from '../archaeology/merge/contract.ts';
import type { PatternAnswer, PatternQuery } from '../archaeology/patterns/contract.ts';
import type { ReconstructAnswer, ReconstructBody, VerdictBody } from '../archaeology/reconstruct/contract.ts';
import type {
  ReconstructionPage,
  ReconstructionQuery,
  ReconstructionView,
} from '../archaeology/reconstructions/contract.ts';
import type { TimelineAnswer, TimelineQuery } from '../archaeology/timeline/contract.ts';
import type { Outcome } from '../shared/errors.ts';
import type { Idempotency } from './palace-port.ts';

/** What routes may ask of what is missing in a person's history, and of how they change. */
export interface ArchaeologyPort {
  gaps(query: GapQuery): Promise<Outcome<GapPage>>;
  patterns(query: PatternQuery): Promise<Outcome<PatternAnswer>>;
  timeline(query: TimelineQuery): Promise<Outcome<TimelineAnswer>>;
  merge(body: MergeBody, idempotency: Idempotency): Promise<Outcome<MergeAnswer>>;
  reconstruct(body: ReconstructBody, idempotency: Idempotency): Promise<Outcome<ReconstructAnswer>>;
  reconstructions(query: ReconstructionQuery): Promise<Outcome<ReconstructionPage>>;
  reconstruction(id: string): Promise<Outcome<ReconstructionView>>;
  judge(id: string, verdict: VerdictBody, idempotency: Idempotency): Promise<Outcome<ReconstructionView>>;
  startDig(dig: NewDig, idempotency: Idempotency): Promise<Outcome<DigView>>;
  digs(limit: number, cursor: string | undefined): Promise<Outcome<DigPage>>;
  dig(id: string): Promise<Outcome<DigView>>;
  patchDig(id: string, patch: DigPatch): Promise<Outcome<DigView>>;
  cancelDig(id: string, idempotency: Idempotency): Promise<Outcome<DigView>>;
  deleteDig(id: string): Promise<Outcome<null>>;
}
