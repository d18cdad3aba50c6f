/** The SQLSTATE of a database error, wherever drivers have wrapped it; null if it is none. */
export function sqlStateOf(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string' && /^[0-9A-Z]{5}$/.test(at.code)) return at.code;
  }
  return null;
}

/**
 * True of an error that comes again however often the same rows are written: data that does not fit (22), a broken
 * constraint (23), a value beyond what an index holds (54).
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export const isPoison = (error: unknown): boolean => /^(22|23|54)/.test(sqlStateOf(error) ?? '');
