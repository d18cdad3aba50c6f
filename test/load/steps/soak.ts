import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { type Slope, slopeOf } from '../analysis.ts';
import { Ledger } from '../ledger.ts';
import { sentence } from '../people.ts';
import { statsOf } from '../process-stats.ts';
import type { Stage } from '../stage.ts';

/** People who talk at any time; each leaves after a while, and another comes … */
const PRESENT = 40;
/** … of so many, who come back every few minutes, when their objects have long been asleep. */
const TOWN = 400;
const MESSAGES_EACH = 20;
const EVERY_MS = 1_000;
/** Of `--minutes`, before memory is looked at: caches fill, the optimiser runs. */
const WARM_UP_SHARE = 1 / 3;
const LOOK_EVERY_MS = 2_000;
const ANSWER_MS = 15_000;

interface Look {
  minutes: number;
  rssMiB: number;
  handles: number;
}

/**
 * People come, talk for twenty seconds, look something up, and go, for `--minutes`; all have been there once when the
 * warm-up ends. A person says a few hundred messages in all, so whatever grows is not theirs.
 */
export async function soakStep(stage: Stage): Promise<void> {
  const { minutes } = stage.options;
  const began = performance.now();
  const until = began + minutes * 60_000;
  const books = { ledger: new Ledger(), sessions: 0, errors: 0 };
  let next = 0;
  const present = async (seat: number) => {
    await sleep((seat * MESSAGES_EACH * EVERY_MS) / PRESENT);
    while (performance.now() < until) {
      const visit = next++;
      books.errors += await session(stage, visit % TOWN, Math.floor(visit / TOWN), books.ledger);
      books.sessions++;
    }
  };
  const looks: Look[] = [];
  const look = async () => {
    while (performance.now() < until) {
      const { rssMiB, handles } = statsOf(stage.product.workerd);
      looks.push({ minutes: (performance.now() - began) / 60_000, rssMiB, handles });
      if (looks.length % 30 === 0)
        stage.note(`${looks.at(-1)!.minutes.toFixed(0)} min: ${rssMiB.toFixed(0)} MiB, ${handles} handles`);
      await sleep(LOOK_EVERY_MS);
    }
  };
  await Promise.all([look(), ...Array.from({ length: stage.options.users ?? PRESENT }, (_, seat) => present(seat))]);

  const warm = looks.filter((one) => one.minutes >= minutes * WARM_UP_SHARE);
  const hours = (pick: (look: Look) => number) => slopeOf(warm.map((one) => [one.minutes / 60, pick(one)]));
  const { acknowledged, sent } = books.ledger.balance(null);
  const report = (metric: string, value: number, unit: string, n: number, baseline: number | null = null) =>
    stage.report({ metric: `soak/${metric}`, value, unit, n, baseline });
  report('errors', sent - acknowledged + books.errors, 'messages', sent, 0);
  report('rate', acknowledged / (minutes * 60), 'messages/s', acknowledged);
  report('sessions', books.sessions, 'visits', books.sessions);
  reportSlope(
    'memory',
    'MiB/h',
    hours((one) => one.rssMiB),
  );
  reportSlope(
    'handles',
    'handles/h',
    hours((one) => one.handles),
  );
  report('memory/end', looks.at(-1)?.rssMiB ?? Number.NaN, 'MiB', looks.length);
  stage.plot('Soak: memory of workerd', 'MiB', [{ name: 'product', points: looks.map((o) => [o.minutes, o.rssMiB]) }]);

  /** `grows` is 1 where the interval of the slope lies wholly above 0. */
  function reportSlope(name: string, unit: string, slope: Slope | null): void {
    if (!slope) return;
    report(`${name}/slope`, slope.slope, unit, slope.n, 0);
    report(`${name}/slope-low`, slope.low, unit, slope.n);
    report(`${name}/slope-high`, slope.high, unit, slope.n);
    report(`${name}/grows`, slope.low > 0 ? 1 : 0, '0 or 1', slope.n, 0);
  }
}

/** One visit of one person. @returns how many things went wrong */
async function session({ api, product }: Stage, person: number, visit: number, ledger: Ledger): Promise<number> {
  const user = `s${person}`;
  const nameOf = (k: number) => `${user}-${visit}-${k}`;
  let errors = 0;
  try {
    const hello = {
      user_id: user,
      content: `Here I am, for the ${visit}th time.`,
      message_id: `${user}-hello-${visit}`,
    };
    await api.json('POST', '/message', hello);
    const socket = new WebSocket(`${product.url.replace('http', 'ws')}/api/v1/ws/user/${user}`, {
      headers: { authorization: `Bearer ${product.key}` },
      perMessageDeflate: false,
    });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.on('error', () => errors++);
    socket.on('message', (data) => {
      const { type, message_id } = JSON.parse(String(data)) as { type: string; message_id?: string };
      if (type === 'ack' && message_id) ledger.acknowledged(message_id);
    });
    for (let k = 0; k < MESSAGES_EACH; k++) {
      const name = nameOf(k);
      ledger.sent(name);
      socket.send(
        JSON.stringify({ type: 'message', message_id: name, content: sentence(person, visit * MESSAGES_EACH + k) }),
      );
      await sleep(EVERY_MS);
    }
    await api.json('POST', `/users/${user}/memories/search`, { query: 'Where did we walk?', top_k: 5 });
    for (let waited = 0; waited < ANSWER_MS && !ledger.isAnswered(nameOf(MESSAGES_EACH - 1)); waited += 50)
      await sleep(50);
    socket.close();
  } catch {
    errors++;
  }
  return errors;
}
