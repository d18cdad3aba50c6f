import { reportOriginQueries } from './origin-queries.ts';
import { reportRelayout } from './relayout.ts';
import type { Suite } from './report.ts';

/** What the GPU origin does on this machine's CPU. Of a GPU: `npm run gpu-origin -- bench`. */
export const gpuOriginSuite: Suite = async (report) => {
  await reportOriginQueries(report);
  await reportRelayout(report);
};
