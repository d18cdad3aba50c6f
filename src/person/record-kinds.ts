/** What of a person is no message, in the order in which it is taken back: a trail or a room's name stands in a palace. */
export const RECORD_KINDS = [
  'palace',
  'room-name',
  'consent',
  'audit',
  'trail',
  'decision',
  'prediction',
  'reconstruction',
  'other-copy',
  'dig',
] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

/** True of a kind that this release knows. */
export const isRecordKind = (kind: string): kind is RecordKind => (RECORD_KINDS as readonly string[]).includes(kind);
