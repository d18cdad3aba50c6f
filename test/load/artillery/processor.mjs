// What Artillery's own steps cannot do: match each acknowledgement to its message, whatever events come in between.
// Plain JavaScript: Artillery loads it.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const { LOAD_URL = '', LOAD_KEY = '', LOAD_SECONDS = '10' } = process.env;
const EVERY_MS = 1_000;
const GRACE_MS = 20_000;

/** Names the person of an HTTP scenario. */
export function name(context, _events, done) {
  context.vars.user = `a${randomUUID()}`;
  done();
}

/** Makes a person, who then connects. */
export async function enter(params, context, done) {
  const user = `a${randomUUID()}`;
  context.vars.user = user;
  const headers = { authorization: `Bearer ${LOAD_KEY}`, 'content-type': 'application/json' };
  try {
    const body = JSON.stringify({ user_id: user, content: 'Hello.', message_id: 'hello' });
    const answer = await fetch(`${LOAD_URL}/api/v1/message`, { method: 'POST', headers, body });
    if (!answer.ok) throw new Error(`hello: ${answer.status}`);
    params.target = `${LOAD_URL.replace('http', 'ws')}/api/v1/ws/user/${user}`;
    params.options = { ...params.options, headers: { authorization: headers.authorization }, perMessageDeflate: false };
    done();
  } catch (error) {
    done(error);
  }
}

/** Says a message a second, and counts what becomes of each. */
export async function talk(context, events) {
  const saidAt = new Map();
  context.ws.onmessage = ({ data }) => {
    if (!String(data).startsWith('{"type":"ack"') && !String(data).startsWith('{"type":"error"')) return;
    const { type, message_id } = JSON.parse(String(data));
    const at = saidAt.get(message_id);
    if (type === 'error') events.emit('counter', 'load.refused', 1);
    else if (at === undefined) events.emit('counter', 'load.duplicated', 1);
    else {
      events.emit('counter', 'load.acknowledged', 1);
      events.emit('histogram', 'load.ack', performance.now() - at);
    }
    saidAt.delete(message_id);
  };
  for (let k = 0; k < Number(LOAD_SECONDS); k++) {
    const message_id = `m${k}`;
    const content = `Day ${k}: we walked along the river to the market and talked about plan ${k}`;
    saidAt.set(message_id, performance.now());
    events.emit('counter', 'load.sent', 1);
    context.ws.send(JSON.stringify({ type: 'message', message_id, content }));
    await sleep(EVERY_MS);
  }
  for (let waited = 0; waited < GRACE_MS && saidAt.size > 0; waited += 50) await sleep(50);
  events.emit('counter', 'load.unanswered', saidAt.size);
}
