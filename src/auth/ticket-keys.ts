import type { Env } from '../env.ts';
import { log } from '../shared/log.ts';
import { parseTicketKeys, type TicketKeys } from './ticket.ts';

let held: { text: string; keys: Promise<TicketKeys | null> } | null = null;

/** The keys of `TICKET_KEYS`, read once an isolate; null where tickets are not set up. */
export function ticketKeysOf(env: Env): Promise<TicketKeys | null> {
  const text = env.TICKET_KEYS ?? '';
  if (held?.text !== text) {
    held = { text, keys: text === '' ? Promise.resolve(null) : parseTicketKeys(text) };
    void held.keys.then((keys) => {
      if (keys === null && text !== '') log.error('TICKET_KEYS cannot be read, so there are no tickets');
    });
  }
  return held.keys;
}
