import type { Owner } from '../../src/auth/contract.ts';
import { faultsOf } from '../../src/http/faults.ts';
import { plainMessage, type SocketError, SpokenMessage } from '../../src/live/contract.ts';
import { type PreparedMessage, prepareMessage } from '../../src/messages/natural-key.ts';
import { AppError, type Outcome, unwrap } from '../../src/shared/errors.ts';
import { log } from '../../src/shared/log.ts';
import type { Heard } from './intake.ts';
import { stateOf, tell } from './socket-state.ts';

/** Longer ones are no messages: 32 KB of content as JSON may write it, with all that belongs to it. */
const LONGEST = 256 * 1024;

export interface ListenerPorts {
  /** whose object this is; null: nobody's any more */
  owner(): Owner | null;
  /** @throws AppError where this socket may not write now */
  admit(owner: Owner, keyHash: string | null): Promise<void>;
  hear(owner: Owner, message: PreparedMessage, speaker: WebSocket): Promise<Outcome<Heard>>;
  /** a visitor says where they stand */
  position(socket: WebSocket, said: unknown): Promise<void>;
}

/** Hears what clients say over their sockets: messages to store, and positions. */
export class Listener {
  private readonly ports: ListenerPorts;

  constructor(ports: ListenerPorts) {
    this.ports = ports;
  }

  async hear(socket: WebSocket, said: string | ArrayBuffer): Promise<void> {
    const json = jsonOf(said);
    if (isMessage(json)) await this.take(socket, json);
    else await this.ports.position(socket, json);
  }

  /** The runtime holds the answer back until what was stored is on disk. */
  private async take(socket: WebSocket, said: object): Promise<void> {
    let message = plainMessage(said);
    if (message === null) {
      const parsed = SpokenMessage.safeParse(said);
      if (!parsed.success) {
        const errors = faultsOf(parsed.error.issues);
        const detail = 'This is no message.';
        return tell(socket, { type: 'error', code: 'invalid_input', detail, ...nameOf(said), errors });
      }
      message = parsed.data;
    }
    const { message_id } = message;
    try {
      tell(socket, { type: 'ack', message_id, ...(await this.store(socket, message)) });
    } catch (error) {
      tell(socket, { ...refusalOf(error), message_id });
    }
  }

  private async store(socket: WebSocket, message: SpokenMessage): Promise<Heard> {
    const prepared = prepareMessage(message, Date.now());
    const owner = this.ports.owner();
    if (!owner) throw new AppError('not_found', 'No such user.');
    await this.ports.admit(owner, stateOf(socket).keyHash);
    return unwrap(await this.ports.hear(owner, prepared, socket));
  }
}

function refusalOf(thrown: unknown): SocketError {
  if (!(thrown instanceof AppError)) {
    log.error('a message over a socket failed', { error: thrown });
    return { type: 'error', code: 'internal', detail: 'The message could not be stored.' };
  }
  const { code, detail, retryAfterSeconds } = thrown;
  return {
    type: 'error',
    code,
    detail,
    ...(retryAfterSeconds === undefined ? {} : { retry_after_seconds: Math.ceil(retryAfterSeconds) }),
  };
}

const isMessage = (json: unknown): json is object =>
  typeof json === 'object' && json !== null && 'type' in json && json.type === 'message';

/** So that the client knows which of its messages was refused. */
function nameOf(said: unknown): { message_id?: string } {
  const name = typeof said === 'object' && said !== null && 'message_id' in said ? said.message_id : undefined;
  return typeof name === 'string' && name.length <= 256 ? { message_id: name } : {};
}

/** Undefined for what is no JSON. */
function jsonOf(said: string | ArrayBuffer): unknown {
  if (typeof said !== 'string' || said.length > LONGEST) return undefined;
  try {
    return JSON.parse(said);
  } catch {
    return undefined;
  }
}
