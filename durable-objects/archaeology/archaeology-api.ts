import { RpcTarget } from 'cloudflare:workers';
import type { DigPage, DigPatch, DigView, NewDig } from '../../src/archaeology/digs/contract.ts';
import type { GapPage, GapQuery } from '../../src/archaeology/gaps/contract.ts';
import type { MergeAnswer, MergeBody } from '../../src/archaeology/merge/contract.ts';
import { PATTERN_MESSAGES, type PatternAnswer, type PatternQuery } from '../../src/archaeology/patterns/contract.ts';
import type { ReconstructAnswer, ReconstructBody, VerdictBody } from '../../src/archaeology/reconstruct/contract.ts';
import type { ProposedText } from '../../src/archaeology/reconstruct/proposed-texts.ts';
import type {
  ReconstructionPage,
  ReconstructionQuery,
  ReconstructionView,
} from '../../src/archaeology/reconstructions/contract.ts';
import type { TimelineAnswer, TimelineQuery } from '../../src/archaeology/timeline/contract.ts';
import type { ArchaeologyPort } from '../../src/http/archaeology-port.ts';
import type { Asking } from '../../src/http/mirror-port.ts';
import type { Idempotency } from '../../src/http/palace-port.ts';
import type { NewEvent } from '../../src/live/contract.ts';
import type { AuditAction } from '../../src/person/audit/contract.ts';
import { consentRequired, done, type Outcome, type Refusal, refused } from '../../src/shared/errors.ts';
import { withShownFigures } from '../../src/shared/figures.ts';
import type { InferenceName } from '../../src/shared/inferences.ts';
import { BAD_CURSOR, decodeCursor, encodeCursor, pageOf } from '../../src/shared/page.ts';
import type { DigRecord } from '../stores/dig-store.ts';
import { once } from '../stores/idempotency-store.ts';
import type { Stores } from '../stores/stores.ts';
import type { TextDesk } from '../text-desk.ts';
import { digSummary, digView, gapView, patternView, reconstructionView } from './archaeology-views.ts';
import type { ArchaeologyWork } from './archaeology-work.ts';
import { mergeInto } from './merge-desk.ts';
import { DELETING } from './reconstruct-desk.ts';
import { timelineAnswer } from './timeline-view.ts';
import { proposeTurn } from './turn-proposer.ts';

const NOTHING_TO_COMPOSE = refused('unavailable', 'Nothing survives of which a text could be composed.');
const NO_RECONSTRUCTION = refused('not_found', 'No such reconstruction.');
/** A read waits so long for gaps to be found; a long history is looked through while others are answered. */
const LONGEST_SCAN_MS = 2_000;

export interface ArchaeologyApiPorts {
  stores: Stores;
  work: ArchaeologyWork;
  texts: TextDesk;
  userId: string;
  asking: Asking;
  /** why nothing can be read of this person, or null */
  refusal(): Promise<Refusal | null>;
  announce(events: readonly NewEvent[]): void;
  /** there is work to do in the background */
  worked(): Promise<void>;
}

const GAPS: readonly InferenceName[] = ['reconstruction'];
const STYLE: readonly InferenceName[] = ['style'];

/** What is missing in a person's history and how they change, as routes see it. Each read is written into their audit log. */
export class ArchaeologyApi extends RpcTarget implements ArchaeologyPort {
  readonly #ports: ArchaeologyApiPorts;

  constructor(ports: ArchaeologyApiPorts) {
    super();
    this.#ports = ports;
  }

  async gaps({ conversation_id, min_probability, from, to, limit, cursor }: GapQuery): Promise<Outcome<GapPage>> {
    const refusal = await this.#refusal(GAPS);
    if (refusal) return refusal;
    const after = cursor === undefined ? null : decodeCursor(cursor, 2);
    if (cursor !== undefined && !after) return BAD_CURSOR;
    const isComplete = await this.#scanned(conversation_id ?? null);
    return this.#show('gaps.read', GAPS, () => {
      const rows = this.#ports.stores.gaps.list({
        conversationId: conversation_id ?? null,
        minProbability: min_probability ?? null,
        from: timeOf(from),
        to: timeOf(to),
        after: after && { from: after[0]!, row: after[1]! },
        limit: limit + 1,
      });
      const page = pageOf(rows, limit, (last) => encodeCursor([last.from, last.row]));
      return done({ items: page.items.map(gapView), next: page.next, is_complete: isComplete });
    });
  }

  async patterns({ conversation_id, from, to, kind }: PatternQuery): Promise<Outcome<PatternAnswer>> {
    return this.#show('patterns.read', STYLE, () => {
      const stretch = { conversationId: conversation_id ?? null, from: timeOf(from), to: timeOf(to) };
      const { read, patterns } = this.#ports.work.history.patterns(stretch, PATTERN_MESSAGES);
      return done({
        messages: read.messages.length,
        is_whole: read.isWhole,
        patterns: patterns.filter((pattern) => kind === undefined || pattern.kind === kind).map(patternView),
      });
    });
  }

  async timeline(query: TimelineQuery): Promise<Outcome<TimelineAnswer>> {
    const refusal = await this.#refusal(STYLE);
    if (refusal) return refusal;
    if (this.#may('reconstruction')) await this.#scanned(query.conversation_id ?? null);
    const shown = [...STYLE, ...(['reconstruction', 'emotion'] as const).filter(this.#may)];
    return this.#show('timeline.read', shown, () =>
      timelineAnswer(this.#ports.stores, this.#ports.work.history, query, {
        withGaps: shown.includes('reconstruction'),
        withValence: shown.includes('emotion'),
      }),
    );
  }

  async merge(body: MergeBody, idempotency: Idempotency): Promise<Outcome<MergeAnswer>> {
    const { stores } = this.#ports;
    return this.#once('chat.merged', GAPS, idempotency, () => stores.transaction(() => mergeInto(stores, body)));
  }

  async reconstruct(body: ReconstructBody, idempotency: Idempotency): Promise<Outcome<ReconstructAnswer>> {
    const refusal = await this.#refusal(GAPS);
    if (refusal) return refusal;
    const { stores, work, announce } = this.#ports;
    if (body.gap_id !== undefined) await this.#scanned(stores.gaps.find(body.gap_id)?.conversationId ?? null);
    let proposed: Outcome<ProposedText[]> = NOTHING_TO_COMPOSE;
    const scene = await work.desk.scene(body, async (asked) => {
      proposed = await proposeTurn(this.#ports.texts, asked);
      return proposed.ok ? proposed.value : [];
    });
    if (!scene.ok) return scene;
    const path = pathOf(proposed);
    const answered = await this.#once('reconstruction.made', GAPS, idempotency, () => {
      if (!work.desk.isCurrent(scene.value)) return DELETING;
      const { answer, ids } = stores.transaction(() => work.desk.make(scene.value, Date.now()));
      if (ids.length > 0) {
        announce([{ type: 'reconstruction.proposed', origin: 'reconstructed', reconstruction_ids: ids }]);
      }
      return done({ ...answer, ...path });
    });
    if (answered.ok) {
      work.calibrator.ask();
      await this.#ports.worked();
    }
    return answered;
  }

  async reconstructions(query: ReconstructionQuery): Promise<Outcome<ReconstructionPage>> {
    const { conversation_id, gap_id, state, limit, cursor } = query;
    const before = cursor === undefined ? null : decodeCursor(cursor, 1);
    const { stores } = this.#ports;
    return this.#show('reconstructions.read', GAPS, () => {
      if (cursor !== undefined && !before) return BAD_CURSOR;
      const about = { conversationId: conversation_id ?? null, gapId: gap_id ?? null, state: state ?? null };
      const rows = stores.reconstructions.list(about, before?.[0] ?? null, limit + 1);
      const page = pageOf(rows, limit, (last) => encodeCursor([last.row]));
      return done({ items: page.items.map((record) => reconstructionView(stores, record)), next: page.next });
    });
  }

  async reconstruction(id: string): Promise<Outcome<ReconstructionView>> {
    return this.#show('reconstructions.read', GAPS, () => this.#reconstruction(id));
  }

  async judge(id: string, verdict: VerdictBody, idempotency: Idempotency): Promise<Outcome<ReconstructionView>> {
    const { work, userId, worked } = this.#ports;
    const answer = await this.#once('reconstruction.judged', GAPS, idempotency, () => {
      const judged = work.verdicts.judge(id, verdict, userId, Date.now());
      return judged.ok ? this.#reconstruction(id) : judged;
    });
    if (answer.ok) await worked();
    return answer;
  }

  async startDig(dig: NewDig, idempotency: Idempotency): Promise<Outcome<DigView>> {
    const needed = dig.include.includes('patterns') ? [...GAPS, ...STYLE] : GAPS;
    const answer = await this.#once('dig.started', needed, idempotency, () =>
      this.#viewed(this.#ports.work.digs.start(dig, Date.now())),
    );
    if (answer.ok) await this.#ports.worked();
    return answer;
  }

  async digs(limit: number, cursor: string | undefined): Promise<Outcome<DigPage>> {
    const before = cursor === undefined ? null : decodeCursor(cursor, 1);
    return this.#show('digs.read', GAPS, () => {
      if (cursor !== undefined && !before) return BAD_CURSOR;
      const rows = this.#ports.stores.digs.list(before?.[0] ?? null, limit + 1);
      const page = pageOf(rows, limit, (last) => encodeCursor([last.row]));
      return done({ items: page.items.map(digSummary), next: page.next });
    });
  }

  async dig(id: string): Promise<Outcome<DigView>> {
    return this.#show('digs.read', GAPS, () => this.#viewed(this.#ports.work.digs.find(id)));
  }

  async patchDig(id: string, patch: DigPatch): Promise<Outcome<DigView>> {
    const { work, userId } = this.#ports;
    return this.#show('dig.changed', GAPS, () => this.#viewed(work.digs.patch(id, patch, userId, Date.now())));
  }

  async cancelDig(id: string, idempotency: Idempotency): Promise<Outcome<DigView>> {
    const { digs } = this.#ports.work;
    return this.#once('dig.changed', GAPS, idempotency, () => this.#viewed(digs.cancel(id, Date.now())));
  }

  async deleteDig(id: string): Promise<Outcome<null>> {
    return this.#show('dig.changed', GAPS, () => this.#ports.work.digs.remove(id));
  }

  #reconstruction(id: string): Outcome<ReconstructionView> {
    const { stores } = this.#ports;
    const record = stores.reconstructions.find(id);
    return record ? done(reconstructionView(stores, record)) : NO_RECONSTRUCTION;
  }

  #viewed(dig: Outcome<DigRecord>): Outcome<DigView> {
    return dig.ok ? done(digView(this.#ports.stores, dig.value)) : dig;
  }

  /** Finds the gaps of what has changed, a slice at a time. @returns whether all of it is done */
  async #scanned(conversationId: string | null): Promise<boolean> {
    const { work } = this.#ports;
    const until = Date.now() + LONGEST_SCAN_MS;
    while (this.#may('reconstruction') && work.gaps.step(conversationId)) {
      await scheduler.wait(0); // others may come in between
      if (Date.now() > until) return false;
    }
    return true;
  }

  #may = (name: InferenceName): boolean => this.#ports.stores.consents.granted().has(name);

  async #refusal(names: readonly InferenceName[]): Promise<Refusal | null> {
    const refusal = await this.#ports.refusal();
    if (refusal) return refusal;
    const missing = names.filter((name) => !this.#may(name));
    return missing.length > 0 ? consentRequired(missing) : null;
  }

  #show<T>(action: AuditAction, names: readonly InferenceName[], answer: () => Outcome<T>): Promise<Outcome<T>> {
    return this.#once(action, names, null, answer);
  }

  /** From the check of consents to the answer nothing is awaited, so none can be withdrawn in between. */
  async #once<T>(
    action: AuditAction,
    names: readonly InferenceName[],
    idempotency: Idempotency,
    answer: () => Outcome<T>,
  ): Promise<Outcome<T>> {
    const refusal = await this.#refusal(names);
    if (refusal) return refusal;
    const { stores, asking } = this.#ports;
    const shown = once(stores.idempotency, idempotency, () => withShownFigures(answer()), names);
    if (shown.ok) stores.audit.add({ at: Date.now(), action, inferences: [...names], ...asking });
    return shown;
  }
}

const timeOf = (time: string | undefined): number | null => (time === undefined ? null : Date.parse(time));

const pathOf = (proposed: Outcome<unknown>) =>
  proposed.ok
    ? { path: 'text_model' as const, path_reason: null }
    : { path: 'without_model' as const, path_reason: proposed.detail };
