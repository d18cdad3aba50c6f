import { exports } from 'cloudflare:workers';
import { expect, vi } from 'vitest';
import type { Acknowledgement, LiveEvent } from '../../src/live/contract.ts';
import type { Client } from './client.ts';
import type { TestEmbedder } from './embedder.ts';

/** A socket of a person and what it has heard. */
export type Talk = Awaited<ReturnType<typeof talkTo>>;

/** @param query as of the live route, as `?since=5` */
export async function talkTo(app: Client, userId: string, query = '') {
  const response = await exports.default.fetch(`https://api.test/api/v1/ws/user/${userId}${query}`, {
    headers: { authorization: app.authorization, upgrade: 'websocket' },
  });
  const socket = response.webSocket!;
  const heard: (LiveEvent | Acknowledgement)[] = [];
  socket.addEventListener('message', ({ data }) => void heard.push(JSON.parse(String(data))));
  socket.accept();
  const acks = () => heard.filter((event): event is Acknowledgement => (event as { type: string }).type === 'ack');
  const events = () => heard.filter((event): event is LiveEvent => 'at' in event);
  return { socket, acks, events };
}

/** Says some messages, and waits until all are acknowledged. */
export async function say({ socket, acks }: Talk, ...names: string[]): Promise<Acknowledgement[]> {
  const before = acks().length;
  for (const name of names) {
    socket.send(JSON.stringify({ type: 'message', message_id: name, content: `Note ${name}: the tide was low.` }));
  }
  await vi.waitFor(() => expect(acks()).toHaveLength(before + names.length), { timeout: 10_000 });
  return acks().slice(before);
}

/**
 * Has a message stored whose call to the model has begun, and takes so long.
 *
 * @param tell stores a message whose text holds this name
 */
export async function keepBusy(model: TestEmbedder, tell: (name: string) => Promise<unknown>, delayMs: number) {
  model.delayMs = delayMs;
  const name = crypto.randomUUID(); // what is left of earlier tests calls the model too
  await tell(name);
  const isBusy = () => model.begun.some((text) => text.includes(name));
  await vi.waitFor(() => expect(isBusy()).toBe(true), { timeout: 10_000 });
}

export const acceptedBy = (talk: Talk) => talk.events().filter(({ type }) => type === 'message.accepted');
export const numbersOf = (events: readonly LiveEvent[]) => events.map(({ sequence }) => sequence);
