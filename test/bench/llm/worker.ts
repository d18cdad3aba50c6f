import { kvCache } from '../../../src/cache/kv.ts';
import { MemoryCache } from '../../../src/cache/memory.ts';
import { CACHES } from '../../../src/cache/policy.ts';
import { sealedCache } from '../../../src/cache/sealed.ts';
import { AnswerCache } from '../../../src/llm/answer-cache.ts';
import { createAnthropicModel } from '../../../src/llm/anthropic.ts';
import { MemoryLedger } from '../../../src/llm/budget.ts';
import { Caller } from '../../../src/llm/caller.ts';
import { eventsOf } from '../../../src/llm/event-stream.ts';
import { SavedKeys } from '../../../src/llm/kept-keys.ts';
import { contextSummary } from '../../../src/llm/templates/context-summary.ts';
import { TextTier } from '../../../src/llm/text-tier.ts';
import { Breaker } from '../../../src/shared/breaker.ts';

interface BenchEnv {
  KV: KVNamespace;
  /** address of a server that speaks the Messages API */
  UPSTREAM: string;
}

const ASKING = { tenant: 'bench', scope: 'bench/ana', life: '1' };
const messages = Array.from({ length: 40 }, (_, i) => ({
  ...{ id: `m${i}`, who: i % 2 === 0 ? 'Ana' : 'Bob' },
  text: `Message number ${i} about the boat, the harbour and what we did there on a day of that summer.`,
}));
const values = (question: string) => ({ question, messages });

function tierOf(env: BenchEnv, l1: MemoryCache, l2: ReturnType<typeof kvCache>): TextTier {
  const model = createAnthropicModel({ model: 'm', baseUrl: env.UPSTREAM, apiKey: 'none', gatewayToken: null });
  const clock = { now: Date.now, random: Math.random, sleep: (ms: number) => scheduler.wait(ms) };
  const limits = { timeoutMs: 10_000, idleMs: 10_000, retries: 0 };
  const caller = new Caller({ model, breaker: new Breaker(), clock, limits });
  return new TextTier({
    ...{ model: model.model, caller, cache: new AnswerCache({ l1, l2, kept }), ledger: new MemoryLedger() },
    ...{ limits: { tokens: 1e12, dollars: null }, prices: { input: 1, output: 5 }, now: Date.now },
  });
}

/** as the person's object remembers them */
const kept = new SavedKeys([], { ttlMs: 7_200_000, now: Date.now, save: () => {} });
const l1 = new MemoryCache(CACHES.textModelResponses.l1Bytes);
/** holds nothing, so that each answer comes from KV */
const empty = new MemoryCache(0);

async function cached(tier: TextTier, rounds: number, expected: string): Promise<Response> {
  for (let round = 0; round < rounds; round++) {
    const written = await tier.write(contextSummary, values('the boat'), ASKING);
    const source = written.ok ? written.value.provenance.source : 'none';
    if (source !== expected) return new Response(`It came from ${source} instead of ${expected}.`, { status: 500 });
  }
  return new Response('done');
}

function bytesOf(texts: AsyncIterable<string>): ReadableStream<Uint8Array> {
  const iterator = texts[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(new TextEncoder().encode(value));
    },
  });
}

async function* tierText(tier: TextTier, question: string): AsyncGenerator<string> {
  for await (const part of tier.stream(contextSummary, values(question), ASKING)) {
    yield part.type === 'text' ? part.text : part.type === 'end' ? '' : `refused: ${part.refusal.detail}`;
  }
}

/** The same request without anything around it: the text events of the protocol as they come. */
async function* rawText(env: BenchEnv, question: string): AsyncGenerator<string> {
  const content = JSON.stringify(values(question));
  const body = { model: 'm', max_tokens: 500, stream: true, messages: [{ role: 'user', content }] };
  const response = await fetch(`${env.UPSTREAM}/v1/messages`, { method: 'POST', body: JSON.stringify(body) });
  for await (const data of eventsOf(response, Date.now())) {
    const event = JSON.parse(data);
    if (event.type === 'content_block_delta') yield event.delta.text;
  }
}

// biome-ignore lint/style/noDefaultExport: workerd wants the entry point there
export default {
  async fetch(request, env, ctx): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const rounds = Number(searchParams.get('rounds') ?? 1);
    const question = searchParams.get('question') ?? '';
    const l2 = await sealedCache(
      kvCache(env.KV, (work) => ctx.waitUntil(work)),
      new Uint8Array(32),
    );
    if (pathname === '/health/ready' || pathname === '/nothing') return Response.json({ status: 'ready' });
    if (pathname === '/fill') {
      const written = await tierOf(env, l1, l2).write(contextSummary, values('the boat'), ASKING);
      return Response.json(written);
    }
    if (pathname === '/l1') return cached(tierOf(env, l1, l2), rounds, 'l1');
    if (pathname === '/kv') return cached(tierOf(env, empty, l2), rounds, 'kv');
    if (pathname === '/raw') return new Response(bytesOf(rawText(env, question)));
    return new Response(bytesOf(tierText(tierOf(env, empty, l2), question)));
  },
} satisfies ExportedHandler<BenchEnv>;
