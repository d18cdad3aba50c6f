import { createHash } from 'node:crypto';
import { endModelOf, GAP_MODELS } from '../../src/archaeology/gaps/blend.ts';
import { ConversationScan } from '../../src/archaeology/gaps/conversation-scan.ts';
import { findGaps, kindOf } from '../../src/archaeology/gaps/find-gaps.ts';
import { type Rhythm, rhythmOf } from '../../src/archaeology/rhythm/rhythm.ts';
import { isReconstructed } from '../../src/shared/reconstructed.ts';
import type { ScannedMessage, StoredGap } from '../stores/gap-store.ts';
import type { Stores } from '../stores/stores.ts';

/** Messages that are read before others get their turn; some 30 ms. */
const SLICE = 2_000;
/** Messages of all conversations together whose scans stay in memory, some 150 bytes each. */
const HELD_MESSAGES = 100_000;
/** What a scan weighs besides, in messages: it counts words in a table of its own. */
const SCAN_WEIGHT = 1_000;
/** Gaps less likely than this are not even kept. */
const LEAST_PROBABILITY = 0.1;
/** Gaps kept of one conversation: the likeliest. */
const MOST_GAPS = 2_000;

interface Held {
  scan: ConversationScan;
  model: string | null;
  /** the last message taken in, by its place in the order of time */
  last: { sentAt: number; row: number } | null;
  /** every message of the conversation is in the scan */
  isWhole: boolean;
}

/** Where a message stands. */
export interface Place {
  row: number;
  conversationId: string;
  sentAt: number;
}

/**
 * The gaps of one person. A new message is taken in by its conversation's scan at once; the gaps of a conversation that
 * changed are found anew when they are next read. Scans live in memory and are read again after an eviction; gaps are
 * stored, and so is which conversations have changed since. Nothing is read or kept without consent.
 */
export class GapHost {
  private readonly held = new Map<string, Held>();
  private readonly dirty = new Set<string>();
  private readonly stores: Stores;

  constructor(stores: Stores) {
    this.stores = stores;
  }

  /** Takes in messages that have just got their vectors. In a transaction. */
  take(places: readonly Place[]): void {
    const changed = new Set(
      places.flatMap(({ conversationId }) => (isSearched(conversationId) ? [conversationId] : [])),
    );
    for (const conversationId of changed) {
      this.noteDirty(conversationId);
      const held = this.held.get(conversationId);
      if (!held) continue;
      const isLate = places.some((place) => place.conversationId === conversationId && !isAfter(place, held.last));
      // what came before others were read changes them: read anew when asked
      if (isLate || held.model !== this.stores.memories.lastModel()) this.held.delete(conversationId);
      else if (held.isWhole) this.read(conversationId, held);
    }
  }

  /** Takes a message back that is about to be deleted. In a transaction. */
  forget({ conversationId }: Place): void {
    if (!isSearched(conversationId)) return;
    this.held.delete(conversationId);
    this.noteDirty(conversationId);
  }

  /**
   * Scans some of what has changed: a slice of a long conversation, or several short ones.
   * @param conversationId null: any
   * @returns whether more is left
   */
  step(conversationId: string | null): boolean {
    const { gaps } = this.stores;
    let wanted = gaps.nextDirty(conversationId);
    for (let done = 0; wanted !== null && done < SLICE; wanted = gaps.nextDirty(conversationId)) {
      done += this.scan(wanted);
    }
    return wanted !== null;
  }

  /** @returns messages looked at */
  private scan(conversationId: string): number {
    const held = this.held.get(conversationId) ?? this.fresh();
    this.hold(conversationId, held);
    this.read(conversationId, held);
    if (!held.isWhole) return SLICE;
    const found = gapsOf(conversationId, held.scan);
    this.stores.transaction(() => this.stores.gaps.replace(conversationId, found));
    this.dirty.delete(conversationId);
    return Math.max(1, held.scan.length);
  }

  /** Null where the conversation has not been scanned lately. */
  rhythm(conversationId: string): Rhythm | null {
    const held = this.held.get(conversationId);
    return held?.isWhole ? rhythmOf(held.scan.rhythm) : null;
  }

  /** Everything has to be scanned: consent was given, or old messages came back. */
  restart(): void {
    this.reset();
    this.stores.gaps.allDirty();
  }

  /** In a transaction. */
  erase(): void {
    this.reset();
    this.stores.gaps.eraseAll();
  }

  /** Reads everything from storage anew. */
  reset(): void {
    this.held.clear();
    this.dirty.clear();
  }

  private noteDirty(conversationId: string): void {
    if (this.dirty.has(conversationId)) return;
    this.dirty.add(conversationId);
    this.stores.gaps.noteDirty(conversationId);
  }

  private read(conversationId: string, held: Held): void {
    const messages = this.stores.gaps.messages(conversationId, held.last, held.model, SLICE);
    for (const { message } of messages) held.scan.push(message);
    held.last = placeOf(messages.at(-1)) ?? held.last;
    held.isWhole = messages.length < SLICE;
  }

  private fresh(): Held {
    const model = this.stores.memories.lastModel();
    return { scan: new ConversationScan(endModelOf(model)), model, last: null, isWhole: false };
  }

  /** The scans used last stay, as many as there is room for. */
  private hold(conversationId: string, held: Held): void {
    this.held.delete(conversationId);
    this.held.set(conversationId, held);
    let total = [...this.held.values()].reduce((sum, { scan }) => sum + SCAN_WEIGHT + scan.length, 0);
    for (const [id, { scan }] of this.held) {
      if (total <= HELD_MESSAGES || id === conversationId) break;
      this.held.delete(id);
      total -= SCAN_WEIGHT + scan.length;
    }
  }
}

const isSearched = (conversationId: string) => conversationId !== 'notes' && !isReconstructed(conversationId);

const placeOf = (message: ScannedMessage | undefined) => message && { sentAt: message.sentAt, row: message.row };

const isAfter = ({ sentAt, row }: Place, last: Held['last']) =>
  last === null || sentAt > last.sentAt || (sentAt === last.sentAt && row > last.row);

function gapsOf(conversationId: string, scan: ConversationScan): StoredGap[] {
  const { threshold } = GAP_MODELS[kindOf(scan)];
  return findGaps(scan, Math.min(LEAST_PROBABILITY, threshold))
    .toSorted((a, b) => b.probability - a.probability)
    .slice(0, MOST_GAPS)
    .map((gap) => ({
      ...gap,
      id: gapId(gap.afterId, gap.beforeId),
      conversationId,
      isTold: gap.probability >= threshold,
    }));
}

function gapId(afterId: string, beforeId: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([afterId, beforeId]))
    .digest('hex');
  return `gap_${digest.slice(0, 24)}`;
}
