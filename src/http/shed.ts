import { createMiddleware } from 'hono/factory';
import { AppError } from '../shared/errors.ts';
import type { AppEnv } from './app-env.ts';
import { type Bounds, InFlight } from './in-flight.ts';
import { LoopLag } from './loop-lag.ts';

/**
 * What one isolate works on at a time (README, "Limits"). 1,500 requests are some three seconds of work; a body is held
 * about three times while it is read, and an isolate has 128 MB.
 */
const BOUNDS: Bounds = { requests: 1_500, bytes: 24 * 1024 * 1024, ofOne: 64 };
/** Who is refused comes again after 1 s to this many, so that they do not all return as one. */
const LATEST_RETRY_SECONDS = 4;

/** What the isolate comes round to later than this would be answered later than anybody waits. */
const LONGEST_LAG_MS = 3_000;

const lag = new LoopLag();
const inFlight = new InFlight();
/** … of single persons: a request is counted here while their object has it */
const ofOnes = new InFlight();
let held: { text: string; requests: number } = { text: '', requests: BOUNDS.requests };

/** `MAX_IN_FLIGHT` as it is read once an isolate; what is no number above 0 leaves the default. */
function boundsOf({ MAX_IN_FLIGHT: text = '' }: AppEnv['Bindings']): Bounds {
  if (text !== held.text) held = { text, requests: Number(text) > 0 ? Number(text) : BOUNDS.requests };
  return { ...BOUNDS, requests: held.requests };
}

const retryAfter = () => ({ retryAfterSeconds: 1 + Math.floor(Math.random() * LATEST_RETRY_SECONDS) });

/**
 * Refuses at once what would come too late: 503 with Retry-After. It stands before everything that costs, so that
 * refusing stays cheap, and it counts nothing: who has no key takes no place.
 */
export const refuseWhenFull = createMiddleware<AppEnv>(async (c, next) => {
  const now = Date.now();
  const measured = lag.measure(now, () => scheduler.wait(0), Date.now);
  if (measured) c.executionCtx.waitUntil(measured);
  if (lag.get(now) > LONGEST_LAG_MS || inFlight.isFull(boundsOf(c.env), now)) {
    throw new AppError('unavailable', 'There is too much to do right now.', retryAfter());
  }
  await next();
});

/** Counts a request of a known key while it is worked on. */
export const countInFlight = createMiddleware<AppEnv>(async (c, next) => {
  const length = Number(c.req.header('content-length') ?? 0);
  const end = inFlight.begin(Number.isFinite(length) ? length : 0, null, Date.now());
  try {
    await next();
  } finally {
    end();
  }
});

/**
 * Runs work about one person, if not too much of it is under way already: one person's crowd must not take the places of
 * the others.
 *
 * @throws AppError `rate_limited`
 */
export async function inTurn<T>(whose: string, work: () => Promise<T>): Promise<T> {
  if (ofOnes.of(whose, Date.now()) >= BOUNDS.ofOne) {
    throw new AppError('rate_limited', 'Too many requests about this user are under way.', retryAfter());
  }
  const end = ofOnes.begin(0, whose, Date.now());
  try {
    return await work();
  } finally {
    end();
  }
}
