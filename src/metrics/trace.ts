import { hexOf } from '../shared/hex.ts';
import { currentOrigin, inOrigin } from '../shared/request-scope.ts';
import { VERSION } from '../shared/version.ts';

/** As OpenTelemetry's SpanKind. */
const KINDS = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
export type SpanKind = keyof typeof KINDS;

/** Ids, names, counts and times of ours: never what a user or an application wrote. */
export type Attributes = Record<string, string | number | boolean>;

export interface TraceEnv {
  /** where spans go (OTLP over HTTP, JSON), without `/v1/traces`; empty: none is recorded */
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;
  /** `name=value,…`, for instance an authorization */
  OTEL_EXPORTER_OTLP_HEADERS?: string;
  /** share of requests that are traced, 0 to 1; default 1. One that says itself whether it is sampled is believed */
  OTEL_TRACES_SAMPLER_ARG?: string;
}

interface FinishedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: object }[];
  status: { code: 0 | 2 };
}

/** A span that is open: what becomes known while it lasts. */
export interface OpenSpan {
  name: string;
  set(attributes: Attributes): void;
  fail(): void;
}

/** A receiver that does not answer must not fill the isolate. */
const MOST_SPANS = 2_000;
const EXPORT_AFTER_MS = 1_000;
const EXPORT_TIMEOUT_MS = 5_000;
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const NOT_RECORDED: OpenSpan = { name: '', set() {}, fail() {} };

let isOn = false;
let ratio = 1;
let finished: FinishedSpan[] = [];
let dueUntil = 0;

/** Sets what the environment says. Off by default: then a span costs nothing but a call. */
export function setTracingBy(env: TraceEnv): void {
  isOn = Boolean(env.OTEL_EXPORTER_OTLP_ENDPOINT);
  const share = Number(env.OTEL_TRACES_SAMPLER_ARG || 1);
  ratio = share >= 0 && share <= 1 ? share : 1;
}

/** Whether a request that comes with this header is recorded, and what its first span continues. */
export function incomingTrace(header: string | undefined): { isSampled: boolean; traceparent: string | null } {
  const [, traceId, , flags] = TRACEPARENT.exec(header ?? '') ?? [];
  if (!isOn || header === undefined || traceId === undefined || flags === undefined) {
    return { isSampled: isOn && Math.random() < ratio, traceparent: null };
  }
  return { isSampled: (Number.parseInt(flags, 16) & 1) === 1, traceparent: header };
}

/** As `span`, and begins a trace where none is open. */
export function rootSpan<T>(name: string, kind: SpanKind, attributes: Attributes, work: (span: OpenSpan) => T): T {
  return isOn ? recorded(name, kind, attributes, work) : work(NOT_RECORDED);
}

/** Does work within a span of the trace that is open; where none is, just the work. A promise is waited for. */
export function span<T>(name: string, kind: SpanKind, attributes: Attributes, work: (span: OpenSpan) => T): T {
  return isOn && currentOrigin()?.traceparent ? recorded(name, kind, attributes, work) : work(NOT_RECORDED);
}

function recorded<T>(name: string, kind: SpanKind, attributes: Attributes, work: (span: OpenSpan) => T): T {
  const origin = currentOrigin();
  const [, traceId = randomHex(16), parent] = TRACEPARENT.exec(origin?.traceparent ?? '') ?? [];
  const spanId = randomHex(8);
  const start = Date.now();
  let hasFailed = false;
  const open: OpenSpan = {
    name,
    set: (more) => void Object.assign(attributes, more),
    fail: () => {
      hasFailed = true;
    },
  };
  const end = () => {
    if (finished.length >= MOST_SPANS) return;
    finished.push({
      ...{ traceId, spanId, name: open.name, kind: KINDS[kind] },
      ...(parent === undefined ? {} : { parentSpanId: parent }),
      ...{ startTimeUnixNano: nanos(start), endTimeUnixNano: nanos(Date.now()) },
      attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: otlpValue(value) })),
      status: { code: hasFailed ? 2 : 0 },
    });
  };
  const within = { requestId: origin?.requestId ?? null, traceparent: `00-${traceId}-${spanId}-01` };
  const failed = (error: unknown): never => {
    hasFailed = true;
    end();
    throw error;
  };
  let result: T;
  try {
    result = inOrigin(within, () => work(open));
  } catch (error) {
    return failed(error);
  }
  if (result instanceof Promise) {
    return result.then((value) => {
      end();
      return value;
    }, failed) as T;
  }
  end();
  return result;
}

/** Sends what has finished, a moment later and all together. Never throws; what cannot be sent is let go. */
export function exportSpans(env: TraceEnv, later: (work: Promise<unknown>) => void): void {
  const now = Date.now();
  if (finished.length === 0 || now < dueUntil) return;
  dueUntil = now + 2 * EXPORT_AFTER_MS; // should the one that waits be cut off, another takes over
  later(
    (async () => {
      await new Promise((resolve) => setTimeout(resolve, EXPORT_AFTER_MS));
      dueUntil = 0;
      await sendSpans(env);
    })(),
  );
}

/** @see https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export async function sendSpans(env: TraceEnv): Promise<void> {
  const spans = finished;
  finished = [];
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = env;
  if (!endpoint || spans.length === 0) return;
  const resource = { attributes: [attribute('service.name', 'palimpsest'), attribute('service.version', VERSION)] };
  const body = { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'palimpsest' }, spans }] }] };
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), EXPORT_TIMEOUT_MS);
  try {
    await fetch(`${endpoint.replace(/\/+$/, '')}/v1/traces`, {
      method: 'POST',
      headers: { ...headersOf(env.OTEL_EXPORTER_OTLP_HEADERS), 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: late.signal,
    });
  } catch {
    // a receiver that is away costs its spans and nothing else
  } finally {
    clearTimeout(timer);
  }
}

function headersOf(text = ''): Record<string, string> {
  const pairs = text.split(',').map((pair) => pair.split(/=(.*)/s, 2).map((part) => part.trim()));
  return Object.fromEntries(pairs.filter(([name, value]) => name && value));
}

const randomHex = (bytes: number): string => hexOf(crypto.getRandomValues(new Uint8Array(bytes)));
const nanos = (epochMs: number): string => `${epochMs}000000`;
const attribute = (key: string, value: string) => ({ key, value: otlpValue(value) });

function otlpValue(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
