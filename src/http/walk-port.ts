import type { NavigateBody, Route } from '../palace/navigation/contract.ts';
import type { NewTrail, Practice, StopAnswer, TrailPage, TrailView } from '../palace/trails/contract.ts';
import type { Outcome } from '../shared/errors.ts';
import type { Idempotency } from './palace-port.ts';

/** What routes may ask about walking through palaces: `withWalks(env, owner, (walks) => walks.trail(id))`. */
export interface WalkPort {
  navigate(body: NavigateBody): Promise<Outcome<Route>>;
  trails(limit: number, cursor: string | undefined): Promise<Outcome<TrailPage>>;
  trail(id: string): Promise<Outcome<TrailView>>;
  create(trail: NewTrail, idempotency: Idempotency): Promise<Outcome<TrailView>>;
  remove(id: string): Promise<Outcome<null>>;
  next(id: string, after: number): Promise<Outcome<StopAnswer>>;
  previous(id: string, before: number): Promise<Outcome<StopAnswer>>;
  practise(id: string, practice: Practice, idempotency: Idempotency): Promise<Outcome<TrailView>>;
}
