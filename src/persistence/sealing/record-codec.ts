import type { Owner } from '../../auth/contract.ts';
import { toBase64 } from '../../shared/base64.ts';
import type { PagedRecord, StoredRecord } from '../records.ts';
import { type DataKey, open, type Place, seal } from './envelope.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const recordPlace = ({ kind, id }: Pick<StoredRecord, 'kind' | 'id'>): Place => ({
  table: 'records',
  column: 'sealed',
  id: JSON.stringify([kind, id]),
});

export const bodyBytes = (body: StoredRecord['body']): Uint8Array => encoder.encode(JSON.stringify(body));

/** A record as `jsonb_to_recordset` takes it into `records`. */
export const recordRow = async (key: DataKey, owner: Owner, record: StoredRecord) => ({
  kind: record.kind,
  id: record.id,
  seq: record.seq,
  sealed: toBase64(await seal(key, owner, recordPlace(record), bodyBytes(record.body))),
});

/** A record as its row holds it, sealed or not. */
export async function openRecord(
  keys: ReadonlyMap<string, DataKey>,
  owner: Owner,
  row: Omit<StoredRecord, 'body'> & { body: StoredRecord['body'] | null; sealed: Uint8Array | null },
): Promise<PagedRecord> {
  const { kind, id, seq, body, sealed } = row;
  // the constraint `records_sealed_or_plain` says that one of the two is there
  if (sealed === null) return { kind, id, seq, body: body! };
  const opened = await open(keys, owner, recordPlace(row), sealed);
  if (!opened.ok) return { kind, id, seq, unreadable: opened.reason };
  return { kind, id, seq, body: JSON.parse(decoder.decode(opened.bytes)) };
}
