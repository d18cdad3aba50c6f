import { expect, it } from 'vitest';
import { type Claims, parseTicketKeys, readTicket, signTicket, type TicketKeys } from '../../src/auth/ticket.ts';

const NOW = Date.UTC(2026, 0, 1);
const CLAIMS: Claims = { tenant: 't', user: 'ana ✿', key: 'k', scope: 'live', rate: 60, until: NOW + 1_000 };
const [A, B] = ['a'.repeat(32), 'b'.repeat(32)];
const keysOf = async (text: string): Promise<TicketKeys> => (await parseTicketKeys(text))!;

it('grants what it says, to the person it names', async () => {
  const keys = await keysOf(`one:${A}`);
  const ticket = await signTicket(CLAIMS, keys);
  expect(ticket).toMatch(/^palt_one\.[\w-]+\.[\w-]{43}$/);
  expect(await readTicket(ticket, keys, NOW)).toEqual({
    keyId: 'k',
    tenantId: 't',
    userId: 'ana ✿',
    scopes: ['live'],
    ratePerMinute: 60,
    isTicket: true,
  });
});

it('is worth nothing from its last moment on', async () => {
  const keys = await keysOf(`one:${A}`);
  const ticket = await signTicket(CLAIMS, keys);
  expect(await readTicket(ticket, keys, CLAIMS.until - 1)).not.toBeNull();
  expect(await readTicket(ticket, keys, CLAIMS.until)).toBeNull();
});

it('lives five minutes at most, whatever it says', async () => {
  const keys = await keysOf(`one:${A}`);
  expect(await readTicket(await signTicket({ ...CLAIMS, until: NOW + 300_001 }, keys), keys, NOW)).toBeNull();
  expect(await readTicket(await signTicket({ ...CLAIMS, until: NOW + 300_000 }, keys), keys, NOW)).not.toBeNull();
});

it('is refused with any one character changed', async () => {
  const keys = await keysOf(`one:${A}`);
  const ticket = await signTicket(CLAIMS, keys);
  const accepted: number[] = [];
  // the last character of the code carries four bits, and a decoder may pass over the other two
  for (let i = 0; i < ticket.length - 1; i++) {
    const bent = ticket.slice(0, i) + (ticket[i] === 'x' ? 'y' : 'x') + ticket.slice(i + 1);
    if ((await readTicket(bent, keys, NOW)) !== null) accepted.push(i);
  }
  expect(accepted).toEqual([]);
});

it('outlives the change of keys while the old key is still named', async () => {
  const ticket = await signTicket(CLAIMS, await keysOf(`old:${A}`));
  expect(await readTicket(ticket, await keysOf(`new:${B},old:${A}`), NOW)).not.toBeNull();
  expect(await readTicket(ticket, await keysOf(`new:${B}`), NOW)).toBeNull();
  expect(await signTicket(CLAIMS, await keysOf(`new:${B},old:${A}`))).toMatch(/^palt_new\./);
});

it('is not believed for the name of its key', async () => {
  const ticket = await signTicket(CLAIMS, await keysOf(`one:${A}`));
  expect(await readTicket(ticket, await keysOf(`one:${B}`), NOW)).toBeNull();
});

it.each(['', 'palt_', 'palt_one.e30.', `palt_one..${'A'.repeat(43)}`, `pal_one.e30.${'A'.repeat(43)}`])(
  'is nothing of ours: "%s"',
  async (text) => expect(await readTicket(text, await keysOf(`one:${A}`), NOW)).toBeNull(),
);

it.each(['', 'one', 'one:short', `:${A}`, `one:${A},`, `one:${A},two`, `o ne:${A}`])(
  'is made with no such keys: "%s"',
  async (text) => expect(await parseTicketKeys(text)).toBeNull(),
);
