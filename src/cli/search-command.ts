import type { SearchResult } from '../palace/contract.ts';
import { withRetries } from '../sdk/retry.ts';
import { type Io, printable } from './io.ts';
import { type ConnectionOptions, connect } from './settings.ts';

export interface SearchCommandOptions extends ConnectionOptions {
  user: string;
  topK: number;
  explain?: boolean;
  json?: boolean;
}

/** A person waits for the answer: a short try again, no more. */
const RETRIES = { giveUpAfterMs: 5_000, firstWaitMs: 300, longestWaitMs: 2_000 };

/** Prints what fits a question best, the best first. */
export async function searchCommand(query: string, options: SearchCommandOptions, io: Io): Promise<0> {
  const client = connect(options, io);
  const body = { query, top_k: options.topK, explain: options.explain ?? false };
  const answer = await withRetries(() => client.search(options.user, body), RETRIES);
  if (options.json) {
    io.out(JSON.stringify(answer));
    return 0;
  }
  if (answer.results.length === 0) io.out('Nothing found.');
  for (const [index, result] of answer.results.entries()) show(io, index + 1, result);
  return 0;
}

function show(io: Io, rank: number, result: SearchResult): void {
  const when = result.timestamp.slice(0, 16).replace('T', ' ');
  const who = printable(result.speaker ?? result.role);
  io.out(`${String(rank).padStart(3)}. ${result.score.toFixed(3)}  ${when}  ${who}: ${printable(result.content)}`);
  if (result.explain === undefined) return;
  const shares = Object.entries(result.explain).map(([signal, share]) => `${signal} ${share.toFixed(3)}`);
  io.out(`     ${printable(shares.join('  '))}`);
}
