import { env } from 'cloudflare:workers';
import type { Env } from '../../src/env.ts';
import type { TextRunner } from '../../src/llm/workers-ai.ts';

/** What stands in for Workers AI, and how it is made to fail. */
export interface FakeTextModel {
  /** written to every prompt */
  answer: string;
  away: boolean;
  /** every prompt, system section and turns, in order */
  prompts: string[];
}

/** Binds a text model for objects that start after this call. It sends its answer as Workers AI does. */
export function useFakeTextModel(): FakeTextModel {
  const control: FakeTextModel = { answer: '{"reply":null}', away: false, prompts: [] };
  const run: TextRunner['run'] = async (_model, { messages }) => {
    if (control.away) return new Response('{"errors":[]}', { status: 500 });
    control.prompts.push(messages.map(({ content }) => content).join('\n'));
    const pieces = control.answer.match(/[\s\S]{1,7}/g) ?? [];
    const usage = { prompt_tokens: 200, completion_tokens: 20, total_tokens: 220 };
    const events = [...pieces.map((response) => ({ response })), { response: '', usage }].map(
      (event) => `data: ${JSON.stringify(event)}\n\n`,
    );
    const body = `${events.join('')}data: [DONE]\n\n`;
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
  Object.assign(env as Env, {
    AI: { run },
    LLM_PROVIDER: 'workers-ai',
    LLM_MODEL: '@cf/test',
    LLM_DAILY_TOKENS: '100000',
  });
  return control;
}
