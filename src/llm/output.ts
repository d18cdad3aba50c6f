import type { z } from 'zod';
import type { Prompt } from './prompt.ts';
import type { Slots, Values } from './slots.ts';
import { Spoken } from './spoken.ts';
import type { Template } from './template.ts';
import type { TextRequest } from './text-model.ts';

export type Reading<T> = { ok: true; value: T } | { ok: false; cause: 'leak' | 'shape'; faults: string };

/** So many letters of the instructions in one piece are no coincidence. */
const LEAK_LETTERS = 60;
const LEAK_STEP = 20;
const MAX_FAULTS = 5;
const FENCE = /^```(?:json)?\s*\n([\s\S]*?)\n?```$/;

/** What a model has answered, if it is what was asked for and tells nothing of the prompt. */
export function readAnswer<V extends Slots, T>(
  template: Template<V, T>,
  values: Values<V>,
  prompt: Prompt,
  answer: string,
): Reading<T> {
  if (leaks(answer, prompt)) return { ok: false, cause: 'leak', faults: 'It speaks of the instructions.' };
  return checkAnswer(template, values, answer);
}

/** An answer that was kept: its prompt is gone, but what it must not say of the data may have been tightened. */
export function checkAnswer<V extends Slots, T>(
  template: Template<V, T>,
  values: Values<V>,
  answer: string,
): Reading<T> {
  const read = parseAnswer(template, answer);
  if (!read.ok || read.value === null) return read;
  const complaint = template.check?.(values)(read.value as Exclude<T, null>) ?? null;
  return complaint === null ? read : { ok: false, cause: 'shape', faults: complaint };
}

/** A text as it is written: what of it is checked so far can be heard. */
export function spokenOf<V extends Slots, T extends string | null>(
  template: Template<V, T>,
  values: Values<V>,
  prompt: Prompt,
): Spoken {
  const { output } = template;
  const check = template.check?.(values);
  const [most, none] = output.kind === 'text' ? [output.maxLetters, output.none] : [0, undefined];
  return new Spoken(
    (text) => (leaks(text, prompt) ? 'leak' : text.length > most || check?.(text as Exclude<T, null>) ? 'shape' : null),
    (text) => none?.startsWith(text) ?? false,
  );
}

/** An answer that was checked already. */
export function parseAnswer<V extends Slots, T>({ output }: Template<V, T>, answer: string): Reading<T> {
  const text = answer.trim();
  return output.kind === 'text' ? plain(text, output) : json(text, output);
}

/** The same question with what was wrong, once. The faults hold no word of the answer or of the data. */
export const repairOf = (request: TextRequest, answer: string, faults: string): TextRequest => ({
  ...request,
  turns: [
    ...request.turns,
    { role: 'assistant', content: answer.trim() === '' ? '(nothing)' : answer },
    { role: 'user', content: `That cannot be used. ${faults} Answer again, as the instructions say.` },
  ],
});

/** Of a text only: T is string where the output is one, and null beside it where it may say that there is none. */
function plain<T>(text: string, { maxLetters, none }: { maxLetters: number; none?: string }): Reading<T> {
  if (none !== undefined && text === none) return { ok: true, value: null as T };
  if (text === '') return { ok: false, cause: 'shape', faults: 'It is empty.' };
  if (text.length > maxLetters) return { ok: false, cause: 'shape', faults: `It has more than ${maxLetters} letters.` };
  return { ok: true, value: text as T };
}

function json<T>(text: string, { schema }: { schema: z.ZodType<T> }): Reading<T> {
  let value: unknown;
  try {
    value = JSON.parse(FENCE.exec(text)?.[1] ?? text);
  } catch {
    return { ok: false, cause: 'shape', faults: 'It is not JSON.' };
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const faults = parsed.error.issues.slice(0, MAX_FAULTS).map(({ code, path }) => `/${pathOf(path)}: ${code}.`);
  return { ok: false, cause: 'shape', faults: faults.join(' ') };
}

/** Names of the model's own making stay out of what it is told. */
const pathOf = (path: readonly PropertyKey[]) =>
  path.map((step) => (/^\w{1,40}$/.test(String(step)) ? String(step) : '?')).join('/');

function leaks(answer: string, { request, nonce }: Prompt): boolean {
  if (answer.includes(nonce)) return true;
  const said = flat(answer);
  const told = flat(request.system);
  for (let at = 0; at + LEAK_LETTERS <= told.length; at += LEAK_STEP) {
    if (said.includes(told.slice(at, at + LEAK_LETTERS))) return true;
  }
  return false;
}

const flat = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ');
