import { samplesOf } from './exposition.ts';
import { type Health, healthOf } from './gates.ts';

const TIMEOUT_MS = 10_000;
const SMOKE_REQUESTS = 20;

/** What a deployment says of itself. @throws Error when it does not answer */
export async function metricsAt(url: string, token: string): Promise<Health> {
  const answer = await fetch(new URL('/metrics', url), {
    headers: token === '' ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`/metrics answered ${answer.status}`);
  return healthOf(samplesOf(await answer.text()));
}

/**
 * Asks one version of a deployment whether it is ready, whatever its share of the traffic.
 *
 * @returns why it is not, or null
 * @see https://developers.cloudflare.com/workers/configuration/versions-and-deployments/gradual-deployments/#version-overrides
 */
export async function smokeAt(url: string, script: string, version: string): Promise<string | null> {
  for (let i = 0; i < SMOKE_REQUESTS; i++) {
    const answer = await fetch(new URL('/health/ready', url), {
      headers: { 'Cloudflare-Workers-Version-Overrides': `${script}="${version}"` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: unknown) => String(error));
    if (typeof answer === 'string') return `/health/ready cannot be reached (${answer})`;
    await answer.body?.cancel();
    if (answer.status !== 200) return `/health/ready answered ${answer.status}`;
  }
  return null;
}
