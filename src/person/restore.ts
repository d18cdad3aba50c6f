import type { PageMark, StoredMessage } from '../persistence/messages.ts';

/** What a restore needs. The Durable Object gives SQL and Postgres, a test gives arrays. */
export interface RestorePorts {
  page(after: PageMark | null, limit: number): Promise<StoredMessage[]>;
  cursor(): PageMark | null;
  /** takes rows back and notes the cursor, in one transaction; a row that is there already stays as it is */
  take(rows: StoredMessage[]): void;
  /** notes that Postgres holds nothing that is not here */
  finish(): void;
}

const PAGE = 500;

/**
 * Takes back what Postgres has of a person. It goes on where an interrupted one stopped, and may be repeated.
 *
 * @returns false if Postgres has nothing
 * @throws whatever `page` throws
 */
export async function restore(ports: RestorePorts): Promise<boolean> {
  for (let found = ports.cursor() !== null; ; found = true) {
    const rows = await ports.page(ports.cursor(), PAGE);
    if (rows.length > 0) ports.take(rows);
    if (rows.length < PAGE) {
      if (found || rows.length > 0) ports.finish();
      return found || rows.length > 0;
    }
  }
}
