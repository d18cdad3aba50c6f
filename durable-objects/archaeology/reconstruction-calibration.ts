import { type PersonCalibration, SHIPPED_CALIBRATION } from '../../src/archaeology/reconstruct/confidence.ts';
import { withVerdicts } from '../../src/archaeology/reconstruct/verdict.ts';
import type { Stores } from '../stores/stores.ts';

/** What is known of how far confidence can be trusted is saved under this name, and erased with the consent. */
export const RECONSTRUCTION_CALIBRATION = 'reconstruction-calibration';

export function savedCalibration({ mirror }: Stores): PersonCalibration {
  const saved = mirror.load(RECONSTRUCTION_CALIBRATION);
  if (!saved) return SHIPPED_CALIBRATION;
  const own: PersonCalibration = JSON.parse(new TextDecoder().decode(saved.bytes));
  // what was fitted to another scale of scores says nothing of this one; verdicts are about what was shown
  return own.version === SHIPPED_CALIBRATION.version ? own : { ...SHIPPED_CALIBRATION, trials: own.trials };
}

/** How many messages the person had written when their own turns were last hidden for it; 0: never. */
export const fittedAt = ({ mirror }: Stores): number => mirror.load(RECONSTRUCTION_CALIBRATION)?.through ?? 0;

/** In a transaction. @param fitted see `fittedAt` */
export function saveCalibration(stores: Stores, calibration: PersonCalibration, now: number, fitted: number): void {
  const bytes = new TextEncoder().encode(JSON.stringify(calibration));
  stores.mirror.save(RECONSTRUCTION_CALIBRATION, { version: '1', through: fitted, bytes }, now);
}

/**
 * Verdicts have come back without what they taught: it is kept nowhere else. Where as much is known already it stays,
 * since verdicts on what was withdrawn can no longer be read. In a transaction.
 */
export function relearn(stores: Stores, now: number): void {
  const known = savedCalibration(stores);
  const readable = stores.reconstructions
    .judged()
    .flatMap(({ reconstruction, verdict }) => (reconstruction ? [{ reconstruction, verdict }] : []));
  const taught = withVerdicts({ ...known, trials: {} }, readable);
  if (verdictsIn(taught) > verdictsIn(known)) saveCalibration(stores, taught, now, fittedAt(stores));
}

const verdictsIn = ({ trials }: PersonCalibration): number => Object.values(trials).reduce((sum, { n }) => sum + n, 0);
