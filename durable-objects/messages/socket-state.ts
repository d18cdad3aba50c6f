import type { Acknowledgement, Neighbourhood, SocketError } from '../../src/live/contract.ts';
import type { Vec3 } from '../../src/palace/model.ts';

/** Where a visitor stands. Metres; `palace` is a row. */
export interface Stand {
  palace: number;
  at: Vec3;
  radius: number;
}

/** What is kept with a socket, so that it survives the object's sleep. */
export interface SocketState {
  /** of the API key that opened it; null: a ticket did */
  keyHash: string | null;
  /** null: it never said where it stands */
  stand: Stand | null;
}

const NOTHING: SocketState = { keyHash: null, stand: null };

export const stateOf = (socket: WebSocket): SocketState => socket.deserializeAttachment() ?? NOTHING;

export function keepState(socket: WebSocket, change: Partial<SocketState>): void {
  socket.serializeAttachment({ ...stateOf(socket), ...change });
}

/** Says something to one socket alone; nothing if it has gone. */
export function tell(socket: WebSocket, event: Neighbourhood | Acknowledgement | SocketError): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(event));
}
