import { connect, type Socket } from 'node:net';

/**
 * One connection that asks and waits, again and again. It does as little as can be done: what a client like fetch takes
 * would be most of what is measured.
 */
export class KeepAlive {
  private readonly socket: Socket;
  private readonly host: string;
  private received = Buffer.alloc(0);
  private answered: ((answer: string) => void) | null = null;
  private failed: ((error: Error) => void) | null = null;

  constructor({ hostname, port, host }: URL) {
    this.host = host;
    this.socket = connect(Number(port), hostname).setNoDelay(true);
    this.socket.on('data', (bytes: Buffer) => {
      this.received = this.received.length === 0 ? bytes : Buffer.concat([this.received, bytes]);
      this.check();
    });
    this.socket.on('error', (error) => this.failed?.(error));
    this.socket.on('close', () => this.failed?.(new Error('The connection was closed.')));
  }

  /** The bytes of a request, made before the clock runs. */
  post(route: string, body: string, headers: Record<string, string>): Buffer {
    const all = { host: this.host, 'content-type': 'application/json', ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `POST ${route} HTTP/1.1\r\n${lines.join('')}content-length: ${Buffer.byteLength(body)}\r\n\r\n`;
    return Buffer.from(head + body);
  }

  /** @returns the body of the answer. @throws Error unless its status is 200 and it tells its length */
  ask(request: Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      this.answered = resolve;
      this.failed = reject;
      // workerd closes a connection that was idle for some seconds
      if (this.socket.destroyed) reject(new Error('The connection was closed.'));
      else this.socket.write(request);
    });
  }

  close(): void {
    this.failed = null;
    this.socket.destroy();
  }

  private check(): void {
    const end = this.received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.received.toString('latin1', 0, end);
    const length = /^content-length: (\d+)\r?$/im.exec(head)?.[1];
    if (!head.startsWith('HTTP/1.1 200 ') || length === undefined) {
      this.failed?.(new Error(`Not the answer of a query: ${head}`));
      return;
    }
    const whole = end + 4 + Number(length);
    if (this.received.length < whole) return;
    const body = this.received.toString('utf8', end + 4, whole);
    this.received = this.received.subarray(whole);
    this.answered?.(body);
  }
}
