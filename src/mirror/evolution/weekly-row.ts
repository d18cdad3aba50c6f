/** What a state says of one week, or of a month where weeks were merged. */
export interface WeeklyRow {
  /** first moment, epoch ms */
  start: number;
  /** words and messages that the values rest on */
  words: number;
  messages: number;
  /** series (a trait, a measure of style, an emotion) → its value in that time alone */
  values: Readonly<Record<string, number>>;
}

/** Words beyond so many say little more of a week: its mood and its topics stay the same. */
const WEEK_WORDS = 1_000;

/** How much a week counts beside others. */
export const weightOf = ({ words }: WeeklyRow): number => words / (1 + words / WEEK_WORDS);
