import type { Wrangler } from './wrangler.ts';

interface PlanParts {
  wrangler: Pick<Wrangler, 'status'>;
  env: string;
  say(line: string): void;
}

/** Says what is deployed and what a release would do. Changes nothing. */
export async function plan({ wrangler, env, say }: PlanParts): Promise<void> {
  const versions = await wrangler.status().then(
    (deployment) => deployment.versions.map(({ version_id, percentage }) => `${version_id} at ${percentage} %`),
    (error: unknown) => [
      `unknown (${process.env.CLOUDFLARE_API_TOKEN ? String(error) : 'CLOUDFLARE_API_TOKEN is not set'})`,
    ],
  );
  say(`Deployed in ${env}: ${versions.join(', ')}`);
  say(`
1. npm run check && npm test
2. DATABASE_URL=… npm run migrate            Postgres first: a migration expands, so the old version goes on with it
3. npm run release -- canary --env ${env} --url …     uploads, 5 % of the traffic, watched for --hold seconds
4. npm run release -- promote --env ${env} --url …    25 %, 50 %, 100 %, each watched; goes back by itself
   npm run release -- rollback --env ${env}           at any time: seconds, and nothing that was acknowledged is lost
5. DATABASE_URL=… npm run migrate            later, when nothing needs the old columns: the migration that contracts

A new class of Durable Objects ([[migrations]] in wrangler.toml) cannot go out gradually: Cloudflare refuses such a version.
Deploy the class alone first, unused, with "wrangler deploy --env ${env}"; then release what uses it as above.
While two versions run, each object runs one of them; what they store and send must be understood by both, and the older
one must bear objects that the newer one has migrated (durable-objects/migrations.ts): "release -- rehearse" tries it.`);
}
