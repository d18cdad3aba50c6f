/** One measured figure. `baseline` is the figure it is held against, null where there is none. */
export interface Metric {
  metric: string;
  value: number;
  unit: string;
  /** how many observations are behind the value */
  n: number;
  baseline?: number | null;
}

export type Report = (metric: Metric) => void;

/** Measures and reports each figure as it has it. */
export type Suite = (report: Report) => Promise<void>;
