import { z } from '@hono/zod-openapi';

/** First line of an archive. */
export const ArchiveHead = z.object({
  type: z.literal('archive'),
  version: z.literal(1),
  archive_id: z.string(),
  user_id: z.string(),
  exported_at: z.string(),
});
export type ArchiveHead = z.infer<typeof ArchiveHead>;

/** Last line of a page: nothing of it is taken in unless it is as it was written. */
export const ArchiveSeal = z.object({ type: z.literal('seal'), page: z.number().int(), mac: z.string() });

/** Last line before the last seal. Without it an archive was cut short. */
export const ArchiveEnd = z.object({ type: z.literal('end'), messages: z.number().int(), records: z.number().int() });

/** What an import has found. */
export const ImportReport = z
  .object({
    messages: z
      .number()
      .int()
      .openapi({ description: 'Of the archive; those that are here already stay as they are.' }),
    new_messages: z.number().int(),
    records: z.number().int().openapi({ description: 'Palaces, trails, consents, decisions … of the archive.' }),
  })
  .openapi('ImportReport');
export type ImportReport = z.infer<typeof ImportReport>;
