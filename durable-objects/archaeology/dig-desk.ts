import { DIG_LIMITS, type DigPatch, type NewDig } from '../../src/archaeology/digs/contract.ts';
import { type DigRequest, digProgress, NOTHING_FOUND, stageAfter, stageFrom } from '../../src/archaeology/digs/dig.ts';
import { PATTERN_MESSAGES } from '../../src/archaeology/patterns/contract.ts';
import { RECONSTRUCT_LIMITS } from '../../src/archaeology/reconstruct/contract.ts';
import type { NewEvent } from '../../src/live/contract.ts';
import { done, type Outcome, refused } from '../../src/shared/errors.ts';
import { newUlid } from '../../src/shared/ids.ts';
import { log } from '../../src/shared/log.ts';
import type { DigRecord } from '../stores/dig-store.ts';
import type { Stores } from '../stores/stores.ts';
import { gapView, patternView } from './archaeology-views.ts';
import type { GapHost } from './gap-host.ts';
import type { HistoryReader } from './history-reader.ts';
import type { ReconstructDesk } from './reconstruct-desk.ts';

export interface DigDeskPorts {
  stores: Stores;
  gaps: GapHost;
  desk: ReconstructDesk;
  history: HistoryReader;
  announce(events: readonly NewEvent[]): void;
}

/** A slice of work that fails so often ends the dig. */
const MOST_ATTEMPTS = 5;
/** Progress is told at most so often. */
const TELL_EVERY_MS = 1_000;
/** Gaps of an interval among which the likeliest are looked for. */
const GAPS_READ = 5_000;
const NO_DIG = refused('not_found', 'No such dig.');

/** Saved explorations, worked on in the background: a slice at a time, each saved, so that any may be the last for now. */
export class DigDesk {
  private readonly ports: DigDeskPorts;
  private toldAt = 0;

  constructor(ports: DigDeskPorts) {
    this.ports = ports;
  }

  start({ name, from, to, conversation_id, include }: NewDig, now: number): Outcome<DigRecord> {
    const { digs } = this.ports.stores;
    if (digs.count() >= DIG_LIMITS.digs) return refused('conflict', `A user has at most ${DIG_LIMITS.digs} digs.`);
    const request: DigRequest = {
      from: Date.parse(from),
      to: Date.parse(to),
      conversationId: conversation_id ?? null,
      include: [...new Set(include)],
    };
    const id = newUlid(now);
    const title = name ?? `${from.slice(0, 10)} to ${to.slice(0, 10)}`;
    digs.add(id, title, request, stageFrom('scan', request.include), NOTHING_FOUND, now);
    return done(digs.find(id)!);
  }

  find(id: string): Outcome<DigRecord> {
    const dig = this.ports.stores.digs.find(id);
    return dig ? done(dig) : NO_DIG;
  }

  patch(id: string, { name, note, author }: DigPatch, user: string, now: number): Outcome<DigRecord> {
    const { digs } = this.ports.stores;
    const found = this.find(id);
    if (!found.ok) return found;
    const { row } = found.value;
    if (note !== undefined && digs.notes(row).length >= DIG_LIMITS.notes) {
      return refused('conflict', `A dig has at most ${DIG_LIMITS.notes} notes.`);
    }
    if (name !== undefined) digs.rename(row, name);
    if (note !== undefined) digs.addNote(row, { author: author ?? user, text: note, at: now });
    return this.find(id);
  }

  /** What has ended stays as it is. */
  cancel(id: string, now: number): Outcome<DigRecord> {
    const found = this.find(id);
    if (!found.ok || found.value.finishedAt !== null) return found;
    this.end({ ...found.value, state: 'cancelled', found: { ...found.value.found, left: [] } }, now);
    return this.find(id);
  }

  remove(id: string): Outcome<null> {
    const found = this.find(id);
    if (!found.ok) return found;
    this.ports.stores.digs.remove(found.value.row);
    return done(null);
  }

  isOpen(): boolean {
    return this.ports.stores.digs.next() !== null;
  }

  /** Does a slice of the dig that was begun first. @returns whether more is left */
  async step(): Promise<boolean> {
    const dig = this.ports.stores.digs.next();
    if (!dig) return false;
    try {
      await this.slice(dig);
    } catch (error) {
      log.error('a slice of a dig failed', { id: dig.id, stage: dig.stage, error });
      this.failed(dig.id);
    }
    return this.isOpen();
  }

  /** Takes out what was found under a consent, wherever it is. In a transaction. */
  erase(consent: 'reconstruction' | 'style', now: number): void {
    for (const dig of this.ports.stores.digs.all()) {
      if (consent === 'style') {
        this.ports.stores.digs.save({ ...dig, found: { ...dig.found, patterns: null } });
        continue;
      }
      const isOpen = dig.finishedAt === null;
      const ended = isOpen ? { state: 'cancelled' as const, finishedAt: now } : {};
      this.ports.stores.digs.save({ ...dig, ...ended, found: NOTHING_FOUND });
    }
  }

  /** A message is deleted: patterns hold words of the messages they were found in. In a transaction. */
  forget(sentAt: number): void {
    for (const dig of this.ports.stores.digs.all()) {
      const { request, found } = dig;
      if (sentAt < request.from || sentAt > request.to || dig.startedAt === null) continue;
      this.ports.stores.digs.save({ ...dig, found: { ...found, patterns: null, isOutdated: true } });
    }
  }

  private async slice(dig: DigRecord): Promise<void> {
    const now = Date.now();
    const begun: DigRecord = { ...dig, state: 'processing', startedAt: dig.startedAt ?? now };
    if (dig.state === 'pending') begun.total = begun.request.include.length + 1;
    if (begun.stage === 'scan') {
      const { conversationId } = begun.request;
      const more = this.ports.gaps.step(conversationId);
      return more ? this.save(begun) : this.forward(begun);
    }
    if (begun.stage === 'gaps') return this.forward(this.withGaps(begun));
    if (begun.stage === 'reconstructions') return this.reconstructNext(begun);
    if (begun.stage === 'patterns') return this.forward(this.withPatterns(begun));
    this.end({ ...begun, state: 'completed' }, now);
  }

  private withGaps(dig: DigRecord): DigRecord {
    const { conversationId, from, to, include } = dig.request;
    const gaps = this.ports.stores.gaps
      .list({ conversationId, minProbability: null, from, to, after: null, limit: GAPS_READ })
      .toSorted((a, b) => b.probability - a.probability);
    const isRebuilt = include.includes('reconstructions');
    const left = isRebuilt ? gaps.slice(0, DIG_LIMITS.reconstructions).map(({ id }) => id) : [];
    return {
      ...dig,
      total: dig.total + left.length,
      found: {
        ...dig.found,
        gaps: include.includes('gaps') ? gaps.slice(0, DIG_LIMITS.gaps).map(gapView) : null,
        gapsTotal: gaps.length,
        left,
        reconstructionIds: isRebuilt ? [] : null,
      },
    };
  }

  private async reconstructNext(dig: DigRecord): Promise<void> {
    const [gapId, ...left] = dig.found.left;
    if (gapId === undefined) return this.forward(dig);
    const { desk, stores, announce } = this.ports;
    const body = { gap_id: gapId, max_messages: RECONSTRUCT_LIMITS.defaultMessages, product: 'both' as const };
    const scene = await desk.scene(body);
    // it may have been cancelled, or its consent withdrawn, while vectors were awaited
    const current = stores.digs.find(dig.id);
    if (!current || current.finishedAt !== null) return;
    const made = scene.ok ? stores.transaction(() => desk.make(scene.value, Date.now())) : null;
    const { found } = current;
    const reconstructionIds = [...new Set([...(found.reconstructionIds ?? []), ...(made?.ids ?? [])])];
    this.save({
      ...dig,
      name: current.name,
      done: dig.done + 1,
      attempts: 0,
      found: { ...found, left, reconstructionIds },
    });
    if (made && made.ids.length > 0) {
      announce([{ type: 'reconstruction.proposed', origin: 'reconstructed', reconstruction_ids: made.ids }]);
    }
  }

  private withPatterns(dig: DigRecord): DigRecord {
    // allowed when the dig was asked for, which may be long ago
    if (!this.ports.stores.consents.granted().has('style')) return dig;
    const { conversationId, from, to } = dig.request;
    const { patterns } = this.ports.history.patterns({ conversationId, from, to }, PATTERN_MESSAGES);
    return { ...dig, found: { ...dig.found, patterns: patterns.map(patternView) } };
  }

  private forward(dig: DigRecord): void {
    const stage = stageAfter(dig.stage, dig.request.include);
    this.save({ ...dig, stage, done: dig.done + 1, attempts: 0 });
  }

  private save(dig: DigRecord): void {
    this.ports.stores.digs.save(dig);
    const now = Date.now();
    if (now - this.toldAt < TELL_EVERY_MS) return;
    this.toldAt = now;
    this.ports.announce([{ type: 'dig.progress', dig_id: dig.id, progress: digProgress(dig) }]);
  }

  private end(dig: DigRecord & { state: 'completed' | 'cancelled' | 'failed' }, now: number): void {
    this.ports.stores.digs.save({ ...dig, finishedAt: now });
    this.ports.announce([{ type: 'dig.completed', dig_id: dig.id, status: dig.state }]);
  }

  private failed(id: string): void {
    const dig = this.ports.stores.digs.find(id);
    if (!dig || dig.finishedAt !== null) return;
    const attempts = dig.attempts + 1;
    if (attempts < MOST_ATTEMPTS) this.ports.stores.digs.save({ ...dig, attempts });
    else this.end({ ...dig, state: 'failed', attempts, error: 'It failed again and again.' }, Date.now());
  }
}
