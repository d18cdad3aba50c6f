import { expect, it } from 'vitest';
import { openCpu } from '../../src/gpu-origin/cpu/backend.ts';
import {
  Checksum,
  KNOWN_ANSWER,
  selfTest,
  selfTestArenas,
  selfTestAxes,
  selfTestBatch,
} from '../../src/gpu-origin/self-test.ts';
import { oracleCosine, oracleFind, oracleGraph, oracleNearest, oracleProject } from './oracle.ts';

it('the known answer of the self-test is the oracle’s', () => {
  const arenas = selfTestArenas();
  const sum = new Checksum();
  for (const kind of ['box', 'sphere', 'frustum'] as const) {
    const { counts, rows } = oracleFind(kind, selfTestBatch(kind, arenas), 50);
    expect(counts.some((count) => count > 0)).toBe(true);
    sum.add(counts).add(rows);
  }
  for (const [kind, oracle] of [
    ['nearest', oracleNearest],
    ['cosine', oracleCosine],
  ] as const) {
    const { counts, rows, values } = oracle(selfTestBatch(kind, arenas), 12);
    sum.add(counts).add(rows).add(values);
  }
  for (const arena of arenas) {
    const graph = oracleGraph(arena, 5);
    sum.add(graph.rows).add(graph.distances).add(oracleProject(arena, selfTestAxes()));
  }
  expect(sum.value).toBe(KNOWN_ANSWER);
});

it('the cpu passes the self-test', async () => {
  const cpu = await openCpu({ threads: 2 });
  expect(await selfTest(cpu)).toBe(KNOWN_ANSWER);
  await cpu.close();
});
