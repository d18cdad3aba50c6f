import { readFileSync } from 'node:fs';
import path from 'node:path';
import { TRAITS, type Trait } from '../../../src/mirror/personality/traits.ts';

/** Somebody who wrote something and answered a questionnaire. */
export interface Writer {
  id: string;
  messages: string[];
  /** Essays: above the median 1, else 0. PAN15: the questionnaire's value on [0, 1]. In the order of `TRAITS`. */
  labels: number[];
  /** Essays: the published fold of each trait */
  folds: number[];
  /** accounts of one person share it */
  person: string;
}

const ESSAY_LABELS: Record<Trait, string> = { O: 'cOPN', C: 'cCON', E: 'cEXT', A: 'cAGR', N: 'cNEU' };
const PAN_LABELS: Record<Trait, string> = { O: 'OPN', C: 'CON', E: 'EXT', A: 'AGR', N: 'STA' };
const SENTENCE_END = /(?<=[.!?]['")]*)\s+/u;
/** Names were replaced by placeholders; a plain name in their place leaves capitals and words as they were written. */
const PLACEHOLDER = /\b(?:PROP|LOC|ORG)NAME\b/g;

/** Essays (Pennebaker & King 1999): a stream of thought, each sentence a message. */
export function readEssays(dataDir: string): Writer[] {
  return lines(dataDir, 'essays/essays.jsonl').map((line) => {
    const {
      id,
      text,
      labels,
      jiang2019_fold: folds,
    } = line as {
      id: string;
      text: string;
      labels: Record<string, number>;
      jiang2019_fold: Record<string, number>;
    };
    const messages = text.replace(PLACEHOLDER, 'Name').split(SENTENCE_END);
    return {
      id,
      messages: messages.map((sentence) => sentence.trim()).filter((sentence) => sentence !== ''),
      labels: TRAITS.map((trait) => labels[ESSAY_LABELS[trait]]!),
      folds: TRAITS.map((trait) => folds[ESSAY_LABELS[trait]]!),
      person: id,
    };
  });
}

/** PAN 2015 author profiling: Twitter accounts. Emotional stability is turned into neuroticism. */
export function readPan(dataDir: string): Writer[] {
  return lines(dataDir, 'pan15/users.jsonl').map((line) => {
    const account = line as Record<string, number> & { id: string; messages: string[]; age: string; gender: string };
    const values = TRAITS.map((trait) => (trait === 'N' ? -1 : 1) * account[PAN_LABELS[trait]]! + 0.5);
    return {
      id: account.id,
      messages: account.messages,
      labels: values,
      folds: [],
      // several accounts carry the same answers to five scales, age and gender: parts of one person's timeline
      person: [...values.map((value) => value.toFixed(2)), account.age, account.gender].join('/'),
    };
  });
}

const lines = (dataDir: string, file: string): unknown[] =>
  readFileSync(path.join(dataDir, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
