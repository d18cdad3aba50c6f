import { RpcTarget } from 'cloudflare:workers';
import type { EmbeddingPort } from '../../src/embedding/embedder.ts';
import type { Asking, MirrorPort } from '../../src/http/mirror-port.ts';
import type { Idempotency } from '../../src/http/palace-port.ts';
import type { CalibrationAnswer } from '../../src/mirror/calibration/contract.ts';
import type {
  AuthorAnswer,
  AuthorQuestion,
  EmotionAnswer,
  EmotionQuery,
  FingerprintAnswer,
  Profile,
} from '../../src/mirror/contract.ts';
import type {
  DecisionPage,
  DecisionPatch,
  DecisionQuestion,
  DecisionView,
  NewDecision,
} from '../../src/mirror/decisions/contract.ts';
import type {
  EvolutionAnswer,
  EvolutionQuery,
  FutureAnswer,
  FutureQuestion,
} from '../../src/mirror/evolution/contract.ts';
import type {
  ChatAnswer,
  ChatQuestion,
  DecisionPrediction,
  ResponsePrediction,
  ResponseQuestion,
} from '../../src/mirror/replies/contract.ts';
import type { MirrorVersions } from '../../src/mirror/variants.ts';
import type { AuditAction, AuditPage } from '../../src/person/audit/contract.ts';
import type { Consent, ConsentChange } from '../../src/person/consent/contract.ts';
import { consentRequired, done, type Outcome, type Refusal, refused } from '../../src/shared/errors.ts';
import { withShownFigures } from '../../src/shared/figures.ts';
import type { InferenceName } from '../../src/shared/inferences.ts';
import { EventFeed, only } from '../event-feed.ts';
import { auditPage } from '../stores/audit-store.ts';
import { consentView } from '../stores/consent-store.ts';
import { answeredBefore, once } from '../stores/idempotency-store.ts';
import type { MessageRow } from '../stores/message-store.ts';
import { isTheirs } from '../stores/mirror-store.ts';
import type { Stores } from '../stores/stores.ts';
import type { TextDesk } from '../text-desk.ts';
import { chatEvents } from './chat-live.ts';
import { DecisionDesk, embedContext } from './decision-desk.ts';
import type { MIRROR } from './mirror-registry.ts';
import type { MirrorWork } from './mirror-work.ts';
import { messageEmotion, ProfileViews } from './profile-views.ts';
import { ReplyDesk } from './reply-desk.ts';
import { draftCandidates, draftReply, hearReply, withDraft } from './reply-drafter.ts';

const NO_MESSAGE = refused('not_found', 'No such message.');
/** What the profile shows any of. */
const SHOWN: readonly InferenceName[] = ['personality', 'emotion', 'style'];
/** What a chat rests on. */
const CHAT: InferenceName[] = ['style', 'prediction'];

export interface MirrorApiPorts {
  stores: Stores;
  work: MirrorWork<typeof MIRROR>;
  userId: string;
  asking: Asking;
  embedder: EmbeddingPort;
  texts: TextDesk;
  scope(): string;
  /** why nothing can be read of this person, or null */
  refusal(): Promise<Refusal | null>;
  /** makes the tables of a new person */
  prepare(): void;
  /** the message row of a ULID or a client's own id */
  find(id: string): MessageRow | null;
  /** fit of all messages to a text, best first, by row */
  rank(text: string): Promise<Map<number, number>>;
  /** which versions of the rules are shown */
  versions(): Promise<MirrorVersions>;
  /** there is history to take in */
  wake(): void;
  /** something has changed: the alarm follows what is due */
  changed(): Promise<void>;
}

/**
 * What is concluded about a person as routes see it. Each method is one call of a route. Nothing is shown without the
 * consents that it rests on, and everything that is shown is written down first.
 */
export class MirrorApi extends RpcTarget implements MirrorPort {
  readonly #ports: MirrorApiPorts;
  readonly #decisions: DecisionDesk;
  readonly #replies: ReplyDesk;
  readonly #views: ProfileViews;

  constructor(ports: MirrorApiPorts) {
    super();
    this.#ports = ports;
    this.#decisions = new DecisionDesk(ports.stores);
    this.#replies = new ReplyDesk(ports);
    this.#views = new ProfileViews(ports.stores, ports.work.host);
  }

  async consent(): Promise<Outcome<Consent>> {
    return (await this.#ports.refusal()) ?? done(consentView(this.#ports.stores.consents.all()));
  }

  /** A person may be asked before they say a word, so this may be the first that is known of them. */
  async setConsent(change: ConsentChange): Promise<Outcome<Consent>> {
    const refusal = await this.#ports.refusal();
    if (refusal && refusal.code !== 'not_found') return refusal;
    this.#ports.prepare();
    this.#ports.work.setConsent(change, this.#ports.asking);
    this.#ports.wake();
    await this.#ports.changed();
    return done(consentView(this.#ports.stores.consents.all()));
  }

  async audit(limit: number, cursor: string | undefined): Promise<Outcome<AuditPage>> {
    return (await this.#ports.refusal()) ?? auditPage(this.#ports.stores.audit, limit, cursor);
  }

  async profile(): Promise<Outcome<Profile>> {
    return this.#showAllowed('profile.read', SHOWN, (names) =>
      done({
        user_id: this.#ports.userId,
        personality: names.includes('personality') ? this.#views.personality() : null,
        emotion: names.includes('emotion') ? this.#views.emotion() : null,
        style: names.includes('style') ? this.#views.style() : null,
      }),
    );
  }

  async evolution({ resolution, of }: EvolutionQuery): Promise<Outcome<EvolutionAnswer>> {
    return this.#showAllowed('evolution.read', of === undefined ? SHOWN : [of], (names) =>
      done(this.#views.evolution(names, resolution)),
    );
  }

  async fingerprint(): Promise<Outcome<FingerprintAnswer>> {
    return this.#show('fingerprint.read', ['style'], () => done(this.#views.fingerprint()));
  }

  async emotion({ message_id }: EmotionQuery): Promise<Outcome<EmotionAnswer>> {
    return this.#show('emotion.read', ['emotion'], () => {
      const message = message_id === undefined ? null : this.#ports.find(message_id);
      if (message_id !== undefined && (!message || !isTheirs(message))) return NO_MESSAGE;
      return done({ ...this.#views.emotion(), message: message && messageEmotion(message) });
    });
  }

  async sameAuthor({ texts }: AuthorQuestion, idempotency: Idempotency): Promise<Outcome<AuthorAnswer>> {
    return this.#once('authorship.judged', ['style'], idempotency, () => done(this.#views.sameAuthor(texts)));
  }

  async futureSelf(question: FutureQuestion, idempotency: Idempotency): Promise<Outcome<FutureAnswer>> {
    return this.#once('future-self.read', ['personality'], idempotency, () => done(this.#views.futureSelf(question)));
  }

  async recordDecision(decision: NewDecision, idempotency: Idempotency): Promise<Outcome<DecisionView>> {
    const refusal = await this.#refusal(['prediction']);
    if (refusal) return refusal;
    const embedded = await embedContext(decision.context, this.#ports.embedder, this.#ports.scope());
    return this.#once('decision.recorded', ['prediction'], idempotency, () =>
      this.#decisions.record(decision, embedded, Date.now()),
    );
  }

  async decisions(limit: number, cursor: string | undefined): Promise<Outcome<DecisionPage>> {
    return this.#show('decisions.read', ['prediction'], () => this.#decisions.list(limit, cursor));
  }

  async patchDecision(id: string, patch: DecisionPatch): Promise<Outcome<DecisionView>> {
    return this.#show('decision.recorded', ['prediction'], () => this.#decisions.patch(id, patch, Date.now()));
  }

  async predictDecision(question: DecisionQuestion, idempotency: Idempotency): Promise<Outcome<DecisionPrediction>> {
    const refusal = await this.#refusal(['prediction']);
    if (refusal) return refusal;
    const embedded = await embedContext(question.context, this.#ports.embedder, this.#ports.scope());
    const { decision: versions } = await this.#ports.versions();
    return this.#once('decision.predicted', ['prediction'], idempotency, () =>
      this.#decisions.predict(question, embedded, versions, Date.now()),
    );
  }

  async predictResponse(question: ResponseQuestion, idempotency: Idempotency): Promise<Outcome<ResponsePrediction>> {
    const refusal = await this.#refusal(['prediction']);
    if (refusal) return refusal;
    const scene = await this.#replies.scene(question);
    const { reply: versions } = await this.#ports.versions();
    const drafted = await draftCandidates(this.#ports.texts, this.#ports.stores, scene, question);
    return this.#once('response.predicted', ['prediction'], idempotency, () =>
      done({ ...this.#replies.predict(scene, question, versions, Date.now()), ...drafted }),
    );
  }

  /** Their own words, from where something like it was said to them; beside them the draft of a text model, if there is one. */
  async chat(question: ChatQuestion, idempotency: Idempotency): Promise<Outcome<ChatAnswer>> {
    const refusal = await this.#refusal(CHAT);
    if (refusal) return refusal;
    const scene = await this.#replies.scene(question);
    const drafted = await draftReply(this.#ports.texts, this.#ports.stores, scene, question);
    if (question.draft === 'required' && !drafted.ok) return drafted;
    return this.#once('mirror.chatted', CHAT, idempotency, () =>
      done(withDraft(this.#replies.chat(scene, this.#fitOf), drafted, this.#fitOf)),
    );
  }

  async chatLive(question: ChatQuestion, idempotency: Idempotency): Promise<Outcome<EventFeed>> {
    const refusal = await this.#refusal(CHAT);
    if (refusal) return refusal;
    const { texts, stores } = this.#ports;
    if (answeredBefore(stores.idempotency, idempotency)) {
      const earlier = await this.chat(question, idempotency);
      return earlier.ok ? EventFeed.open(() => only({ event: 'end', data: earlier.value })) : earlier;
    }
    const scene = await this.#replies.scene(question);
    return EventFeed.open((leaving) =>
      chatEvents({
        isDraftRequired: question.draft === 'required',
        own: () => this.#show('mirror.chatted', CHAT, () => done(this.#replies.chat(scene, this.#fitOf))),
        draft: hearReply(texts, stores, scene, question, leaving),
        objection: () => this.#missing(CHAT),
        end: async (own, drafted) => {
          const whole = () => withShownFigures(done(withDraft(own, drafted, this.#fitOf)));
          return (await this.#refusal(CHAT)) ?? once(stores.idempotency, idempotency, whole, CHAT);
        },
      }),
    );
  }

  async calibrate(idempotency: Idempotency): Promise<Outcome<CalibrationAnswer>> {
    return this.#once('calibration.read', ['prediction'], idempotency, () => this.#replies.calibrate());
  }

  /** Probability that a text is in the person's manner; null: cannot be told. */
  #fitOf = (text: string): number | null => this.#views.sameAuthor([text]).probability;

  #may = (name: InferenceName): boolean => this.#ports.stores.consents.granted().has(name);

  async #refusal(names: readonly InferenceName[]): Promise<Refusal | null> {
    return (await this.#ports.refusal()) ?? this.#missing(names);
  }

  #missing(names: readonly InferenceName[]): Refusal | null {
    const missing = names.filter((name) => !this.#may(name));
    return missing.length > 0 ? consentRequired(missing) : null;
  }

  /** Shows those parts that are allowed; where none is, all of them are what is missing. */
  async #showAllowed<T>(
    action: AuditAction,
    parts: readonly InferenceName[],
    answer: (allowed: InferenceName[]) => Outcome<T>,
  ): Promise<Outcome<T>> {
    const refusal = await this.#ports.refusal();
    if (refusal) return refusal;
    const allowed = parts.filter(this.#may);
    return allowed.length === 0 ? consentRequired([...parts]) : this.#show(action, allowed, () => answer(allowed));
  }

  async #show<T>(action: AuditAction, names: InferenceName[], answer: () => Outcome<T>): Promise<Outcome<T>> {
    return this.#once(action, names, null, answer);
  }

  /**
   * From the check of consents to the answer nothing is awaited, so none can be withdrawn in between. What was waited for
   * before may have taken longer than the look after the call that the alarm clock takes: the alarm is set here again.
   */
  async #once<T>(
    action: AuditAction,
    names: InferenceName[],
    idempotency: Idempotency,
    answer: () => Outcome<T>,
  ): Promise<Outcome<T>> {
    const refusal = await this.#refusal(names);
    if (refusal) return refusal;
    const { stores, work, asking } = this.#ports;
    work.freshen();
    if (work.host.isBehind()) this.#ports.wake();
    const shown = once(stores.idempotency, idempotency, () => withShownFigures(answer()), names);
    if (shown.ok) work.log(action, names, asking);
    await this.#ports.changed();
    return shown;
  }
}
