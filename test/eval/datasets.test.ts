import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readLocomo } from './locomo.ts';
import { readRealtalk } from './realtalk.ts';
import { readTemporal } from './temporal.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-eval-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(file: string, value: unknown): void {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), JSON.stringify(value));
}

it('reads LoCoMo as a client would send it', () => {
  const turn = (dia_id: string, text: string, more = {}) => ({ speaker: 'Ana', dia_id, text, ...more });
  write('locomo/conversations.json', [
    {
      sample_id: 's1',
      conversation: {
        session_1_date_time: '1:56 pm on 8 May, 2023',
        session_1: [turn('D1:1', 'Hi'), turn('D1:2', 'Look', { blip_caption: 'a red boat' })],
        session_2_date_time: '12:05 am on 1 June, 2023',
        session_3_date_time: '12:05 pm on 2 June, 2023',
        session_3: [turn('D3:1', 'Bye')],
      },
    },
  ]);
  write('locomo/evidence.json', { s1: [{ question: 'What?', category: 4, evidence: ['D1:2'] }] });
  const [sample] = readLocomo(folder);
  expect(sample!.questions).toEqual([{ text: 'What?', category: 'single-hop', gold: ['D1:2'] }]);
  expect(sample!.messages.map((m) => [m.message_id, m.conversation_id, m.timestamp, m.content])).toEqual([
    ['D1:1', 'session_1', '2023-05-08T13:56:00.000Z', 'Hi'],
    ['D1:2', 'session_1', '2023-05-08T13:56:05.000Z', 'Look [shares an image: a red boat]'],
    ['D3:1', 'session_3', '2023-06-02T12:05:00.000Z', 'Bye'],
  ]);
});

it('reads RealTalk as a client would send it', () => {
  const turn = { speaker: 'Ben', dia_id: 'D1:1', clean_text: 'Hello', date_time: '29.12.2023, 22:42:04' };
  write('realtalk/Chat_1_X_Y.json', { name: {}, session_1: [turn, { ...turn, dia_id: 'D1:2', clean_text: '' }] });
  write('realtalk/evidence.json', { 'Chat_1_X_Y.json': [{ q: 'Who?', cat: 3, ev: ['D1:1'] }] });
  expect(readRealtalk(folder)).toEqual([
    {
      id: 'Chat_1_X_Y',
      questions: [{ text: 'Who?', category: 'commonsense', gold: ['D1:1'] }],
      messages: [
        {
          content: 'Hello',
          speaker: 'Ben',
          conversation_id: 'chat',
          timestamp: '2023-12-29T22:42:04.000Z',
          message_id: 'D1:1',
        },
      ],
    },
  ]);
});

it('reads the temporal set, each wording as a question of its own', () => {
  const turn = (dia_id: string, date_time: string) => ({ speaker: 'Ana', dia_id, text: dia_id, date_time });
  write('temporal/ConversationData/7.json', {
    speaker_a: 'Ana',
    session_1: [turn('D1:1', '01:56:04 AM on Monday 08 May, 2023'), turn('D1:2', '12:05:00 PM on Monday 08 May, 2023')],
    session_2: [turn('D2:1', '12:05:00 AM on Tuesday 09 May, 2023')],
  });
  const group = { questions: ['What on May 8th?', 'What on May eighth?'], relevant_docs: [0, 1] };
  write('temporal/time_qs/test_dates.json', { file_7: [group], file_8: [group] });
  write('temporal/content_time_qs/content_time_qs.json', { file_7: [{ questions: ['Who?'], relevant_docs: [2] }] });
  const [sample, ...others] = readTemporal(folder);
  expect(others).toEqual([]);
  expect(sample!.messages.map((m) => [m.message_id, m.conversation_id, m.timestamp])).toEqual([
    ['D1:1', 'session_1', '2023-05-08T01:56:04.000Z'],
    ['D1:2', 'session_1', '2023-05-08T12:05:00.000Z'],
    ['D2:1', 'session_2', '2023-05-09T00:05:00.000Z'],
  ]);
  expect(sample!.asked.map(({ type, text, gold }) => [type, text, [...gold]])).toEqual([
    ['dates', 'What on May 8th?', ['D1:1', 'D1:2']],
    ['dates', 'What on May eighth?', ['D1:1', 'D1:2']],
    ['content_time', 'Who?', ['D2:1']],
  ]);
});
