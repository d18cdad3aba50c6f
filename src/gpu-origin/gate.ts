import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { SIGNATURE_HEADERS, SIGNATURE_WINDOW_MS, textToSign } from '../gpu/signature.ts';

/** Nonces of so many requests are remembered; beyond that, requests are refused until some have expired. */
const MOST_NONCES = 1_000_000;

export interface Knock {
  method: string;
  /** path and query */
  target: string;
  headers: IncomingHttpHeaders;
}

/** Lets signed requests in, each once, before their bodies are read. */
export class Gate {
  private readonly secret: string;
  /** when each may be forgotten, epoch ms; oldest first, nearly */
  private readonly seen = new Map<string, number>();

  constructor(secret: string) {
    this.secret = secret;
  }

  /** The SHA-256 that the body must have, in hex; null: the request is not let in. Its nonce is used up otherwise. */
  admit({ method, target, headers }: Knock, now: number): string | null {
    const time = matching(headers[SIGNATURE_HEADERS.time], /^\d{1,16}$/);
    const nonce = matching(headers[SIGNATURE_HEADERS.nonce], /^[0-9a-f]{32}$/);
    const bodyHash = matching(headers[SIGNATURE_HEADERS.bodyHash], /^[0-9a-f]{64}$/);
    const signature = matching(headers[SIGNATURE_HEADERS.signature], /^[0-9a-f]{64}$/);
    if (time === null || nonce === null || bodyHash === null || signature === null) return null;
    if (Math.abs(now - Number(time)) > SIGNATURE_WINDOW_MS || this.seen.has(nonce)) return null;
    const text = textToSign({ method, target, time, nonce, bodyHash });
    const mac = createHmac('sha256', this.secret).update(text).digest();
    if (!timingSafeEqual(mac, Buffer.from(signature, 'hex'))) return null;
    this.forget(now);
    if (this.seen.size >= MOST_NONCES) return null;
    this.seen.set(nonce, Number(time) + SIGNATURE_WINDOW_MS);
    return bodyHash;
  }

  private forget(now: number): void {
    for (const [nonce, until] of this.seen) {
      if (until >= now) return;
      this.seen.delete(nonce);
    }
  }
}

const matching = (value: string | string[] | undefined, shape: RegExp): string | null =>
  typeof value === 'string' && shape.test(value) ? value : null;
