import { reconstructAnswer } from '../../src/archaeology/reconstruct/answer.ts';
import type { PersonCalibration } from '../../src/archaeology/reconstruct/confidence.ts';
import type { ReconstructBody } from '../../src/archaeology/reconstruct/contract.ts';
import { type ContextIndex, likeContexts } from '../../src/archaeology/reconstruct/like-contexts.ts';
import { type Location, locate } from '../../src/archaeology/reconstruct/locate.ts';
import type { Place, ReconstructPorts } from '../../src/archaeology/reconstruct/ports.ts';
import { proposalScene } from '../../src/archaeology/reconstruct/proposal-scene.ts';
import type { ProposalScene, ProposedText } from '../../src/archaeology/reconstruct/proposed-texts.ts';
import { type Prospect, prospectOf } from '../../src/archaeology/reconstruct/prospect.ts';
import { reconstruct } from '../../src/archaeology/reconstruct/reconstruct.ts';
import type { Product, Reconstruction } from '../../src/archaeology/reconstruct/reconstruction.ts';
import { type PlaceKey, rejectedFor } from '../../src/archaeology/reconstruct/verdict.ts';
import type { EmbeddingPort } from '../../src/embedding/embedder.ts';
import { embeddingText } from '../../src/palace/embedding-text.ts';
import { done, type Outcome, refused } from '../../src/shared/errors.ts';
import { newUlid } from '../../src/shared/ids.ts';
import { sameText } from '../../src/text/same-text.ts';
import type { SearchHost } from '../palace/search-host.ts';
import { type ReconstructionRecord, sourcesOf } from '../stores/reconstruction-store.ts';
import type { Stores } from '../stores/stores.ts';
import type { GapHost } from './gap-host.ts';
import { PlaceReader } from './place-reader.ts';
import { fittedAt, saveCalibration, savedCalibration } from './reconstruction-calibration.ts';
import type { WritingHost } from './writing-host.ts';

export interface ReconstructDeskPorts {
  stores: Stores;
  index: SearchHost;
  gaps: GapHost;
  writing: WritingHost;
  embedder: EmbeddingPort;
  scope(): string;
}

/** Messages of other conversations are evidence this long before and after a place. */
const ELSEWHERE_MS = 86_400_000;
const ELSEWHERE = 200;
/** Of another export, that may have stood in one place. */
const COPIES = 100;
/** A text is asked for again so often when messages are deleted meanwhile. */
const TRIES = 3;

export const DELETING = refused('unavailable', 'Messages are being deleted right now.', 1);

/** What reconstruction is made from, gathered before: making it awaits nothing. */
export interface ReconstructScene {
  prospect: Prospect;
  ports: ReconstructPorts;
  vectors: ReadonlyMap<string, Float32Array>;
  /** as of `isCurrent` */
  mark: number;
}

/** What was made, and which of it is new. */
export interface Made {
  answer: ReturnType<typeof reconstructAnswer>;
  ids: string[];
}

/** What most likely stood where messages are missing. */
export class ReconstructDesk {
  private readonly ports: ReconstructDeskPorts;
  private readonly places: PlaceReader;
  /** grows when messages are deleted: evidence that was gathered before may hold their words */
  private deletions = 0;

  constructor(ports: ReconstructDeskPorts) {
    this.ports = ports;
    this.places = new PlaceReader(ports.stores);
  }

  noteDeletion(): void {
    this.deletions++;
  }

  /**
   * Gathers the evidence, and the vectors of its texts. Without a model words alone are compared.
   * @param propose asks a text model; left out: none has a part in it
   */
  async scene(
    body: ReconstructBody,
    propose: (scene: ProposalScene) => Promise<ProposedText[]> = async () => [],
  ): Promise<Outcome<ReconstructScene>> {
    for (let i = 0; i < TRIES; i++) {
      const before = this.deletions;
      const located = locate(body, this.places.lookup());
      if (!located.ok) return located;
      const scene = this.prospect(located.value, body);
      const vectors = await this.embedded(scene.prospect.texts, scene.ports.model);
      const asked = proposalScene(scene.prospect, scene.ports);
      const proposed = asked ? await propose(asked) : [];
      const ports = { ...scene.ports, proposed };
      if (before === this.deletions) return done({ ...scene, ports, vectors, mark: before });
    }
    return DELETING;
  }

  /** Nothing that a scene was gathered from has been deleted since. */
  isCurrent({ mark }: ReconstructScene): boolean {
    return mark === this.deletions;
  }

  /** Proposes, and keeps what is proposed. In a transaction. */
  make({ prospect, ports, vectors }: ReconstructScene, now: number): Made {
    const made = reconstruct(prospect, ports, (text) => vectors.get(text) ?? null);
    const { conversationId, afterId, beforeId, gapId, messages } = made;
    const place: PlaceKey = { conversationId, afterId, beforeId, from: prospect.place.from, to: prospect.place.to };
    const open = this.ports.stores.reconstructions.openAt(conversationId, afterId, beforeId);
    const ids = new Map<Reconstruction, string>();
    for (const { position, speaker, time, retrieval, composition } of messages) {
      for (const reconstruction of [retrieval, composition]) {
        if (reconstruction?.state !== 'proposed') continue;
        const about = { place, gapId, position, speaker, at: time.at, reconstruction, madeAt: now };
        ids.set(reconstruction, this.keep(about, open));
      }
    }
    this.ports.stores.reconstructions.trim();
    return { answer: reconstructAnswer(made, (each) => ids.get(each) ?? null), ids: [...ids.values()] };
  }

  calibration(): PersonCalibration {
    return savedCalibration(this.ports.stores);
  }

  /** In a transaction. @param fitted see `fittedAt` */
  learn(calibration: PersonCalibration, now: number, fitted = this.fittedAt()): void {
    saveCalibration(this.ports.stores, calibration, now, fitted);
  }

  /** How many messages the person had written when their own turns were last hidden for it; 0: never. */
  fittedAt(): number {
    return fittedAt(this.ports.stores);
  }

  /** What the rules need of the history around a place. @param as how its messages are seen as contexts of each other */
  portsFor(place: Place, model: string | null, as = (index: ContextIndex) => index): ReconstructPorts {
    const { stores, writing, gaps, index } = this.ports;
    const { conversationId, from, to } = place;
    const [start, end] = [from ?? to ?? 0, to ?? from ?? 0];
    const around = { afterId: place.before.at(-1)?.id ?? null, beforeId: place.after[0]?.id ?? null };
    const contexts = as(index.contexts(model));
    const { messages: ownMessages, ...manner } = writing.current();
    return {
      ownMessages,
      model,
      elsewhere: this.places.evidence(
        stores.messages.elsewhere(conversationId, start - ELSEWHERE_MS, end + ELSEWHERE_MS, ELSEWHERE),
      ),
      otherCopies: this.copies(place),
      similarContexts: (before, after, limit) => likeContexts(contexts, before, after, limit),
      ...manner,
      rhythm: gaps.rhythm(conversationId),
      rejected: rejectedFor({ conversationId, from, to, ...around }, this.rejections(conversationId)),
      calibration: this.calibration(),
    };
  }

  private prospect(location: Location, body: ReconstructBody): Pick<ReconstructScene, 'prospect' | 'ports'> {
    const model = this.ports.stores.memories.lastModel();
    const place = this.places.place(location, model);
    const ports = this.portsFor(place, model);
    const products: readonly Product[] = body.product === 'both' ? ['retrieval', 'composition'] : [body.product];
    const options = { maxMessages: body.max_messages, products, given: body.candidates ?? null };
    return { prospect: prospectOf(place, ports, options), ports };
  }

  /** Those that the record lacks still: the messages beside the place may say the same by now. */
  private copies(place: Place): ReconstructPorts['otherCopies'] {
    const beside = new Set([place.before.at(-1), place.after[0]].map((each) => each && sameText(each.content)));
    return this.ports.stores.copies
      .between(place.conversationId, place.from, place.to, COPIES)
      .filter(({ content }) => !beside.has(sameText(content)));
  }

  private rejections(conversationId: string) {
    return this.ports.stores.reconstructions.refuted(conversationId).flatMap(({ place, reconstruction, verdict }) => {
      if (reconstruction?.state !== 'proposed') return [];
      const textKey = sameText(reconstruction.text);
      const said = verdict?.content ?? null;
      return said !== null && sameText(said) === textKey ? [] : [{ ...place, textKey }];
    });
  }

  /** One open proposal a place, a product and a position: the last one. @returns its id */
  private keep(
    about: Omit<Parameters<Stores['reconstructions']['add']>[0], 'id'>,
    open: readonly ReconstructionRecord[],
  ): string {
    const { reconstructions } = this.ports.stores;
    const { position, reconstruction } = about;
    const earlier = open.find((each) => each.position === position && each.product === reconstruction.product);
    if (earlier) reconstructions.drop(earlier.row);
    const isSame =
      earlier?.reconstruction?.state === 'proposed' && earlier.reconstruction.text === textOf(reconstruction);
    const id = isSame ? earlier.id : newUlid(about.madeAt);
    reconstructions.add({ ...about, id }, sourcesOf(reconstruction));
    return id;
  }

  private async embedded(texts: Prospect['texts'], model: string | null): Promise<Map<string, Float32Array>> {
    if (texts.length === 0 || model === null) return new Map();
    const answer = await this.ports.embedder.embed(texts.map(embeddingText), model, this.ports.scope());
    if (!answer.ok || answer.value.model !== model) return new Map();
    const { dimensions, vectors } = answer.value;
    return new Map(texts.map(({ content }, i) => [content, vectors.subarray(i * dimensions, (i + 1) * dimensions)]));
  }
}

const textOf = (reconstruction: Reconstruction) => (reconstruction.state === 'proposed' ? reconstruction.text : null);
