/** Seconds; a query of many is answered in a millisecond, an upload takes some. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];

/** A gauge as it is when it is scraped. */
export interface Gauge {
  name: string;
  help: string;
  value: number;
}

/** Counters of one process in the text format of Prometheus. */
export class OriginMetrics {
  private readonly requests = new Map<string, number>();
  private readonly jobs = new Map<string, number>();
  private readonly seconds = new Array<number>(BUCKETS.length + 1).fill(0);
  private secondsSum = 0;
  private queries = 0;
  private launches = 0;

  /** @param route as in ROUTES of operations.ts, never what a client wrote */
  answered(route: string, status: number, seconds: number): void {
    const key = `route="${route}",status="${status}"`;
    this.requests.set(key, (this.requests.get(key) ?? 0) + 1);
    const bucket = BUCKETS.findIndex((most) => seconds <= most);
    this.seconds[bucket < 0 ? BUCKETS.length : bucket]!++;
    this.secondsSum += seconds;
  }

  launched(queries: number): void {
    this.queries += queries;
    this.launches++;
  }

  jobEnded(state: string): void {
    this.jobs.set(state, (this.jobs.get(state) ?? 0) + 1);
  }

  /** @see https://prometheus.io/docs/instrumenting/exposition_formats/ */
  text(gauges: readonly Gauge[]): string {
    const lines = [
      ...head('gpu_origin_requests_total', 'counter', 'Requests by route and status.'),
      ...[...this.requests].map(([labels, n]) => `gpu_origin_requests_total{${labels}} ${n}`),
      ...head('gpu_origin_jobs_total', 'counter', 'Jobs that have ended, by how.'),
      ...[...this.jobs].map(([state, n]) => `gpu_origin_jobs_total{state="${state}"} ${n}`),
      ...head('gpu_origin_queries_total', 'counter', 'Queries that were launched.'),
      `gpu_origin_queries_total ${this.queries}`,
      ...head('gpu_origin_launches_total', 'counter', 'Launches, of one query or more each.'),
      `gpu_origin_launches_total ${this.launches}`,
      ...head('gpu_origin_request_seconds', 'histogram', 'Time from the first byte of a request to its answer.'),
      ...this.histogram(),
    ];
    for (const { name, help, value } of gauges) lines.push(...head(name, 'gauge', help), `${name} ${value}`);
    return `${lines.join('\n')}\n`;
  }

  private histogram(): string[] {
    let sum = 0;
    const buckets = this.seconds.map((n, i) => {
      sum += n;
      return `gpu_origin_request_seconds_bucket{le="${BUCKETS[i] ?? '+Inf'}"} ${sum}`;
    });
    return [...buckets, `gpu_origin_request_seconds_sum ${this.secondsSum}`, `gpu_origin_request_seconds_count ${sum}`];
  }
}

const head = (name: string, type: string, help: string): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
];
