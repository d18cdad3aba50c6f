import { Buffer } from 'node:buffer';
import { z } from 'zod';
import { type Principal, TICKET_MAX_SECONDS } from './contract.ts';
import { parseNamedSecrets } from './named-secrets.ts';

/** What a ticket says. It stands readable in the ticket: it is signed, not secret. */
const Claims = z.strictObject({
  tenant: z.string(),
  user: z.string(),
  /** the API key that had it made; it answers to the rate of that key */
  key: z.string(),
  scope: z.enum(['live', 'read']),
  rate: z.number().nullable(),
  /** epoch ms */
  until: z.number(),
});
export type Claims = z.infer<typeof Claims>;

/** By name; the first one signs, all of them verify, so a new one can be put first while tickets of the old one live. */
export type TicketKeys = readonly { name: string; key: CryptoKey }[];

const TICKET = /^palt_([A-Za-z0-9-]{1,32})\.([A-Za-z0-9_-]{1,2000})\.([A-Za-z0-9_-]{43})$/;
const HMAC = { name: 'HMAC', hash: 'SHA-256' };

/**
 * @param text `name:secret`, several parted by commas; a secret has at least 32 characters, none of them a comma
 * @returns null if it names no key, or one that is not of this form
 */
export async function parseTicketKeys(text: string): Promise<TicketKeys | null> {
  const secrets = parseNamedSecrets(text);
  if (secrets === null) return null;
  return Promise.all(
    secrets.map(async ({ name, secret }) => ({
      name,
      key: await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), HMAC, false, ['sign', 'verify']),
    })),
  );
}

/** @returns `palt_`, the name of the key, the claims and their HMAC-SHA-256, parted by dots */
export async function signTicket(claims: Claims, keys: TicketKeys): Promise<string> {
  const { name, key } = keys[0]!;
  const signed = `${name}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  const mac = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(signed));
  return `palt_${signed}.${Buffer.from(mac).toString('base64url')}`;
}

/**
 * What a ticket grants, or null if it is none of ours or no longer valid. `verify` of Web Crypto compares in constant
 * time, and nothing of the claims is read before.
 */
export async function readTicket(text: string, keys: TicketKeys, now: number): Promise<Principal | null> {
  const [, name, payload, mac] = TICKET.exec(text) ?? [];
  const key = keys.find((candidate) => candidate.name === name)?.key;
  if (!key) return null;
  const signed = new TextEncoder().encode(`${name}.${payload}`);
  if (!(await crypto.subtle.verify('HMAC', key, Buffer.from(mac!, 'base64url'), signed))) return null;
  const { success, data } = Claims.safeParse(JSON.parse(Buffer.from(payload!, 'base64url').toString()));
  if (!success || data.until <= now || data.until > now + 1_000 * TICKET_MAX_SECONDS) return null;
  const { tenant: tenantId, user: userId, key: keyId, scope, rate: ratePerMinute } = data;
  return { keyId, tenantId, userId, scopes: [scope], ratePerMinute, isTicket: true };
}
