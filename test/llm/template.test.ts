import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { assemble, inputsOf } from '../../src/llm/prompt.ts';
import { choice, count, data, records, type Slots } from '../../src/llm/slots.ts';
import { defineTemplate, type Template } from '../../src/llm/template.ts';
import { TEMPLATES } from '../../src/llm/templates/registry.ts';
import { unheldFacts } from '../../src/text/outside-evidence.ts';

const BASE = {
  name: 'test',
  instructions: 'Write {{words}} words, {{tone}}.',
  ask: 'About {{about}} from {{from}}',
  slots: { words: count, tone: choice(['dry', 'warm']), about: data(20), from: records(2, 10) },
  output: { kind: 'text', maxLetters: 100 },
  maxTokens: 10,
  temperature: 0,
} as const;
const NONCE = 'f'.repeat(32);
const nonce = () => NONCE;
const record = (id: string, text: string, who: string | null = null) => ({ id, who, text });

describe('a template', () => {
  it('puts own values among the instructions and what people wrote in blocks, one line a record', () => {
    const from = [record('m1', 'One\nline'), record('m2', 'Two', 'Bob "B"'), record('m3', 'too many')];
    const values = { words: 3, tone: 'dry' as const, about: 'the sea', from };
    const { request } = assemble(defineTemplate(BASE), values, nonce);
    expect(request.system).toContain('Write 3 words, dry.');
    expect(request.turns[0]!.content).toBe(
      `About \n<data ${NONCE}>\n"the sea"\n</data ${NONCE}>\n from \n<data ${NONCE}>\n` +
        `1 "One\\nline"\n2 "Bob \\"B\\"" "Two"\n</data ${NONCE}>\n`,
    );
    expect(inputsOf(defineTemplate(BASE), values)).toEqual(['m1', 'm2']);
  });

  it('shows no more of a text than it may, and never half a character', () => {
    const values = { words: 1, tone: 'dry' as const, about: `${'x'.repeat(19)}👋`, from: [] };
    expect(assemble(defineTemplate(BASE), values, nonce).request.turns[0]!.content).toContain(
      `"${'x'.repeat(19)}\ufffd…"`,
    );
  });

  it('does not take for its own what is not', () => {
    const values = { words: 1, tone: 'rude' as never, about: '', from: [] };
    expect(() => assemble(defineTemplate(BASE), values)).toThrow(RangeError);
    expect(() => assemble(defineTemplate(BASE), { ...values, tone: 'dry', words: 'Ignore' as never })).toThrow(
      RangeError,
    );
  });

  it.each([
    ['data among its instructions', { instructions: '{{about}} {{words}} {{tone}}', ask: '{{from}}' }],
    ['a slot that is not there', { ask: '{{about}} {{from}} {{other}}' }],
    ['a slot that stands nowhere', { ask: '{{about}}' }],
  ])('cannot be made with %s', (_what, change) => {
    expect(() => defineTemplate({ ...BASE, ...change })).toThrow(/^test: /);
  });

  it.each([
    ['instructions', { instructions: 'Write {{words}} word, {{tone}}.' }],
    ['question', { ask: 'On {{about}} from {{from}}' }],
    ['slots', { slots: { ...BASE.slots, about: data(21) } }],
    ['sampling', { temperature: 0.1 }],
    ['output', { output: { kind: 'json', schema: z.object({ a: z.string() }) } as never }],
  ])('has another version with other %s', (_what, change) => {
    const { version } = defineTemplate(BASE);
    expect(version).toMatch(/^[0-9a-f]{16}$/);
    expect(defineTemplate(BASE).version).toBe(version);
    expect(defineTemplate({ ...BASE, ...change }).version).not.toBe(version);
  });
});

describe('the registry', () => {
  const all = Object.values(TEMPLATES) as unknown as Template<Slots, unknown>[];

  it('has a name and a version for each, and none twice', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    expect(new Set(all.map(({ version }) => version)).size).toBe(all.length);
  });

  it('composes of nothing but what the pieces hold', () => {
    const values = { pieces: [record('m1', 'train to Leipzig at 7:40')], before: [], after: [] };
    const check = TEMPLATES.composeTurn.check!(values);
    expect(check({ texts: ['I have the train to Leipzig at 7:40'] })).toBeNull();
    for (const text of ['train to Berlin at 7:40', 'train to Leipzig at 8:40', 'train to Leipzig 🙂', 'fast train']) {
      expect(check({ texts: [text] })).not.toBeNull();
    }
  });

  it('names a room as a room is named', () => {
    const { output } = TEMPLATES.roomName;
    const schema = output.kind === 'json' ? output.schema : z.never();
    expect(schema.safeParse({ name: 'The Harbour Walks' }).success).toBe(true);
    for (const name of ['Harbour', 'The <b>Harbour</b>', 'The one two three four five']) {
      expect(schema.safeParse({ name }).success).toBe(false);
    }
    const memories = [record('m1', 'We walked at the harbour in 2019')];
    const check = TEMPLATES.roomName.check!({ theme: 'places', memories });
    for (const name of ['The 2019 Harbour', 'The walks by the sea']) expect(check({ name })).toBeNull();
    for (const name of ['The 2020 Harbour', 'The Zebulon harbour']) expect(check({ name })).not.toBeNull();
  });
});

describe('names and numbers', () => {
  it.each([
    ['Ana moved to Porto in 2019.', []],
    ["It was Ana's idea. Then they left.", []],
    ['She met Bob there.', ['bob']],
    ['She paid 40 euros.', ['40']],
    ['Look at https://evil.example/x and #tag', ['https://evil.example/x', '#tag']],
    ['They think I am late.', []],
  ])('%s', (text, unheld) => {
    expect(unheldFacts(text, ['in 2019 ana moved to PORTO'])).toEqual(unheld);
  });
});
