import type { CalibrationPorts, KnownTurn } from '../../src/archaeology/reconstruct/calibrate-person.ts';
import { type PersonCalibration, SHIPPED_CALIBRATION } from '../../src/archaeology/reconstruct/confidence.ts';
import { likeContexts } from '../../src/archaeology/reconstruct/like-contexts.ts';
import {
  type KnownMessage,
  PLACE_AFTER,
  PLACE_BEFORE,
  type Place,
  type ReconstructPorts,
} from '../../src/archaeology/reconstruct/ports.ts';
import { RangeCounts } from '../../src/archaeology/reconstruct/writing-ranges.ts';
import { StyleModel } from '../../src/archaeology/style-model/style-model.ts';
import { cosine } from '../../src/dialogue/cosine.ts';
import { sameText } from '../../src/text/same-text.ts';

type Nearest = (vector: Float32Array, count: number) => { row: number; score: number }[];

/** One conversation of a person, in order, as the ports of reconstruction: rows are places in the list. */
export class MemoryHistory implements CalibrationPorts {
  readonly messages: readonly KnownMessage[];
  readonly style = new StyleModel();
  readonly ranges = new RangeCounts();
  private readonly model: string | null;
  private readonly nearest: Nearest;
  private readonly said = new Map<string, number>();
  private own = 0;
  /** a row that nothing here has seen */
  private hidden = -1;

  constructor(messages: readonly KnownMessage[], { model, nearest }: { model: string | null; nearest?: Nearest }) {
    this.messages = messages;
    this.model = model;
    this.nearest = nearest ?? ((vector, count) => this.scan(vector, count));
    for (let row = 0; row < messages.length; row++) this.count(row, 1);
  }

  /** The place between two rows, with what lies between left out. */
  place(after: number, before: number): Place {
    const { messages } = this;
    return {
      conversationId: 'chat',
      gapId: null,
      from: messages[after]?.at ?? null,
      to: messages[before]?.at ?? null,
      before: messages.slice(Math.max(0, after + 1 - PLACE_BEFORE), after + 1),
      after: messages.slice(before, before + PLACE_AFTER),
      missing: null,
    };
  }

  ports(changes: Partial<ReconstructPorts> = {}): ReconstructPorts {
    const calibration: PersonCalibration = SHIPPED_CALIBRATION;
    return {
      ...{ ownMessages: this.own, model: this.model, calibration, style: this.style, ranges: this.ranges.ranges() },
      ...{ elsewhere: [], otherCopies: [], rhythm: null, rejected: new Set<string>() },
      similarContexts: (before, after, limit) => likeContexts(this.index(), before, after, limit),
      timesSaid: (text) => this.said.get(sameText(text)) ?? 0,
      ...changes,
    };
  }

  knownTurns(limit: number): KnownTurn[] {
    const rows = [...this.messages.keys()].slice(1, -1).filter((row) => this.messages[row]!.isOwn);
    const count = Math.min(limit, rows.length);
    return Array.from({ length: count }, (_, i) => {
      const row = rows[Math.floor((i * rows.length) / count)]!;
      const { id, content: text, vector } = this.messages[row]!;
      return { id, place: this.place(row - 1, row + 1), text, vector };
    });
  }

  hide<T>(id: string, look: (ports: ReconstructPorts) => T): T {
    const row = this.messages.findIndex((message) => message.id === id);
    this.count(row, -1);
    this.hidden = row;
    try {
      return look(this.ports());
    } finally {
      this.hidden = -1;
      this.count(row, 1);
    }
  }

  private count(row: number, sign: 1 | -1): void {
    const { content, isOwn } = this.messages[row]!;
    if (!isOwn) return;
    const key = sameText(content);
    this.own += sign;
    this.said.set(key, (this.said.get(key) ?? 0) + sign);
    this.ranges.apply(content, sign);
    if (sign > 0) this.style.add(row, content);
    else this.style.remove(row);
  }

  private index() {
    const { messages, hidden } = this;
    const step = (row: number, by: 1 | -1) => {
      const next = row + by === hidden ? row + 2 * by : row + by;
      return next >= 0 && next < messages.length ? next : -1;
    };
    return {
      nearest: (vector: Float32Array, count: number) =>
        this.nearest(vector, count + 1)
          .filter(({ row }) => row !== hidden)
          .slice(0, count),
      next: (row: number) => step(row, 1),
      previous: (row: number) => step(row, -1),
      isOwn: (row: number) => messages[row]!.isOwn,
      vectorOf: (row: number) => messages[row]!.vector,
      read: (row: number) => ({ id: messages[row]!.id, text: messages[row]!.content }),
    };
  }

  private scan(vector: Float32Array, count: number): { row: number; score: number }[] {
    return this.messages
      .map(({ vector: other }, row) => ({ row, score: cosine(vector, other) }))
      .sort((a, b) => b.score - a.score || a.row - b.row)
      .slice(0, count);
  }
}
