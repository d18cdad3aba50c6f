import type { ReliabilityBin } from '../statistics/calibration.ts';
import type { HeldBackReport, PredictionReport } from './calibration/contract.ts';
import type { CalibrationReport } from './prediction/calibrate.ts';
import { type PredictionScore, recordOf, type ShownPrediction } from './prediction/score-prediction.ts';

/** One scored prediction, with what baselines would have said. */
export interface Scored {
  version: string;
  isShown: boolean;
  shown: Pick<ShownPrediction, 'confidence' | 'isAbstained'>;
  score: PredictionScore;
  frequencyHit: boolean;
  nearestHit: boolean;
}

/** How each version did, shown and in shadow apart. */
export function reportsOf(scored: readonly Scored[]): PredictionReport[] {
  const groups = Map.groupBy(scored, ({ version, isShown }) => `${version} ${isShown}`);
  return [...groups.values()].map((group) => {
    const record = recordOf(group);
    const made = group.filter(({ shown }) => !shown.isAbstained);
    const rate = (hits: number) => (made.length === 0 ? null : hits / made.length);
    return {
      version: group[0]!.version,
      shown: group[0]!.isShown,
      scored: record.scored,
      abstained: record.abstained,
      hit_rate: record.hitRate,
      hit_rate_interval: record.hitRateInterval,
      chance: record.chance,
      frequency: rate(made.filter(({ frequencyHit }) => frequencyHit).length),
      nearest: rate(made.filter(({ nearestHit }) => nearestHit).length),
      brier: record.brier,
      ece: record.ece,
      reliability: record.reliability.map(binAnswer),
    };
  });
}

/** What held-back replies showed. */
export const heldBackAnswer = (report: CalibrationReport): HeldBackReport => ({
  held_back: report.heldBack,
  candidates: report.candidates,
  hit_rate: report.hitRate,
  hit_rate_interval: report.hitRateInterval,
  baselines: report.baselines,
  brier: report.brier,
  ece: report.ece,
  uncalibrated: report.uncalibrated,
  reliability: report.reliability.map(binAnswer),
});

const binAnswer = ({ n, from, to, shown, happened, low, high }: ReliabilityBin) => ({
  n,
  from,
  to,
  shown,
  happened,
  interval: [low, high] as [number, number],
});
