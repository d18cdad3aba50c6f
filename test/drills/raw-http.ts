import { Agent, type IncomingMessage, request } from 'node:http';

export interface RawAnswer {
  status: number;
  headers: { get(name: string): string | null };
  text: string;
}

/** How long an answer may take before it counts as never coming. */
const HANG_MS = 30_000;

/** Sends requests as they are: fetch would tidy the path up and refuse some headers. */
export class RawHttp {
  private readonly agent: Agent;
  private readonly base: URL;
  /** requests that had to be sent again */
  repeated = 0;

  constructor(url: string, connections: number) {
    this.base = new URL(url);
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /**
   * @returns null for what Node itself refuses to send
   * @throws Error when no whole answer comes
   */
  async send(target: string, init: RequestInit, isSecond = false): Promise<RawAnswer | null> {
    const path = sendable(target);
    const body = init.body === null || init.body === undefined ? null : Buffer.from(String(init.body));
    const headers = Object.fromEntries(new Headers(init.headers));
    const { hostname, port } = this.base;
    return new Promise((resolve, reject) => {
      const method = init.method ?? 'GET';
      let sent: ReturnType<typeof request>;
      try {
        // the second time on a connection of its own: what a first answer left on a shared one is no fault of this
        const agent = isSecond ? false : this.agent;
        sent = request({ agent, hostname, port, path, method, headers, timeout: HANG_MS });
      } catch {
        resolve(null); // a character that no client could send
        return;
      }
      sent.once('response', (response) => read(response).then(resolve, reject));
      sent.once('upgrade', (response, socket) => {
        socket.destroy();
        resolve(answerOf(response, ''));
      });
      sent.once('timeout', () => sent.destroy(new Error(`no answer for ${HANG_MS / 1000} s`)));
      sent.once('error', (error: ReadError) => {
        if (isSecond || !isOfConnection(error, sent.reusedSocket)) return reject(new Error(explain(error)));
        if (error.code !== 'ECONNRESET') console.error(`raw-http: ${method} sent again: ${explain(error)}`);
        this.repeated += 1;
        resolve(this.send(target, init, true));
      });
      sent.end(body ?? undefined);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

type ReadError = NodeJS.ErrnoException & { rawPacket?: Buffer };

/**
 * Whether an error tells of the connection and not of the answer. The server, or wrangler's proxy before it, had just
 * closed an idle one: no client can know, so each sends again. Or bytes came that belong to no answer (`HPE_…`), as when
 * the proxy sends the rest of one whose reader has gone: those too are told from a bad answer by asking once more.
 */
const isOfConnection = ({ code }: ReadError, wasReused: boolean): boolean =>
  code === 'ECONNRESET' || code === 'EPIPE' ? wasReused : (code?.startsWith('HPE_') ?? false);

/** With the bytes that could not be read, if there are any. */
const explain = ({ message, code, rawPacket }: ReadError): string =>
  `${message} (${code ?? 'no code'})${rawPacket ? ` at ${JSON.stringify(rawPacket.subarray(0, 300).toString('latin1'))}` : ''}`;

/** UTF-8 bytes as they are; a space or a control character would end the request line. */
const sendable = (path: string): string =>
  Buffer.from(path)
    .toString('latin1')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are meant
    .replace(/[\x00-\x20]/g, (char: string) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`);

async function read(response: IncomingMessage): Promise<RawAnswer> {
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return answerOf(response, Buffer.concat(pieces).toString());
}

const answerOf = (response: IncomingMessage, text: string): RawAnswer => ({
  status: response.statusCode ?? 0,
  headers: { get: (name) => response.headers[name]?.toString() ?? null },
  text,
});
