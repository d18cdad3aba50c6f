/** One message of one participant's export. */
export interface ExportTurn {
  /** unique within the export */
  id: string;
  /** as this export names the person; two exports may differ in names */
  speaker: string;
  /** epoch ms by this export's clock */
  at: number;
  content: string;
}

/** One message of the merged chat. */
export interface MergedTurn {
  /** its id in the first export; null: only the second has it */
  a: string | null;
  /** its id in the second export; null: only the first has it */
  b: string | null;
  speaker: string;
  content: string;
  /** epoch ms by the first export's clock */
  at: number;
}

export interface MergedChat {
  /** all that either export holds, in order */
  turns: MergedTurn[];
  /** the second export's clock minus the first's, ms: where its times stand, say, a time zone apart */
  offsetMs: number;
  /** messages that both have */
  matched: number;
}
