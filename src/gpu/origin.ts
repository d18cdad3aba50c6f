import type { Arena } from '../spatial/arena.ts';
import {
  decodePlaces,
  decodeReply,
  encodeArena,
  encodeQuery,
  type QueryFrame,
  type ReplyFrame,
} from '../spatial/wire.ts';
import { JobView, type NewJob, OriginProblem } from './contract.ts';
import { DEADLINE_HEADER, signedHeaders } from './signature.ts';

/** What is read of an answer. */
export type OriginAnswer = Pick<Response, 'ok' | 'status' | 'headers' | 'json' | 'arrayBuffer'>;

export interface OriginOptions {
  /** for example `https://origin.internal:8790` */
  url: string;
  /** shared with the origin */
  secret: string;
  fetch?: (url: string, init: RequestInit) => Promise<OriginAnswer>;
  now?: () => number;
}

/** The origin did not do what was asked. `status` 0: it was not reached, or did not answer in time. */
export class OriginError extends Error {
  override readonly name = 'OriginError';
  readonly status: number;
  readonly code: string;
  /** ids of arenas that must be uploaded first */
  readonly arenas: string[];
  /** as long as it asked to be left alone */
  readonly retryAfterMs: number;

  constructor(status: number, { code, detail, arenas = [] }: OriginProblem, retryAfterMs = 0) {
    super(detail);
    this.status = status;
    this.code = code;
    this.arenas = arenas;
    this.retryAfterMs = retryAfterMs;
  }
}

type Bytes = Uint8Array<ArrayBuffer>;

/** Speaks with the GPU origin: signs, sends, reads. Every method throws OriginError where it is refused or not reached. */
export class Origin {
  private readonly options: OriginOptions;

  constructor(options: OriginOptions) {
    this.options = options;
  }

  /** @param deadlineMs it is given up, by the origin too, after so long */
  async query(frame: QueryFrame, deadlineMs: number): Promise<ReplyFrame> {
    return decodeReply(frame.kind, await this.frame('POST', '/v1/query', encodeQuery(frame), deadlineMs));
  }

  async upload(arena: Arena, deadlineMs: number): Promise<void> {
    await this.send('PUT', `/v1/arenas/${arena.id}?epoch=${arena.epoch}`, encodeArena(arena), deadlineMs);
  }

  async addJob(job: NewJob, deadlineMs: number): Promise<JobView> {
    const body = Uint8Array.from(new TextEncoder().encode(JSON.stringify(job)));
    return this.job('POST', '/v1/jobs', deadlineMs, body);
  }

  async findJob(id: string, deadlineMs: number): Promise<JobView> {
    return this.job('GET', `/v1/jobs/${id}`, deadlineMs);
  }

  async cancelJob(id: string, deadlineMs: number): Promise<JobView> {
    return this.job('DELETE', `/v1/jobs/${id}`, deadlineMs);
  }

  /** Row-major [size, 3]. */
  async places(id: string, deadlineMs: number): Promise<Float32Array> {
    return decodePlaces(await this.frame('GET', `/v1/jobs/${id}/result`, null, deadlineMs));
  }

  private async job(method: string, target: string, deadlineMs: number, body: Bytes | null = null): Promise<JobView> {
    const parsed = JobView.safeParse(await (await this.send(method, target, body, deadlineMs)).json());
    if (!parsed.success)
      throw new OriginError(0, { code: 'unreadable', detail: 'The origin answered something else.' });
    return parsed.data;
  }

  private async frame(method: string, target: string, body: Bytes | null, deadlineMs: number): Promise<Bytes> {
    return new Uint8Array(await (await this.send(method, target, body, deadlineMs)).arrayBuffer());
  }

  private async send(method: string, target: string, body: Bytes | null, deadlineMs: number): Promise<OriginAnswer> {
    const { url, secret, now = Date.now, fetch: ask = fetch } = this.options;
    const headers = signedHeaders(secret, { method, target, body, now: now() });
    headers[DEADLINE_HEADER] = String(Math.max(0, Math.round(deadlineMs)));
    let response: OriginAnswer;
    try {
      response = await ask(url.replace(/\/$/, '') + target, {
        method,
        headers,
        body,
        signal: AbortSignal.timeout(deadlineMs),
      });
    } catch (error) {
      throw new OriginError(0, { code: 'unreachable', detail: String(error) });
    }
    if (response.ok) return response;
    const problem = OriginProblem.safeParse(await response.json().catch(() => null));
    const retryAfter = Number(response.headers.get('retry-after') ?? 0);
    throw new OriginError(
      response.status,
      problem.success ? problem.data : { code: 'unreadable', detail: `The origin answered ${response.status}.` },
      Number.isFinite(retryAfter) ? retryAfter * 1_000 : 0,
    );
  }
}
