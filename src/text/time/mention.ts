/** A day of the year, or a whole month where `day` is null; `month` counts from 0. */
export interface MonthDay {
  month: number;
  day: number | null;
}

/** A time that a query names. */
export type TimeMention =
  /** epoch ms, `until` excluded. `slack` is how far off a "two weeks ago" may be, ms */
  | { kind: 'range'; from: number; until: number; slack: number }
  /** every year anew, both ends included; `from` may stand later in the year than `to` */
  | { kind: 'yearly'; from: MonthDay; to: MonthDay }
  /** 0 is Sunday */
  | { kind: 'weekday'; weekday: number }
  /** conversations in order of their first message, both ends included: 1 is the first, -1 the newest */
  | { kind: 'sessions'; from: number; to: number };

/** Which way an open stretch goes on from a date, and whether it holds the date: only "since" does. */
export type Side = 'since' | 'before' | 'after';

/** A mention where it stands. */
export interface FoundTime {
  mention: TimeMention;
  /** "since May" reaches on from there; null where the time itself is meant */
  side: Side | null;
  /** "earlier today": without the conversation that is under way */
  isEarlier: boolean;
  /** the text without it, in lower case with numbers in digits */
  rest: string;
}

/** What words such as "yesterday" count from. */
export interface Now {
  /** epoch ms */
  time: number;
  /** IANA name */
  zone: string;
}
