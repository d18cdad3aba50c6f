/** One measured figure. `baseline` is what it is compared with, measured in the same run. */
export interface Metric {
  metric: string;
  value: number;
  unit: string;
  n: number;
  baseline?: number | null;
}

export type Report = (metric: Metric) => void;
