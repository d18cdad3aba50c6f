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
  /** @throws AppError where this socket may not write now, or the promise does, where that has to be asked for */
  admit(owner: Owner, keyHash: string | null): Promise<void> | undefined;
  hear(owner: Owner, message: PreparedMessage, speaker: WebSocket): Outcome<Heard>;
  /** a visitor says where they stand */
  position(socket: WebSocket, said: unknown): Promise<void>;
}

/** Hears what clients say over their sockets: messages to store, and positions. */
export class Listener {
  private readonly ports: ListenerPorts;

  constructor(ports: ListenerPorts) {
    this.ports = ports;
  }

  /** @returns a promise only where something has to be waited for */
  hear(socket: WebSocket, said: string | ArrayBuffer): Promise<void> | undefined {
    const json = jsonOf(said);
    return isMessage(json) ? this.take(socket, json) : this.ports.position(socket, json);
  }

  /** The runtime holds the answer back until what was stored is on disk. */
  private take(socket: WebSocket, said: object): Promise<void> | undefined {
    const message = this.parse(socket, said);
    if (message === null) return undefined;
    const refuse = (error: unknown) => tell(socket, { ...refusalOf(error), message_id: message.message_id });
    try {
      const owner = this.ports.owner();
      if (!owner) throw new AppError('not_found', 'No such user.');
      const asked = this.ports.admit(owner, stateOf(socket).keyHash);
      if (asked) return asked.then(() => this.store(socket, owner, message)).catch(refuse);
      this.store(socket, owner, message);
    } catch (error) {
      refuse(error);
    }
    return undefined;
  }

  private store(socket: WebSocket, owner: Owner, message: SpokenMessage): void {
    const heard = unwrap(this.ports.hear(owner, prepareMessage(message, Date.now()), socket));
    tell(socket, { type: 'ack', message_id: message.message_id, ...heard });
  }

  /** Null: it was none, and its speaker knows. */
  private parse(socket: WebSocket, said: object): SpokenMessage | null {
    const plain = plainMessage(said);
    if (plain !== null) return plain;
    const parsed = SpokenMessage.safeParse(said);
    if (parsed.success) return parsed.data;
    const errors = faultsOf(parsed.error.issues);
    tell(socket, { type: 'error', code: 'invalid_input', detail: 'This is no message.', ...nameOf(said), errors });
    return null;
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
