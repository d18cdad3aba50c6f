import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import pg from 'pg';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';

/** One statement of a request to `/sql`. */
interface Query {
  query: string;
  params?: unknown[];
}
type Body = Query | { queries: Query[] };

export interface NeonProxy {
  /** `host:port`, the value of NEON_LOCAL_PROXY */
  address: string;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * Speaks the two protocols of `@neondatabase/serverless` before a local Postgres: `POST /sql` (a statement, or a batch
 * as one transaction) and a WebSocket `/v2` (raw Postgres bytes). It connects to that one Postgres whatever host the
 * client names, so it is no open relay.
 *
 * @param wantedPort 0: any free one
 * @see the driver's source, version 1.2.0; Neon publishes no description of the protocol
 */
export async function startNeonProxy(postgresPort: number, wantedPort = 0): Promise<NeonProxy> {
  const pools = new Map<string, pg.Pool>();
  const poolFor = (connectionString: string) => {
    const url = new URL(connectionString);
    url.host = `${HOST}:${postgresPort}`;
    url.search = '';
    const pool = pools.get(url.href) ?? newPool(url.href);
    pools.set(url.href, pool);
    return pool;
  };
  const server = createServer((request, response) => {
    if (request.method !== 'POST' || !request.url?.startsWith('/sql')) {
      return send(response, 404, { message: 'not found' });
    }
    answer(request, poolFor).then(
      (body) => send(response, 200, body),
      (error: unknown) => sendError(response, error),
    );
  });
  const sockets = new WebSocketServer({ server, path: '/v2', perMessageDeflate: false });
  sockets.on('connection', (socket) => relay(socket, postgresPort));
  const port = await listen(server, wantedPort);
  const stop = async () => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    await Promise.all([...pools.values()].map((pool) => pool.end()));
  };
  return { address: `${HOST}:${port}`, stop };
}

/** A session that ends with its server must not end the proxy: the query under way fails, the next one connects anew. */
function newPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 20 });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => resolve((server.address() as AddressInfo).port));
  });
}

class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function answer(request: IncomingMessage, poolFor: (connectionString: string) => pg.Pool): Promise<unknown> {
  const connectionString = request.headers['neon-connection-string'];
  if (typeof connectionString !== 'string') throw new Refused(400, 'missing Neon-Connection-String');
  const body = await readBody(request);
  const client = await poolFor(connectionString).connect();
  let broken = false;
  try {
    return 'queries' in body ? await runBatch(client, body.queries, batchMode(request)) : await runQuery(client, body);
  } finally {
    // no session state leaks into the next request
    await client.query('DISCARD ALL').catch(() => {
      broken = true;
    });
    client.release(broken);
  }
}

async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Refused(413, 'request too large');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString()) as Body;
}

/** The driver asks for rows as arrays of Postgres's own text and parses them itself. */
const rawText = { getTypeParser: () => (text: string) => text };

async function runQuery(client: pg.PoolClient, { query, params = [] }: Query): Promise<unknown> {
  // the extended protocol even without parameters: like Neon, one statement a query. @types/pg does not know queryMode
  const config = { text: query, values: params, rowMode: 'array', types: rawText, queryMode: 'extended' } as const;
  const { command, rowCount, rows, fields } = await client.query(config as pg.QueryArrayConfig);
  return { command, rowCount, rows, fields, rowAsArray: true };
}

async function runBatch(client: pg.PoolClient, queries: Query[], mode: string): Promise<unknown> {
  await client.query(`BEGIN ${mode}`);
  try {
    const results: unknown[] = [];
    for (const query of queries) results.push(await runQuery(client, query));
    await client.query('COMMIT');
    return { results };
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {}); // a lost session is found by DISCARD ALL
    throw error;
  }
}

const ISOLATION: Record<string, string> = {
  ReadUncommitted: 'READ UNCOMMITTED',
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
};

function batchMode({ headers }: IncomingMessage): string {
  const isolation = ISOLATION[String(headers['neon-batch-isolation-level'])];
  const modes = [
    isolation && `ISOLATION LEVEL ${isolation}`,
    headers['neon-batch-read-only'] === 'true' && 'READ ONLY',
    headers['neon-batch-deferrable'] === 'true' && 'DEFERRABLE',
  ];
  return modes.filter(Boolean).join(', ');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** What `NeonDbError` carries. */
const ERROR_FIELDS = [
  ...['severity', 'code', 'detail', 'hint', 'position', 'internalPosition', 'internalQuery', 'where'],
  ...['schema', 'table', 'column', 'dataType', 'constraint', 'file', 'line', 'routine'],
];

/** Only with status 400 does the driver read the fields; any other becomes a plain "server error". */
function sendError(response: ServerResponse, error: unknown): void {
  if (error instanceof pg.DatabaseError) {
    const fields = error as unknown as Record<string, unknown>;
    const body = Object.fromEntries(ERROR_FIELDS.map((name) => [name, fields[name]]));
    send(response, 400, { message: error.message, ...body });
  } else {
    const message = error instanceof Error ? error.message : String(error);
    send(response, error instanceof Refused ? error.status : 500, { message });
  }
}

/** Both ends close together: without that the client's `end()` would wait for ever. */
function relay(socket: WebSocket, postgresPort: number): void {
  const postgres = net.connect(postgresPort, HOST).setNoDelay(true);
  postgres.on('data', (bytes) => socket.send(bytes));
  postgres.on('close', () => socket.close());
  postgres.on('error', () => socket.close());
  socket.on('message', (bytes: RawData) => postgres.write(bytes as Buffer));
  socket.on('close', () => postgres.destroy());
  socket.on('error', () => postgres.destroy());
}
