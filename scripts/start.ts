// `npm start`: the whole service on this machine, until Ctrl-C. PORT, HOST and PALIMPSEST_STATE choose where.
import { type Server, startServer } from './server.ts';
import { defaultStateDir } from './state.ts';
import { runCommand, UserError } from './user-error.ts';

await runCommand(async () => {
  const asked = stopAsked();
  const port = Number(process.env.PORT || 8000);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new UserError(`PORT=${process.env.PORT} is no port.`);
  const server = await startServer({
    stateDir: defaultStateDir(),
    port,
    host: process.env.HOST || '127.0.0.1',
  });
  console.log(welcome(server));
  const reason = await Promise.race([asked, server.failed]);
  await server.stop();
  if (reason !== null) throw new UserError(`stopped: ${reason}`);
  process.exit(0);
});

/** Resolves (null) when someone asks this process to stop, or when the one that started it is gone. */
function stopAsked(): Promise<null> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(null));
    const parent = Number(process.env.PALIMPSEST_PARENT);
    if (process.ppid === parent) setInterval(() => process.ppid !== parent && resolve(null), 500).unref();
  });
}

function welcome({ url, key }: Server): string {
  const post = (path: string, body: unknown) =>
    `curl -X POST '${url}${path}' -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
  return `
Palimpsest answers on ${url}  (API reference: ${url}/docs)
Development key: ${key}

${post('/api/v1/message?wait=true', { user_id: 'ana', content: 'I moved to Lisbon in May and work as a nurse.' })}

${post('/api/v1/users/ana/memories/search', { query: 'Where does Ana live?' })}

curl '${url}/api/v1/users/ana/messages' -H 'Authorization: Bearer ${key}'

Ctrl-C stops it; what it holds is kept.`;
}
