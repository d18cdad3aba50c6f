import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Version {
  id: string;
  number: number;
  metadata: Record<string, unknown>;
  annotations: Record<string, string>;
  resources: Record<string, unknown>;
}
interface Deployment {
  id: string;
  created_on: string;
  source: string;
  strategy: 'percentage';
  author_email: string;
  annotations: Record<string, string>;
  versions: { version_id: string; percentage: number }[];
}

interface Refusal {
  status: number;
  code: number;
  message: string;
}
const refusal = (status: number, code: number, message: string): Refusal => ({ status, code, message });

/** What a deployment may be, by the rules of the real API. */
function faultOf(versions: Deployment['versions'], known: readonly Version[]): Refusal | null {
  if (versions.length < 1 || versions.length > 2) return refusal(400, 10_210, 'A deployment has one or two versions.');
  const sum = versions.reduce((total, { percentage }) => total + percentage, 0);
  if (sum !== 100) return refusal(400, 10_211, 'The percentages do not add up to 100.');
  const unknown = versions.find(({ version_id }) => !known.some(({ id }) => id === version_id));
  return unknown ? refusal(404, 10_212, `There is no version ${unknown.version_id}.`) : null;
}

/**
 * The part of Cloudflare's API that `wrangler versions` and `wrangler rollback` speak to, for one Worker that has been
 * deployed before: versions, deployments and their percentages, in the shapes of API v4 (envelope, pages, errors).
 *
 * @see https://developers.cloudflare.com/api/resources/workers/subresources/scripts/
 */
export async function startFakeCloudflare(script: string, secrets: readonly string[] = []) {
  const versions: Version[] = [];
  const deployments: Deployment[] = [];
  const requests: string[] = [];
  const unheard: string[] = [];

  const addVersion = (annotations: Record<string, string>): Version => {
    const now = new Date(Date.now() + versions.length).toISOString();
    const version: Version = {
      id: randomUUID(),
      number: versions.length + 1,
      metadata: {
        created_on: now,
        modified_on: now,
        source: 'wrangler',
        author_id: 'a',
        author_email: 'ops@app.example',
        has_preview: false,
      },
      annotations,
      resources: {
        bindings: [],
        script: { etag: `etag${versions.length}`, handlers: ['fetch'], last_deployed_from: 'wrangler' },
        script_runtime: { compatibility_date: '2026-10-23', usage_model: 'standard' },
      },
    };
    versions.unshift(version);
    return version;
  };
  const deploy = (split: Deployment['versions'], annotations: Record<string, string> = {}): Deployment => {
    const deployment: Deployment = {
      id: randomUUID(),
      created_on: new Date(Date.now() + deployments.length).toISOString(),
      source: 'wrangler',
      strategy: 'percentage',
      author_email: 'ops@app.example',
      annotations,
      versions: split,
    };
    deployments.unshift(deployment);
    return deployment;
  };
  deploy([{ version_id: addVersion({ 'workers/tag': 'first' }).id, percentage: 100 }]);

  async function answer(method: string, url: URL, request: IncomingMessage): Promise<unknown> {
    const name = url.searchParams.get('name');
    if (url.pathname.endsWith('/accounts/account/queues'))
      return [{ queue_id: 'q', queue_name: name, consumers: [], producers: [] }];
    const found = /^\/client\/v4\/accounts\/account\/workers\/(.*)$/.exec(url.pathname)?.[1];
    const base = `scripts/${script}`;
    if (found === `services/${script}`)
      return {
        default_environment: {
          environment: 'production',
          script: { id: script, tag: 't', last_deployed_from: 'wrangler', migration_tag: 'v3' },
        },
      };
    if (found === `${base}/script-settings`)
      return { logpush: false, tail_consumers: [], observability: { enabled: true } };
    // no bucket: all of the assets are known already
    if (found === `${base}/assets-upload-session`) return { jwt: 'assets', buckets: [] };
    if (found === `${base}/settings`) return { bindings: [], tags: [], migration_tag: 'v3', usage_model: 'standard' };
    if (found === `${base}/secrets`) return secrets.map((name) => ({ name, type: 'secret_text' }));
    if (found === `${base}/versions` && method === 'POST') {
      const form = await new Response(await bytesOf(request), {
        headers: { 'content-type': request.headers['content-type']! },
      }).formData();
      const metadata = JSON.parse(String(form.get('metadata')));
      const version = addVersion(metadata.annotations ?? {});
      return { ...version, startup_time_ms: 20 };
    }
    if (found === `${base}/versions`) return { items: versions };
    if (found?.startsWith(`${base}/versions/`)) {
      return versions.find(({ id }) => found.endsWith(id)) ?? refusal(404, 10_212, 'There is no such version.');
    }
    if (found === `${base}/deployments` && method === 'POST') {
      const body = JSON.parse(String(await bytesOf(request)));
      return faultOf(body.versions, versions) ?? deploy(body.versions, body.annotations);
    }
    if (found === `${base}/deployments`) return { deployments };
    return null;
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://fake');
    requests.push(`${request.method} ${url.pathname}`);
    const result = await answer(request.method!, url, request);
    const failed =
      result === null ? refusal(404, 7_003, 'No route.') : (result as Refusal).code ? (result as Refusal) : null;
    if (result === null) unheard.push(`${request.method} ${request.url}`);
    response.statusCode = failed?.status ?? 200;
    response.setHeader('content-type', 'application/json');
    const errors = failed ? [{ code: failed.code, message: failed.message }] : [];
    response.end(
      JSON.stringify({
        success: !failed,
        errors,
        messages: [],
        result: failed ? null : result,
        result_info: { page: 1, per_page: 100, count: 1, total_count: 1 },
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/client/v4`,
    versions,
    deployments,
    requests,
    /** what was asked for and is not there */
    unheard,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
