/** SHA-256 of a text, as hex. */
export async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Start of all keys of one scope in one cache. Everything of a scope can be listed and forgotten by it, and no two
 * scopes share a key.
 */
export async function scopePrefix(cache: string, scope: string): Promise<string> {
  return `${cache}:${(await sha256Hex(scope)).slice(0, 32)}:`;
}
