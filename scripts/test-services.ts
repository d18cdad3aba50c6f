// Child of the test runner: an ephemeral, migrated Postgres behind a Neon proxy. Prints one JSON line
// {databaseUrl, neonProxy, adminUrl} when ready and stops when its stdin closes. A process of its own, because in
// vitest's global setup `ws` resolves to its browser build.
import { migrateNamed } from './migrate.ts';
import { startNeonProxy } from './neon-proxy.ts';
import { startPostgres } from './postgres.ts';
import { runCommand } from './user-error.ts';

await runCommand(async () => {
  const postgres = await startPostgres();
  const [databaseUrl, proxy] = await Promise.all([
    migrateNamed(postgres.url(), 'palimpsest'),
    startNeonProxy(postgres.port),
  ]);
  const stop = async () => {
    await proxy.stop();
    await postgres.stop();
    process.exit(0);
  };
  process.on('SIGINT', () => {}); // Ctrl-C ends the runner, and that our stdin
  process.on('SIGTERM', stop);
  process.stdin.resume().once('end', stop);
  console.log(JSON.stringify({ databaseUrl, neonProxy: proxy.address, adminUrl: postgres.url() }));
});
