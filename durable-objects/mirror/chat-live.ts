import type { FeedEvent } from '../../src/http/event-feed.ts';
import type { ChatAnswer } from '../../src/mirror/replies/contract.ts';
import type { Outcome, Refusal } from '../../src/shared/errors.ts';
import type { Drafted, OwnAnswer } from './reply-drafter.ts';

/** What a chat that is heard as it is written is put together from. */
export interface ChatSteps {
  /** nothing is shown without a draft */
  isDraftRequired: boolean;
  /** what is answered without a text model, written down as shown */
  own(): Promise<Outcome<OwnAnswer>>;
  /** pieces of the draft, then the whole, or why there is none */
  draft: AsyncGenerator<string, Outcome<Drafted>>;
  /** why nothing more may be shown, or null */
  objection(): Refusal | null;
  end(own: OwnAnswer, drafted: Outcome<Drafted>): Promise<Outcome<ChatAnswer>>;
}

/**
 * `start` with the person's own words, `draft` for each piece of what the model writes, `end` with the whole answer. The
 * first event waits for the draft where one is required, so that its refusal is the answer.
 */
export async function* chatEvents(steps: ChatSteps): AsyncGenerator<FeedEvent> {
  const { isDraftRequired, draft } = steps;
  try {
    let next = isDraftRequired ? await draft.next() : null;
    if (next?.done && !next.value.ok) return yield { event: 'error', refusal: next.value };
    const own = await steps.own();
    if (!own.ok) return yield { event: 'error', refusal: own };
    yield { event: 'start', data: own.value };
    for (next ??= await draft.next(); !next.done; next = await draft.next()) {
      const objection = steps.objection();
      if (objection) return yield { event: 'error', refusal: objection };
      yield { event: 'draft', data: { text: next.value } };
    }
    const drafted = next.value;
    if (isDraftRequired && !drafted.ok) return yield { event: 'error', refusal: drafted };
    const whole = await steps.end(own.value, drafted);
    yield whole.ok ? { event: 'end', data: whole.value } : { event: 'error', refusal: whole };
  } finally {
    await draft.return(NOT_HEARD);
  }
}

const NOT_HEARD: Refusal = { ok: false, code: 'unavailable', detail: 'Nobody waited for the draft.' };
