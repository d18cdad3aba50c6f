import { reportGapScan } from './gap-scan.ts';
import { reportNgrams } from './ngrams.ts';
import { reportReconstruction } from './reconstruct.ts';
import type { Report } from './report.ts';

/** Temporal Archaeology, one core, no text model. */
export async function archaeologySuite(report: Report): Promise<void> {
  await reportNgrams(report);
  reportGapScan(report);
  await reportReconstruction(report);
}
