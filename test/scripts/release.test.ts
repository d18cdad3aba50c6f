import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unstable_readConfig } from 'wrangler';
import { samplesOf } from '../../scripts/release/exposition.ts';
import { healthOf, judge } from '../../scripts/release/gates.ts';
import { canary, promote, type RolloutParts, rollback } from '../../scripts/release/rollout.ts';
import { SECRETS } from '../../scripts/release/secrets.ts';
import { Wrangler } from '../../scripts/release/wrangler.ts';

const metrics = (requests: number, errors: number, slow = 0, lag = 0) =>
  healthOf(
    samplesOf(`
# TYPE http_requests_total counter
http_requests_total{route="/a",method="GET",status="2xx"} ${requests - errors}
http_requests_total{route="/a\\"b",method="GET",status="5xx"} ${errors}
http_requests_total{route="/a",method="GET",status="429"} 0
http_request_duration_seconds_bucket{route="/a",le="0.1"} ${requests - slow}
http_request_duration_seconds_bucket{route="/a",le="1"} ${requests} # {request_id="x"} 0.2
http_request_duration_seconds_bucket{route="/a",le="+Inf"} ${requests}
outbox_oldest_unsent_seconds ${lag}
`),
  );

describe('a gate', () => {
  it('lets a version pass that fails as seldom as the one before', () => {
    expect(judge(metrics(1_000, 10), metrics(11_000, 110), 0.05, 0.01).faults).toEqual([]);
  });

  it('sees the errors of a version through the traffic of the other one', () => {
    // 500 of 10,000 requests were its own, and 100 of those failed
    const found = judge(metrics(0, 0), metrics(10_000, 100), 0.05, 0);
    expect([found.errorRatio, found.faults.length]).toEqual([0.2, 1]);
  });

  it('judges no version by a handful of requests', () => {
    expect(judge(metrics(0, 0), metrics(200, 5), 0.05, 0).faults).toEqual([]);
  });

  it('stops a version that is slow, or that Postgres falls behind of', () => {
    expect(judge(metrics(0, 0), metrics(2_000, 0, 200), 0.5, 0).faults[0]).toContain('p95');
    expect(judge(metrics(0, 0), metrics(2_000, 0, 0, 300), 0.5, 0).faults[0]).toContain('300 s behind');
  });
});

/** Cloudflare as wrangler shows it, with a version that misbehaves from some share on. */
function rollout(misbehavesFrom = Number.POSITIVE_INFINITY, smoke: string | null = null) {
  const done: string[] = [];
  const said: string[] = [];
  let split: [string, number][] = [['old', 100]];
  const past: [string, number][][] = [[['older', 100]], split];
  let [requests, errors] = [10_000, 5];
  const deploy = (next: [string, number][]) => {
    split = next;
    past.unshift(next);
    done.push(next.map(([id, share]) => `${id}@${share}`).join(' '));
  };
  const toDeployment = (of: [string, number][]) => ({
    versions: of.map(([version_id, percentage]) => ({ version_id, percentage })),
  });
  const versions = [{ id: 'old', number: 7 }];
  const parts: RolloutParts = {
    wrangler: {
      status: async () => toDeployment(split),
      deployments: async () => past.map(toDeployment),
      versions: async () => versions,
      upload: async (tag) => {
        versions.push({ id: 'new', number: 8, annotations: { 'workers/tag': tag } } as (typeof versions)[0]);
        done.push('upload');
      },
      deploy: async (next) => deploy([...next]),
      rollback: async (id) => deploy([[id, 100]]),
    },
    health: async () => {
      const share = split.find(([id]) => id === 'new')?.[1] ?? 0;
      requests += 2_000;
      if (share >= misbehavesFrom) errors += 20 * share;
      return metrics(requests, errors);
    },
    smoke: async () => smoke,
    sleep: async () => {},
    say: (line) => said.push(line),
    isDryRun: false,
    holdSeconds: 30,
  };
  return { parts, done, said };
}

describe('a roll-out', () => {
  it('goes up step by step while nothing speaks against it', async () => {
    const { parts, done } = rollout();
    expect([await canary(parts, 't'), await promote(parts)]).toEqual([true, true]);
    expect(done).toEqual(['upload', 'old@95 new@5', 'old@75 new@25', 'old@50 new@50', 'new@100']);
  });

  it('goes back by itself when a step fails, in the first as in a later one', async () => {
    const first = rollout(5);
    expect(await canary(first.parts, 't')).toBe(false);
    expect(first.done).toEqual(['upload', 'old@95 new@5', 'old@100']);
    const later = rollout(50);
    expect([await canary(later.parts, 't'), await promote(later.parts)]).toEqual([true, false]);
    expect(later.done.at(-1)).toBe('old@100');
  });

  it('goes back when the new version is not ready, or nothing is heard of it', async () => {
    const notReady = rollout(undefined, 'it answers 503');
    expect(await canary(notReady.parts, 't')).toBe(false);
    expect([notReady.done.at(-1), notReady.said]).toEqual(['old@100', ['going back: it answers 503']]);
    const silent = rollout();
    const { health } = silent.parts;
    silent.parts.health = async () => (silent.done.length > 1 ? Promise.reject(new Error('away')) : health());
    expect(await canary(silent.parts, 't')).toBe(false);
    expect(silent.done.at(-1)).toBe('old@100');
  });

  it.each([
    ['never answer', [1, 2]],
    ['do not answer in the end', [2]],
  ])('goes back however short it is held, where the metrics %s', async (_, silentLooks) => {
    const { parts, done } = rollout();
    await canary(parts, 't');
    const { health } = parts;
    let looks = -1; // the first is what is usual, and the one at the start of a step is number 0
    parts.health = async () => (silentLooks.includes(looks++) ? Promise.reject(new Error('away')) : health());
    expect(await promote({ ...parts, holdSeconds: 20 })).toBe(false);
    expect(done.at(-1)).toBe('old@100');
  });

  it('begins none while another is under way, and promotes none that has not begun', async () => {
    const { parts } = rollout();
    await expect(promote(parts)).rejects.toThrow('nothing is being rolled out');
    await canary(parts, 't');
    await expect(canary(parts, 'u')).rejects.toThrow('a roll-out is under way');
  });

  it('is taken back to the stable version, and a finished one to the version before', async () => {
    const { parts, done } = rollout();
    await canary(parts, 't');
    await rollback(parts);
    expect(done.at(-1)).toBe('old@100');
    await rollback(parts, 'older');
    expect(done.at(-1)).toBe('older@100');
    await rollback(parts);
    expect(done.at(-1)).toBe('old@100');
  });
});

it.each([
  ['oldest', [0, 1, 2, 3]],
  ['newest', [3, 2, 1, 0]],
])(
  'a finished roll-out is taken back to the deployment before, though the %s is listed first and was of the same version',
  async (_, order) => {
    const deployed = (id: string, minute: number) => ({
      created_on: `2026-01-05T12:0${minute}:00.000000Z`,
      versions: [{ version_id: id, percentage: 100 }],
    });
    const past = ['good', 'bad', 'better', 'good'].map(deployed);
    const said: string[] = [];
    const wrangler = new Wrangler({
      env: 'production',
      isDryRun: false,
      say: (line) => said.push(line),
      run: async ([, command]) => {
        if (command === 'status') return JSON.stringify(past.at(-1));
        return command === 'list' ? JSON.stringify(order.map((i) => past[i])) : '';
      },
    });
    await rollback({ ...rollout().parts, wrangler });
    expect(said).toEqual([expect.stringContaining('rollback better')]);
  },
);

describe('wrangler.toml', () => {
  /** What of wrangler's own type is looked at here; that one is not exported whole. */
  interface Config {
    vars: Record<string, unknown>;
    secrets?: { required: string[] };
    durable_objects: { bindings: { name: string; class_name: string }[] };
    kv_namespaces: { binding: string; id: string }[];
    queues: { producers: { binding: string; queue: string }[] };
    services: { binding: string; entrypoint: string; service: string }[];
    ratelimits: { name: string; namespace_id: string }[];
  }
  const config = (env?: string): Config =>
    unstable_readConfig(
      { config: 'wrangler.toml', ...(env ? { env } : {}) },
      { hideWarnings: true },
    ) as unknown as Config;
  const names = ({ durable_objects, kv_namespaces, queues, services, ratelimits }: Config) => ({
    objects: durable_objects.bindings.map(({ name, class_name }) => `${name}: ${class_name}`),
    kv: kv_namespaces.map(({ binding }) => binding),
    queues: queues.producers.map(({ binding }) => binding),
    services: services.map(({ binding, entrypoint }) => `${binding}: ${entrypoint}`),
    ratelimits: ratelimits.map(({ name }) => name),
  });

  it.each(['staging', 'production'])(
    'binds in %s what the code is developed with, and names all vars and secrets',
    (env) => {
      const [dev, deployed] = [config(), config(env)];
      expect(names(deployed)).toEqual(names(dev));
      expect(deployed.services.map(({ service }) => service)).toEqual([`palimpsest-${env}`]);
      const optional = Object.keys(SECRETS).filter((name) => SECRETS[name]!.only !== null);
      expect(deployed.secrets!.required).toEqual(Object.keys(SECRETS).filter((name) => !optional.includes(name)));
      const vars = Object.keys(dev.vars).filter((name) => SECRETS[name] === undefined);
      expect(Object.keys(deployed.vars).sort()).toEqual(vars.sort());
    },
  );

  it('shares no store between environments', () => {
    const ids = ['staging', 'production', undefined].flatMap((env) => {
      const { kv_namespaces, queues, ratelimits } = config(env);
      return [kv_namespaces[0]!.id, queues.producers[0]!.queue, ratelimits[0]!.namespace_id];
    });
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('keeps secrets out of the file', () => {
    const text = readFileSync('wrangler.toml', 'utf8');
    for (const name of config('production').secrets!.required)
      expect(text).not.toMatch(new RegExp(`^${name} *= *"[^"]+"`, 'm'));
  });
});
