import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const ImportState = z.object({
  version: z.literal(1),
  /** messages at the start of the file that the service has acknowledged */
  acknowledged: z.number().int().min(0),
  accepted: z.number().int().min(0),
  duplicates: z.number().int().min(0),
  /** the service's id of one of them: if it is gone, so is the rest */
  lastId: z.string().nullable(),
  /** tasks not waited for yet */
  tasks: z.array(z.string()),
});
export type ImportState = z.infer<typeof ImportState>;

export const newImportState = (): ImportState => ({
  version: 1,
  acknowledged: 0,
  accepted: 0,
  duplicates: 0,
  lastId: null,
  tasks: [],
});

/**
 * Remembers how far an import came. The file exists only while an import is unfinished: repeating a finished one sends
 * everything again, which changes nothing and mends whatever the service may have lost.
 */
export class ImportStateFile {
  private readonly file: string;

  /** @param identity whatever makes two runs the same import: the file's hash, the user, the options */
  constructor(folder: string, identity: string[]) {
    const name = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
    this.file = path.join(folder, `${name}.json`);
  }

  /** @returns undefined if there is none, or none that can be read: then everything is sent, which is safe */
  load(): ImportState | undefined {
    try {
      return ImportState.safeParse(JSON.parse(readFileSync(this.file, 'utf8'))).data;
    } catch {
      return undefined;
    }
  }

  save(state: ImportState): void {
    mkdirSync(path.dirname(this.file), { recursive: true });
    // renamed into place, so that a crash leaves the old state or the new one
    const temporary = `${this.file}.${process.pid}.tmp`;
    writeFileSync(temporary, JSON.stringify(state));
    renameSync(temporary, this.file);
  }

  remove(): void {
    rmSync(this.file, { force: true });
  }
}
