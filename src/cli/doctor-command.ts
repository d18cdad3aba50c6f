import { Diagnosis } from '../http/diagnosis/contract.ts';
import { type Io, printable } from './io.ts';
import { addressOf, type ConnectionOptions, keyOf } from './settings.ts';

export interface DoctorCommandOptions extends ConnectionOptions {
  json?: boolean;
}

/** What was looked at, how it stands, and what to do about it. */
interface Finding {
  check: string;
  state: 'ok' | 'warning' | 'wrong';
  said: string;
  remedy?: string;
}

interface Exchange {
  status: number;
  text: string;
  /** epoch ms, by the clock of the service; null: it did not say */
  date: number | null;
}

const TIMEOUT_MS = 10_000;
/** Tickets and receipts bear times: clocks that differ by more than this make trouble. */
const MOST_SKEW_MS = 5_000;

const PARTS: Record<string, string> = {
  postgres: 'Messages are taken, but not saved for good: look whether the database is up and DATABASE_URL is right.',
  embedder:
    'Nothing new is searchable by meaning: look at EMBEDDING_TIERS, the AI binding and the assets of the build.',
  kv: 'API keys are read from Postgres each time: look at the KV binding in wrangler.toml.',
};
const SECRETS: Record<string, string> = {
  DATABASE_URL: 'Nothing is saved in Postgres, and no API key can be checked.',
  SERVICE_SECRET: 'Nobody can be erased, exported or imported.',
  ENCRYPTION_KEYS: 'Nothing is saved in Postgres.',
  TICKET_KEYS: 'Browsers get no tickets.',
  LLM_API_KEY: 'The text model refuses every request.',
};

/**
 * Looks at a deployment from outside and by what it says of itself.
 *
 * @returns 0: all is well; 1: something is wrong; 2: it cannot be looked at (no answer, no or a wrong key)
 */
export async function doctorCommand(options: DoctorCommandOptions, io: Io): Promise<0 | 1 | 2> {
  const url = addressOf(options, io.env);
  const findings: Finding[] = [];
  const code = await examine(url, keyOf(options, url, io.env), findings);
  if (options.json) io.out(JSON.stringify({ url: url.origin, code, findings }));
  else for (const finding of findings) show(finding, io);
  return code;
}

async function examine(url: URL, key: string | undefined, findings: Finding[]): Promise<0 | 1 | 2> {
  const ask = (path: string, bearer?: string) => exchange(new URL(path, url), bearer);
  const live = await ask('/health/live');
  if (live === null) {
    const remedy = 'Is the address right (--url), and is the service deployed or started (npm start)?';
    findings.push({ check: 'address', state: 'wrong', said: `${url.origin} does not answer`, remedy });
    return 2;
  }
  findings.push(liveFinding(url, live), skewFinding(live));
  if (key === undefined) {
    const remedy = 'Give --key or PALIMPSEST_KEY: a key with the scope "admin".';
    findings.push({ check: 'key', state: 'wrong', said: 'no API key is known', remedy });
    return 2;
  }
  const answer = await ask('/api/v1/diagnosis', key);
  const diagnosis = answer?.status === 200 ? Diagnosis.safeParse(jsonOf(answer.text)).data : undefined;
  findings.push(keyFinding(answer, diagnosis !== undefined));
  if (!diagnosis) return answer?.status === 401 || answer?.status === 403 ? 2 : 1;
  findings.push(...partFindings(diagnosis), ...secretFindings(diagnosis), migrationFinding(diagnosis));
  findings.push(await metricsFinding(diagnosis, () => ask('/metrics', key)));
  const { version, worker_version: deployed, text_model: textModel } = diagnosis;
  const said = `${version}${deployed === null ? '' : `, deployed as ${deployed}`}; text model: ${textModel}`;
  findings.push({ check: 'version', state: 'ok', said });
  return findings.some(({ state }) => state === 'wrong') ? 1 : 0;
}

function liveFinding({ origin, protocol, hostname }: URL, { status }: Exchange): Finding {
  const isLocal = /^(localhost|127\.|\[::1\])/.test(hostname);
  if (status !== 200) {
    const remedy = 'Something else may listen at this address, or the Worker does not start: look at `wrangler tail`.';
    return { check: 'address', state: 'wrong', said: `${origin}/health/live answers ${status}`, remedy };
  }
  return protocol === 'http:' && !isLocal
    ? { check: 'address', state: 'warning', said: `${origin} answers, unencrypted`, remedy: 'Use https.' }
    : { check: 'address', state: 'ok', said: `${origin} answers` };
}

function skewFinding({ date }: Exchange): Finding {
  if (date === null) return { check: 'clock', state: 'ok', said: 'the service does not tell the time' };
  const skew = Math.abs(Date.now() - date);
  const said = `differs by ${(skew / 1_000).toFixed(1)} s from that of this machine`;
  // the header has whole seconds
  return skew <= MOST_SKEW_MS + 1_000
    ? { check: 'clock', state: 'ok', said }
    : { check: 'clock', state: 'warning', said, remedy: 'Set the clock of this machine by NTP: tickets bear times.' };
}

function keyFinding(answer: Exchange | null, isRead: boolean): Finding {
  const wrong = (said: string, remedy: string): Finding => ({ check: 'key', state: 'wrong', said, remedy });
  if (isRead) return { check: 'key', state: 'ok', said: 'is valid and has the scope "admin"' };
  switch (answer?.status) {
    case 401:
      return wrong('is not valid here', 'Is it of this deployment? Revoked or expired keys are in `GET /api/v1/keys`.');
    case 403:
      return wrong('lacks the scope "admin"', 'Use a key that has it; POST /api/v1/keys makes one.');
    case 503:
      return wrong('cannot be checked right now', PARTS.postgres!);
    case 404:
      return wrong('cannot be used: this release has no /api/v1/diagnosis', 'Deploy a release that has it.');
    default:
      return wrong(
        `cannot be used: /api/v1/diagnosis answers ${answer?.status ?? 'nothing'}`,
        'Look at `wrangler tail`.',
      );
  }
}

const partFindings = ({ checks }: Diagnosis): Finding[] =>
  Object.entries(checks).map(([part, state]) =>
    state === 'ok'
      ? { check: part, state: 'ok', said: 'answers' }
      : { check: part, state: 'wrong', said: 'does not answer', remedy: PARTS[part] ?? 'Look at `wrangler tail`.' },
  );

const secretFindings = ({ secrets }: Diagnosis): Finding[] =>
  Object.entries(secrets).map(([name, state]) => {
    if (state === 'set') return { check: name, state: 'ok', said: 'is set' };
    const remedy = `${SECRETS[name] ?? ''} Set it with \`wrangler secret put ${name}\`; wrangler.toml tells its form.`;
    return { check: name, state: 'wrong', said: state === 'missing' ? 'is not set' : 'cannot be read', remedy };
  });

function migrationFinding({ migrations: { expected, applied } }: Diagnosis): Finding {
  if (applied === null) return { check: 'migrations', state: 'wrong', said: 'cannot be told', remedy: PARTS.postgres! };
  if (applied >= expected) {
    // a later release's: it only added, and this one passes them over
    const later = applied > expected ? `, ${applied - expected} of a later release` : '';
    return { check: 'migrations', state: 'ok', said: `${applied} applied${later}` };
  }
  const said = `${expected - applied} of ${expected} are missing`;
  return { check: 'migrations', state: 'wrong', said, remedy: 'Run `npm run migrate -- up` before this release.' };
}

async function metricsFinding(of: Diagnosis, scrape: () => Promise<Exchange | null>): Promise<Finding> {
  if (of.metrics === 'off') {
    return { check: 'metrics', state: 'warning', said: 'are off', remedy: 'Set METRICS="" to have them.' };
  }
  const answer = await scrape();
  if (answer?.status !== 200 || !answer.text.includes('# TYPE http_requests_total counter')) {
    const remedy = 'Look whether METRICS_HUB is bound, and at `wrangler tail`.';
    return { check: 'metrics', state: 'wrong', said: `/metrics answers ${answer?.status ?? 'nothing'}`, remedy };
  }
  return of.operator_token
    ? { check: 'metrics', state: 'ok', said: 'are read at /metrics' }
    : {
        ...{ check: 'metrics', state: 'warning', said: 'are read with an API key only' },
        remedy: 'Give Prometheus a token of its own: `wrangler secret put METRICS_TOKEN`.',
      };
}

/** @returns null if nothing answers */
async function exchange(url: URL, bearer?: string): Promise<Exchange | null> {
  const headers: Record<string, string> = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const date = Date.parse(response.headers.get('date') ?? '');
    return { status: response.status, text: await response.text(), date: Number.isNaN(date) ? null : date };
  } catch {
    return null;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const SIGNS = { ok: 'ok     ', warning: 'warning', wrong: 'WRONG  ' };

function show({ check, state, said, remedy }: Finding, io: Io): void {
  io.out(`${SIGNS[state]}  ${printable(check)}: ${printable(said)}`);
  if (remedy) io.out(`         → ${printable(remedy)}`);
}
