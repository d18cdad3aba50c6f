import { env } from 'cloudflare:workers';
import type { Env } from '../../src/env.ts';
import type { TextRunner } from '../../src/llm/workers-ai.ts';

/** What stands in for Workers AI, and how it is made to fail. */
export interface FakeTextModel {
  /** written to every prompt, in pieces of seven letters */
  answer: string;
  away: boolean;
  /** stops after so many pieces, and says no more until it is no longer waited for; null: it writes to the end */
  hangsAfter: number | null;
  /** breaks the connection there */
  cutsAfter: number | null;
  /** every prompt, system section and turns, in order */
  prompts: string[];
  /** answers that were no longer waited for */
  dropped: number;
}

const AS_NEW = { answer: 'yes', away: false, hangsAfter: null, cutsAfter: null, dropped: 0 };

/** Binds a text model for objects that start after this call. It sends its answer as Workers AI does. */
export function useFakeTextModel(): FakeTextModel {
  const control: FakeTextModel = { ...AS_NEW, prompts: [] };
  const run: TextRunner['run'] = async (_model, { messages }, { signal }) => {
    if (control.away) return new Response('{"errors":[]}', { status: 500 });
    control.prompts.push(messages.map(({ content }) => content).join('\n'));
    signal.addEventListener('abort', () => {
      control.dropped++;
    });
    return new Response(bodyOf(control), { headers: { 'content-type': 'text/event-stream' } });
  };
  Object.assign(env as Env, {
    AI: { run },
    LLM_PROVIDER: 'workers-ai',
    LLM_MODEL: '@cf/test',
    LLM_DAILY_TOKENS: '100000',
  });
  return control;
}

/** Makes the model work again, with no memory of what it was asked. */
export const renew = (model: FakeTextModel): void => void Object.assign(model, AS_NEW, { prompts: [] });

function bodyOf({ answer, hangsAfter, cutsAfter }: FakeTextModel): ReadableStream<Uint8Array> {
  const pieces = answer.match(/[\s\S]{1,7}/g) ?? [];
  const usage = { prompt_tokens: 200, completion_tokens: 20, total_tokens: 220 };
  const events = [...pieces.map((response) => ({ response })), { response: '', usage }].map(
    (event) => `data: ${JSON.stringify(event)}\n\n`,
  );
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      const whole = [...events, 'data: [DONE]\n\n'];
      for (const event of whole.slice(0, hangsAfter ?? cutsAfter ?? whole.length)) {
        controller.enqueue(encoder.encode(event));
      }
      if (hangsAfter === null) controller.close();
    },
  });
}
