import { seeded } from '../../../src/statistics/seeded.ts';

/**
 * Requests of an application that talks with people. What is assumed of them:
 * - sessions fall on people by Zipf's law, exponent 0.99 (YCSB's default: Cooper et al. 2010); a session has 8 turns on
 *   average (geometric), 40 s apart on average (exponential);
 * - in each turn the application asks for a context and then stores what the person and the assistant said. In 7 of 10
 *   turns it asks one of its 100 standing questions (Zipf 0.99), else what the person has just typed;
 * - it reads the profile at the start of half of the sessions and in 3 of 10 turns;
 * - 3 of 10 sessions show the palace: one of 40 viewpoints (Zipf 0.99), looked at again whenever a memory has come, and in
 *   half of the turns another one;
 * - in 1 of 10 turns a text model summarises, in 3 of 10 of those again at once (a reload, a second window), and in 1 of
 *   10 a reply is predicted.
 */
const HABITS = {
  turnsASession: 8,
  turnGapMs: 40_000,
  zipf: 0.99,
  questions: 100,
  standing: 0.7,
  profileAtStart: 0.5,
  profileInTurn: 0.3,
  viewer: 0.3,
  moves: 0.5,
  summary: 0.1,
  summaryAgain: 0.3,
  prediction: 0.1,
} as const;
export const VIEWPOINTS = 40;

/** How many people ask how much in how long. */
export interface Load {
  people: number;
  turns: number;
  lastsMs: number;
  /** of that, before hits are counted: caches that are empty when it begins say nothing about a service that runs */
  warmUpMs: number;
}
/** The promise of the service: 1,000 people at once, of 5,000 who have an account. An hour of it, after one as busy. */
export const BUSY_HOUR: Load = { people: 5_000, turns: 180_000, lastsMs: 7_200_000, warmUpMs: 3_600_000 };
/** The same hour in isolates that have just begun, as after a release. */
export const COLD_HOUR: Load = { people: 5_000, turns: 90_000, lastsMs: 3_600_000, warmUpMs: 0 };
/** The row of the cost model: 1,000 people, 50 messages each in a day. Most of what is kept has expired when it is wanted. */
export const QUIET_DAY: Load = { people: 1_000, turns: 25_000, lastsMs: 86_400_000, warmUpMs: 0 };

export type Action =
  | { do: 'profile' }
  | { do: 'view'; viewpoint: number }
  | { do: 'context' | 'summarise' | 'predict'; text: string }
  | { do: 'store'; texts: string[] };
export interface Event {
  /** ms since it began */
  at: number;
  person: number;
  action: Action;
}

/** Draws 0 … n - 1, the first ones most often: P(k) ~ 1 / (k + 1)^exponent. */
function zipf(n: number, exponent: number, random: () => number): () => number {
  const sums = new Float64Array(n);
  let sum = 0;
  for (let k = 0; k < n; k++) sums[k] = sum += (k + 1) ** -exponent;
  return () => {
    const drawn = random() * sum;
    const found = sums.findIndex((upTo) => upTo >= drawn);
    return found === -1 ? n - 1 : found;
  };
}

/** The requests, in order. */
export function traceOf({ people, turns: wanted, lastsMs }: Omit<Load, 'warmUpMs'>, seed: number): Event[] {
  const random = seeded(seed);
  const events: Event[] = [];
  const person = zipf(people, HABITS.zipf, random);
  const question = zipf(HABITS.questions, HABITS.zipf, random);
  const view = zipf(VIEWPOINTS, HABITS.zipf, random);
  for (let turns = 0; turns < wanted; ) {
    const length = 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - 1 / HABITS.turnsASession));
    const session = {
      person: person(),
      at: random() * lastsMs,
      isViewing: random() < HABITS.viewer,
      viewpoint: view(),
    };
    const act = (action: Action) => events.push({ at: session.at, person: session.person, action });
    if (random() < HABITS.profileAtStart) act({ do: 'profile' });
    if (session.isViewing) act({ do: 'view', viewpoint: session.viewpoint });
    for (let turn = 0; turn < length; turn++, turns++) {
      session.at -= HABITS.turnGapMs * Math.log(1 - random());
      const typed = `what they typed in turn ${turns}`;
      const asked = random() < HABITS.standing ? `standing question ${question()}` : typed;
      if (random() < HABITS.profileInTurn) act({ do: 'profile' });
      act({ do: 'context', text: asked });
      if (random() < HABITS.summary) {
        act({ do: 'summarise', text: asked });
        if (random() < HABITS.summaryAgain) act({ do: 'summarise', text: asked });
      }
      if (random() < HABITS.prediction) act({ do: 'predict', text: typed });
      act({ do: 'store', texts: [typed, `what the assistant said in turn ${turns}`] });
      if (!session.isViewing) continue;
      act({ do: 'view', viewpoint: session.viewpoint });
      if (random() >= HABITS.moves) continue;
      session.viewpoint = view();
      act({ do: 'view', viewpoint: session.viewpoint });
    }
  }
  return events.sort((a, b) => a.at - b.at);
}
