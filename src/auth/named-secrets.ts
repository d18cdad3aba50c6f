/** A secret and the name by which what was made with it says so. */
export interface NamedSecret {
  name: string;
  secret: string;
}

/** 32 characters of base 64 or hex hold at least 128 bits. */
const NAMED_SECRET = /^([A-Za-z0-9-]{1,32}):([\x21-\x2b\x2d-\x7e]{32,256})$/;

/**
 * Secrets that rotate without a gap: the newest stands first and is used, the ones after it are still understood.
 *
 * @param text `name:secret`, several parted by commas; a secret has at least 32 characters, none of them a comma
 * @returns null if it names none, or one that is not of this form
 */
export function parseNamedSecrets(text: string): NamedSecret[] | null {
  const parts = text.split(',').map((part) => NAMED_SECRET.exec(part.trim()));
  if (!parts.every((part) => part !== null)) return null;
  return parts.map(([, name, secret]) => ({ name: name!, secret: secret! }));
}
