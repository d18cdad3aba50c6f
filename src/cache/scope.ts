import { createHash } from 'node:crypto';

/** SHA-256 of a text, as hex. Not by Web Crypto: its promise takes longer than the hash. */
export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The tenant of a person's scope, a JSON pair of tenant and person; null for any other scope. */
export function tenantOf(scope: string): string | null {
  if (!scope.startsWith('[')) return null;
  const parts: unknown = JSON.parse(scope);
  return Array.isArray(parts) && parts.length === 2 ? String(parts[0]) : null;
}

/** Prefixes made lately: the same people come again and again, and the hash is most of a hit in the isolate. */
const known = new Map<string, string>();
const MOST_KNOWN = 4_000;

/**
 * Start of all keys of one scope in one cache. Everything of a scope can be listed and forgotten by it, and no two
 * scopes share a key.
 */
export function scopePrefix(cache: string, scope: string): string {
  const name = `${cache}:${scope}`;
  const held = known.get(name);
  if (held !== undefined) return held;
  const prefix = `${cache}:${sha256Hex(scope).slice(0, 32)}:`;
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(name, prefix);
  return prefix;
}
