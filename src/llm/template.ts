import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Slots, Values } from './slots.ts';

/**
 * What a template asks for, as text or as JSON of a schema.
 *
 * `none`: a word by which a text says that there is none; it is read as null. No text may begin with it.
 */
export type Output<T> = { kind: 'text'; maxLetters: number; none?: string } | { kind: 'json'; schema: z.ZodType<T> };

interface TemplateSpec<V extends Slots, T> {
  /** kebab-case, unique */
  name: string;
  /** the system section: what to do. `{{slot}}` of the service's own values only */
  instructions: string;
  /** the user's turn, in which data may stand: `{{slot}}` of any kind */
  ask: string;
  slots: V;
  output: Output<T>;
  maxTokens: number;
  /** 0 to 1; null: as the model has it */
  temperature: number | null;
  /**
   * What is wrong with an answer of the right shape, in words that quote neither it nor the data; null: nothing. Of a text
   * that is heard as it is written it is asked of its beginnings, too. No part of the version: answers from a cache are
   * checked again.
   */
  check?: (values: Values<V>) => (answer: Exclude<T, null>) => string | null;
}

/** Text between slots, and slots. */
export type Piece = string | { slot: string };

export interface Template<V extends Slots, T> extends TemplateSpec<V, T> {
  /** 16 hex digits of the hash of all that shapes a prompt */
  version: string;
  system: readonly Piece[];
  user: readonly Piece[];
}

const SLOT = /\{\{(\w+)\}\}/;

/** Raised when a change of how prompts are put together changes answers. */
const ASSEMBLY = 1;

/**
 * A template, compiled once, when its module loads.
 *
 * @throws Error where a slot is not there, is not used, or would put what people wrote among the instructions
 */
export function defineTemplate<V extends Slots, T = string>(spec: TemplateSpec<V, T>): Template<V, T> {
  const { name, slots, output, maxTokens, temperature } = spec;
  const [system, user] = [compile(spec.instructions + formOf(output)), compile(spec.ask)];
  const used = new Set([...system, ...user].flatMap((piece) => (typeof piece === 'string' ? [] : [piece.slot])));
  for (const slot of used) if (!Object.hasOwn(slots, slot)) throw new Error(`${name}: there is no slot ${slot}.`);
  for (const slot of Object.keys(slots)) if (!used.has(slot)) throw new Error(`${name}: slot ${slot} stands nowhere.`);
  for (const piece of system) {
    const slot = typeof piece === 'string' ? undefined : slots[piece.slot];
    if (slot?.kind === 'data' || slot?.kind === 'records') throw new Error(`${name}: data among the instructions.`);
  }
  const shaping = [ASSEMBLY, name, system, user, slots, maxTokens, temperature, outputId(output)];
  const version = createHash('sha256').update(JSON.stringify(shaping)).digest('hex').slice(0, 16);
  return { ...spec, system, user, version };
}

const compile = (text: string): Piece[] =>
  text
    .split(SLOT)
    .map((part, i): Piece => (i % 2 === 1 ? { slot: part } : part))
    .filter((piece) => piece !== '');

const outputId = <T>(output: Output<T>): unknown =>
  output.kind === 'text' ? output : z.toJSONSchema(output.schema, { unrepresentable: 'any' });

function formOf<T>(output: Output<T>): string {
  if (output.kind === 'text') {
    const none = output.none === undefined ? '' : ` Where there is none, answer with ${output.none} alone.`;
    return `\nAnswer with the text alone: no heading, no remark, no quotation marks around it.${none}`;
  }
  return `\nAnswer with one JSON value of this schema and nothing else:\n${JSON.stringify(outputId(output))}`;
}
