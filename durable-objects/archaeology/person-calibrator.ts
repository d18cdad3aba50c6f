import {
  calibrationFrom,
  HIDDEN_TURNS,
  type HiddenTrial,
  hiddenTrial,
  type KnownTurn,
} from '../../src/archaeology/reconstruct/calibrate-person.ts';
import type { ContextIndex } from '../../src/archaeology/reconstruct/like-contexts.ts';
import type { MessageRow } from '../stores/message-store.ts';
import type { Stores } from '../stores/stores.ts';
import { PlaceReader } from './place-reader.ts';
import type { ReconstructDesk } from './reconstruct-desk.ts';
import type { WritingHost } from './writing-host.ts';

/** With fewer messages the person's own turns say nothing. */
const LEAST_MESSAGES = 50;
/** Turns that are hidden before others get their turn; some 20 ms. */
const SLICE = 3;

/** Turns of the person that are hidden, one after the other. */
interface Run {
  rows: number[];
  trials: HiddenTrial[];
}

/**
 * Learns how far reconstruction can be trusted for one person: hides turns of theirs and looks what would be proposed.
 * In the background, after a reconstruction was asked for, and again each time the history has doubled.
 */
export class PersonCalibrator {
  private readonly stores: Stores;
  private readonly desk: ReconstructDesk;
  private readonly writing: WritingHost;
  private readonly places: PlaceReader;
  private isAsked = false;
  private run: Run | null = null;

  constructor(stores: Stores, desk: ReconstructDesk, writing: WritingHost) {
    this.stores = stores;
    this.desk = desk;
    this.writing = writing;
    this.places = new PlaceReader(stores);
  }

  /** Something was proposed: its confidence should be this person's. */
  ask(): void {
    this.isAsked = true;
  }

  /** What was gathered rests on messages that may be gone. */
  reset(): void {
    this.run = null;
  }

  /** Hides some turns. @returns whether more is left */
  step(): boolean {
    if (!this.isAsked) return false;
    const own = this.writing.current().messages;
    if (own < LEAST_MESSAGES || own < 2 * this.desk.fittedAt()) {
      this.isAsked = false;
      return false;
    }
    this.run ??= { rows: spread(this.stores.messages.rowsOfPerson(), HIDDEN_TURNS), trials: [] };
    const { rows, trials } = this.run;
    for (const row of rows.splice(0, SLICE)) {
      const [message] = this.stores.messages.between(row, row, 1);
      if (message) trials.push(this.trial(message));
    }
    if (rows.length > 0) return true;
    const learned = calibrationFrom(trials, this.desk.calibration());
    this.stores.transaction(() => this.desk.learn(learned, Date.now(), own));
    this.run = null;
    this.isAsked = false;
    return false;
  }

  private trial(message: MessageRow): HiddenTrial {
    const model = this.stores.memories.lastModel();
    const [known] = this.places.known([message], model);
    const place = this.places.around(message, model);
    const turn: KnownTurn = { id: message.id, place, text: message.content, vector: known!.vector };
    return this.writing.without(message, () =>
      hiddenTrial(
        turn,
        this.desk.portsFor(place, model, (index) => withoutRow(index, message.row)),
      ),
    );
  }
}

/** At most `count` of them, at even distances. */
const spread = (rows: readonly number[], count: number): number[] =>
  rows.length <= count
    ? [...rows]
    : Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]!);

/** The same messages as if one had never been: its neighbours are neighbours of each other. */
function withoutRow(index: ContextIndex, hidden: number): ContextIndex {
  const next = (row: number) => (index.next(row) === hidden ? index.next(hidden) : index.next(row));
  const previous = (row: number) => (index.previous(row) === hidden ? index.previous(hidden) : index.previous(row));
  return {
    ...index,
    next,
    previous,
    nearest: (vector, count) =>
      index
        .nearest(vector, count + 1)
        .filter(({ row }) => row !== hidden)
        .slice(0, count),
  };
}
