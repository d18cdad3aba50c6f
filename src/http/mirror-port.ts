import type { CalibrationAnswer } from '../mirror/calibration/contract.ts';
import type {
  AuthorAnswer,
  AuthorQuestion,
  EmotionAnswer,
  EmotionQuery,
  FingerprintAnswer,
  Profile,
} from '../mirror/contract.ts';
import type {
  DecisionPage,
  DecisionPatch,
  DecisionQuestion,
  DecisionView,
  NewDecision,
} from '../mirror/decisions/contract.ts';
import type { EvolutionAnswer, EvolutionQuery, FutureAnswer, FutureQuestion } from '../mirror/evolution/contract.ts';
import type {
  ChatAnswer,
  ChatQuestion,
  DecisionPrediction,
  ResponsePrediction,
  ResponseQuestion,
} from '../mirror/replies/contract.ts';
import type { AuditPage } from '../person/audit/contract.ts';
import type { Consent, ConsentChange } from '../person/consent/contract.ts';
import type { Outcome } from '../shared/errors.ts';
import type { FeedPort } from './event-feed.ts';
import type { Idempotency } from './palace-port.ts';

/** Who asks, as the person's audit log names them. */
export interface Asking {
  keyId: string;
  requestId: string;
}

/** What routes may ask of what is concluded about a person, and of their say in it. */
export interface MirrorPort {
  consent(): Promise<Outcome<Consent>>;
  setConsent(change: ConsentChange): Promise<Outcome<Consent>>;
  audit(limit: number, cursor: string | undefined): Promise<Outcome<AuditPage>>;
  profile(): Promise<Outcome<Profile>>;
  evolution(query: EvolutionQuery): Promise<Outcome<EvolutionAnswer>>;
  fingerprint(): Promise<Outcome<FingerprintAnswer>>;
  sameAuthor(question: AuthorQuestion, idempotency: Idempotency): Promise<Outcome<AuthorAnswer>>;
  futureSelf(question: FutureQuestion, idempotency: Idempotency): Promise<Outcome<FutureAnswer>>;
  emotion(query: EmotionQuery): Promise<Outcome<EmotionAnswer>>;
  recordDecision(decision: NewDecision, idempotency: Idempotency): Promise<Outcome<DecisionView>>;
  decisions(limit: number, cursor: string | undefined): Promise<Outcome<DecisionPage>>;
  patchDecision(id: string, patch: DecisionPatch): Promise<Outcome<DecisionView>>;
  predictResponse(question: ResponseQuestion, idempotency: Idempotency): Promise<Outcome<ResponsePrediction>>;
  chat(question: ChatQuestion, idempotency: Idempotency): Promise<Outcome<ChatAnswer>>;
  /** The same, as it is written: `start`, `draft`s, `end`. */
  chatLive(question: ChatQuestion, idempotency: Idempotency): Promise<Outcome<FeedPort>>;
  calibrate(idempotency: Idempotency): Promise<Outcome<CalibrationAnswer>>;
  predictDecision(question: DecisionQuestion, idempotency: Idempotency): Promise<Outcome<DecisionPrediction>>;
}
