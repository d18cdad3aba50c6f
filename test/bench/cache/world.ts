import { KeyLookup } from '../../../src/auth/key-lookup.ts';
import { MemoryCache } from '../../../src/cache/memory.ts';
import { CACHES, type CacheName, type CacheTier } from '../../../src/cache/policy.ts';
import type { CacheResult } from '../../../src/cache/tally.ts';
import { EmbeddingCache } from '../../../src/embedding/cached.ts';
import type { Embedder } from '../../../src/embedding/embedder.ts';
import { RecentQuestions } from '../../../src/embedding/recent-questions.ts';
import { FlagReader } from '../../../src/flags/flag-reader.ts';
import { AnswerCache, answerKey } from '../../../src/llm/answer-cache.ts';
import { SavedKeys } from '../../../src/llm/kept-keys.ts';
import { contextSummary } from '../../../src/llm/templates/context-summary.ts';
import { KeptProfiles } from '../../../src/mirror/personality/kept-profile.ts';
import { type ChangeLog, ChangeLogs } from '../../../src/palace/change-log.ts';
import type { KeptShape } from '../../../src/palace/spatial-answers.ts';
import { SpatialAnswers } from '../../../src/palace/spatial-answers.ts';
import { done } from '../../../src/shared/errors.ts';
import { seeded } from '../../../src/statistics/seeded.ts';
import { type Action, type Event, VIEWPOINTS } from './trace.ts';

/** Isolates that serve requests and hold objects. Each ends after four hours on average, as by a release or for its memory. */
const ISOLATES = 8;
const ISOLATE_LIFE_MS = 4 * 3_600_000;
/** Of embeddings, asked of the isolate that holds the object; the others of any. */
const SAME_ISOLATE = 0.8;
/** A message changes what a question finds, and so what is summarised, this often. */
const CHANGES_SUMMARY = 0.2;
/** Messages of a person before the trace begins. */
const HISTORY = 1_000;
/** Of a message, on average (exponential). */
const WORDS = 15;
const ROOMS = 10;
/** Metres. */
const ROOM = [12, 8, 4] as const;

export type Counts = Record<CacheResult, number>;
const none = (): Counts => ({ hit: 0, miss: 0, stale: 0, eviction: 0, renewal: 0 });

interface Isolate {
  endsAt: number;
  spatial: MemoryCache;
  logs: ChangeLogs;
  personality: KeptProfiles<typeof PROFILE>;
  answers: MemoryCache;
  embeddings: EmbeddingCache;
  keys: KeyLookup;
  flags: FlagReader;
}

interface Person {
  epoch: number;
  messages: number;
  words: number;
  /** id of the log of changes to the palaces */
  log: string | null;
  /** gone with the object's memory when it sleeps, which is later than the questions are kept */
  recent: RecentQuestions;
  kept: SavedKeys;
  /** how often what a question finds has changed */
  findings: Map<string, number>;
}

/** A model of the size of the product's, that computes nothing. */
const MODEL: Embedder = {
  model: 'bench/384',
  dimensions: 384,
  remote: true, // as with Workers AI, which comes first in production: KV stands behind the isolate
  embed: async (texts) => new Float32Array(384 * texts.length),
};

/** The product's caches, in isolates that come and go, with everything behind them left out. Time is that of the trace. */
export class World {
  readonly counts = new Map<string, Counts>();
  /** questions that nobody had asked before: no cache could answer them */
  firstQuestions = 0;
  private readonly asked = new Set<string>();
  private now = 0;
  private readonly random = seeded(7);
  /** streams of their own, so that what asks more or less changes neither */
  private readonly wordRandom = seeded(11);
  private readonly endRandom = seeded(13);
  private readonly later: Promise<unknown>[] = [];
  private readonly isolates: (Isolate | undefined)[] = Array.from({ length: ISOLATES });
  private readonly people = new Map<number, Person>();
  private readonly kv: Record<'embeddings' | 'textModelResponses', MemoryCache>;
  private readonly keysInKv = new Map<string, string>();

  constructor() {
    const kvOf = (name: CacheName) => this.cache(name, 'kv', Number.POSITIVE_INFINITY);
    this.kv = { embeddings: kvOf('embeddings'), textModelResponses: kvOf('textModelResponses') };
  }

  /** Forgets what was counted so far. What is in the caches stays. */
  beginCounting(): void {
    this.firstQuestions = 0;
    this.counts.clear();
  }

  async replay({ at, person: number, action }: Event): Promise<void> {
    this.now = at;
    const person = this.personOf(number);
    await this.request(number);
    await this.act(action, number, person, this.isolate(number % ISOLATES));
    await Promise.all(this.later.splice(0));
  }

  /** What every request asks first, in any isolate. */
  private async request(number: number): Promise<void> {
    const { keys } = this.isolate(Math.floor(this.random() * ISOLATES));
    const tenantId = tenantOf(number);
    const principal = { keyId: tenantId, tenantId, scopes: [], userId: null, ratePerMinute: null };
    this.ask(tenantId);
    await keys.principal(`key of ${tenantId}`, {
      find: async () => ({ principal, expiresAt: null }),
      recall: async (hash) => this.keysInKv.get(hash) ?? null,
      remember: async (hash, text) => void this.keysInKv.set(hash, text),
      now: () => this.now,
      random: this.random,
      pause: () => new Promise(() => {}), // what is asked answers in the same moment
      tally: (tier, result) => this.count('apiKeys', tier, result),
      later: (work) => void this.later.push(work),
    });
  }

  private async act(action: Action, number: number, person: Person, home: Isolate): Promise<void> {
    switch (action.do) {
      case 'profile':
        this.ask(`profile of ${number}`);
        home.personality.read(String(number), person, () => PROFILE);
        return;
      case 'view': {
        this.ask(`view ${action.viewpoint} of ${number}`);
        const log = this.logOf(person, home) ?? home.logs.begin(person.epoch);
        person.log = log.id;
        const answers = new SpatialAnswers(home.spatial, log);
        answers.find(1, viewOf((action.viewpoint + number) % VIEWPOINTS), person.epoch, () => FOUND);
        return;
      }
      case 'context':
        return this.embed([action.text], number, home, 'query');
      case 'summarise':
        return this.summarise(action.text, number, person, home);
      case 'predict':
        for (const kind of ['reply', 'decision'] as const) {
          await home.flags.isOn(`mirror_${kind}_candidate`, tenantOf(number), String(number));
          await home.flags.isOn(`mirror_${kind}_shadow`, tenantOf(number), String(number));
        }
        return this.embed([action.text], number, home, 'query');
      case 'store':
        await this.embed(action.texts, number, home, 'message');
        for (const _ of action.texts) this.place(person, home);
        person.messages++;
        person.words += 1 - Math.floor(WORDS * Math.log(1 - this.wordRandom()));
        home.personality.renew(String(number), person, () => PROFILE);
    }
  }

  private async embed(texts: string[], number: number, home: Isolate, purpose: 'query' | 'message'): Promise<void> {
    const isHome = this.random() < SAME_ISOLATE;
    const { embeddings } = isHome ? home : this.isolate(Math.floor(this.random() * ISOLATES));
    const embed = async () => {
      const vectors = await embeddings.embed(MODEL, texts, scopeOf(number), purpose);
      return done({ model: MODEL.model, dimensions: MODEL.dimensions, vectors });
    };
    if (purpose === 'message') return void (await embed());
    this.ask(`${texts[0]} in ${tenantOf(number)}`);
    await this.personOf(number).recent.embed(texts[0]!, undefined, embed);
  }

  /** A new memory somewhere in the palace: what was kept of views that show the place is stale. */
  private place(person: Person, home: Isolate): void {
    const [room, x, y, z] = [Math.floor(this.random() * ROOMS), this.random(), this.random(), this.random()];
    const log = this.logOf(person, home);
    const at = [room * ROOM[0] + x * ROOM[0], y * ROOM[1], z * ROOM[2]] as const;
    person.epoch++;
    if (log) home.logs.note(log, [{ row: person.epoch, to: { palace: 1, at } }], person.epoch);
    for (const [question, times] of person.findings) {
      if (this.random() < CHANGES_SUMMARY) person.findings.set(question, times + 1);
    }
  }

  private logOf({ log, epoch }: Person, home: Isolate): ChangeLog | null {
    return log === null ? null : home.logs.resume(log, epoch);
  }

  private async summarise(question: string, number: number, person: Person, home: Isolate): Promise<void> {
    await home.flags.isOn('text_model', tenantOf(number), String(number));
    const found = person.findings.get(question) ?? 0;
    person.findings.set(question, found);
    const asking = { scope: scopeOf(number), life: 'one' };
    const messages = [{ id: 'm', text: `what is found: ${found}` }];
    const key = await answerKey(asking, 'm', contextSummary, { question, messages } as never);
    const cache = new AnswerCache({ l1: home.answers, l2: this.kv.textModelResponses, kept: person.kept });
    this.ask(key);
    const held = await cache.get(key);
    if (held?.tier === 'kv') await cache.keepNear(key, held.answer);
    if (!held) await cache.put(key, ANSWER);
  }

  private ask(question: string): void {
    if (!this.asked.has(question)) this.firstQuestions++;
    this.asked.add(question);
  }

  private personOf(number: number): Person {
    const known = this.people.get(number);
    if (known) return known;
    const ttlMs = CACHES.textModelResponses.ttlSeconds * 1000;
    const kept = new SavedKeys([], { ttlMs, now: () => this.now, save: () => {} });
    const person = {
      epoch: 0,
      messages: HISTORY,
      words: HISTORY * WORDS,
      log: null,
      recent: new RecentQuestions({ now: () => this.now, tally: (result) => this.count('embeddings', 'l1', result) }),
      kept,
      findings: new Map<string, number>(),
    };
    this.people.set(number, person);
    return person;
  }

  private isolate(place: number): Isolate {
    const held = this.isolates[place];
    if (held && held.endsAt > this.now) return held;
    const l1 = (name: CacheName) => this.cache(name, 'l1', CACHES[name].l1Bytes);
    const now = () => this.now;
    const made: Isolate = {
      endsAt: this.now - ISOLATE_LIFE_MS * Math.log(1 - this.endRandom()),
      spatial: l1('spatialQueries'),
      logs: new ChangeLogs(),
      personality: new KeptProfiles(l1('personality')),
      answers: l1('textModelResponses'),
      embeddings: new EmbeddingCache({
        l1: new MemoryCache(CACHES.embeddings.l1Bytes, { now, random: this.random }),
        l2: this.kv.embeddings,
        tally: (result) => this.count('embeddings', 'l1', result),
      }),
      keys: new KeyLookup(),
      flags: new FlagReader({
        kv: NO_KV,
        now,
        tally: (result) => this.count('flags', 'l1', result),
        later: (work) => void this.later.push(work),
      }),
    };
    this.isolates[place] = made;
    return made;
  }

  private cache(name: CacheName, tier: CacheTier, bytes: number): MemoryCache {
    const tally = (result: CacheResult) => this.count(name, tier, result);
    return new MemoryCache(bytes, { now: () => this.now, random: this.random, tally });
  }

  private count(name: CacheName, tier: CacheTier, result: CacheResult): void {
    const key = `${name}/${tier}`;
    const counts = this.counts.get(key) ?? none();
    counts[result]++;
    this.counts.set(key, counts);
  }
}

const TENANTS = 4;
const tenantOf = (number: number): string => `tenant ${number % TENANTS}`;
const scopeOf = (number: number): string => JSON.stringify([tenantOf(number), `person ${number}`]);

/** Four viewpoints in each room: its whole, and three looks from its door. */
function viewOf(viewpoint: number): KeptShape {
  const [room, look] = [Math.floor(viewpoint / 4), viewpoint % 4];
  const [width, depth, height] = ROOM;
  if (look === 0) return { type: 'box', min: [room * width, 0, 0], max: [(room + 1) * width, depth, height] };
  const direction: [number, number, number] = [look - 2, 1, 0];
  const camera = { position: [room * width + width / 2, 0, 1.6] as [number, number, number], direction, far: depth };
  return { type: 'frustum', ...camera, up: [0, 0, 1], fov_degrees: 60, aspect: 1.6, near: 0 };
}

const NO_KV = { get: async () => null } as unknown as KVNamespace;
/** What a view shows: 30 memories. */
const FOUND = { rows: new Uint32Array(30), distances: new Float64Array(30) };
const PROFILE = {
  traits: Array.from({ length: 5 }, () => ({ mean: 0.5, low: 0.4, high: 0.6, moved_by: ['m'.repeat(250)] })),
};
const ANSWER = { text: 'a'.repeat(600), usage: { input: 900, output: 150 } };
