/** For whom a text is written. */
export interface Asking {
  /** whose budget pays */
  tenant: string;
  /** of one person: their answers are kept under it, and forgotten with it */
  scope: string;
  /** a new one whenever what was written must not be shown again: nothing of another life is found */
  life: string;
}
