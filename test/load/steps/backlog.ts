import { each } from '../api.ts';

import { drained, sentence, userName } from '../people.ts';
import { statsOf } from '../process-stats.ts';
import type { Stage } from '../stage.ts';

const PEOPLE = 1_000;
/** Of each person, in one request: some micro-batches, so that nobody is done in one turn. */
const MESSAGES_EACH = 48;
/** Requests at once */
const ABREAST = 8;

/**
 * Many people bring a history each, and go: all the work is left, and nobody is there to wake it. What is to be done takes
 * a known time of one thread; how much longer it takes is what the objects wait for each other.
 */
export async function backlogStep(stage: Stage): Promise<void> {
  const people = stage.options.users ?? PEOPLE;
  stage.note(`${people} people bring ${MESSAGES_EACH} messages each`);
  const [began, before] = [performance.now(), statsOf(stage.product.workerd).cpuMs];
  await each(people, ABREAST, async (user) => {
    const messages = Array.from({ length: MESSAGES_EACH }, (_, k) => ({
      content: sentence(user, k),
      message_id: `backlog-${user}-${k}`,
    }));
    await stage.api.json('POST', '/messages', { user_id: userName(user), messages });
  });
  const all = people * MESSAGES_EACH;
  const drain = await drained(stage.api, people, all, stage.options.drainMinutes * 60_000, stage.note);
  const seconds = (performance.now() - began) / 1_000;
  const cpuMs = statsOf(stage.product.workerd).cpuMs - before;
  const report = (metric: string, value: number, unit: string, baseline: number | null = null) =>
    stage.report({ metric: `backlog/${metric}`, value, unit, n: all, baseline });
  report('seconds', seconds, 's', cpuMs / 1_000);
  report('cpu', cpuMs / all, 'ms/message');
  report('idle', 1 - cpuMs / 1_000 / seconds, 'of the time');
  report('unprocessed', drain.unprocessed + drain.failed, 'messages', 0);
}
