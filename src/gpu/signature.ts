import { createHash, createHmac } from 'node:crypto';

/** A request is refused when its time is farther than this from the origin's clock, and its nonce is kept as long. */
export const SIGNATURE_WINDOW_MS = 60_000;

/** Lower-case, as Node gives them. */
export const SIGNATURE_HEADERS = {
  time: 'x-origin-time',
  nonce: 'x-origin-nonce',
  /** so that a signature can be told before the body has come */
  bodyHash: 'x-origin-body-sha256',
  signature: 'x-origin-signature',
} as const;

/** ms from now in which an answer is still of use; refused unlaunched after it. */
export const DEADLINE_HEADER = 'x-origin-deadline-ms';

export interface SignedParts {
  method: string;
  /** path and query, as sent */
  target: string;
  /** epoch ms */
  time: string;
  /** 32 hexadecimal digits */
  nonce: string;
  /** SHA-256 of the body in hex */
  bodyHash: string;
}

/** What is signed: one line for each part, so that no two requests share a text. */
export const textToSign = ({ method, target, time, nonce, bodyHash }: SignedParts): string =>
  `palimpsest-origin-1\n${method}\n${target}\n${time}\n${nonce}\n${bodyHash}`;

/**
 * The headers that let a request in: HMAC-SHA256, each with a nonce of its own (122 random bits). By node:crypto, which
 * answers at once: in Node, three ways to a thread of WebCrypto and back take longer than the hashes.
 */
export function signedHeaders(
  secret: string,
  { method, target, body, now }: { method: string; target: string; body: Uint8Array<ArrayBuffer> | null; now: number },
): Record<string, string> {
  const [time, nonce] = [String(now), crypto.randomUUID().replaceAll('-', '')];
  const bodyHash = createHash('sha256')
    .update(body ?? new Uint8Array())
    .digest('hex');
  const names = SIGNATURE_HEADERS;
  const signature = hmacHex(secret, textToSign({ method, target, time, nonce, bodyHash }));
  return { [names.time]: time, [names.nonce]: nonce, [names.bodyHash]: bodyHash, [names.signature]: signature };
}

/**
 * What an arena is called at the origin: nobody can tell from it whose it is.
 * @param parts tenant, user and whatever else tells it from others
 */
export const arenaIdOf = (secret: string, parts: readonly string[]): string =>
  hmacHex(secret, `palimpsest-arena-1\n${JSON.stringify(parts)}`);

const hmacHex = (secret: string, text: string): string => createHmac('sha256', secret).update(text).digest('hex');
