import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { whatsapp } from '../../src/importers/whatsapp.ts';
import { faultsOf, importAll, messagesOf, notesOf, skipsOf } from '../helpers/import-file.ts';

const fixture = (name: string) => readFileSync(path.join(import.meta.dirname, 'fixtures/whatsapp', name));
const said = (items: Awaited<ReturnType<typeof importAll>>) =>
  messagesOf(items).map(({ timestamp, speaker, content }) => [timestamp, speaker, content]);
const texts = async (...lines: string[]) => said(await importAll(whatsapp, lines.join('\n')));

describe('exports of phones in several languages', () => {
  it.each([
    ['android-finnish.txt', 'Juna lähtee 7.10', 'Hyvä'],
    ['ios-croatian.txt', 'Vlak ide u 7:10', 'Dobro'],
    ['android-korean.txt', '기차는 7:10에 떠나요', '좋아'],
    ['ios-arabic.txt', 'القطار في 7:10', 'جيد'],
    ['android-year-first.txt', 'Tåget går 7:10', 'Bra'],
    ['dotted-colon.txt', 'Il treno parte alle 7:10', 'Bene'],
  ])('%s gives both messages at their times', async (name, first, second) => {
    expect(said(await importAll(whatsapp, fixture(name)))).toEqual([
      ['2024-02-28T21:59:00.000Z', 'Nora', first],
      ['2024-02-28T22:01:00.000Z', 'Tom', second],
    ]);
  });

  it('keeps the lines of a message together, with empty lines between them', async () => {
    const items = await importAll(whatsapp, fixture('android-german.txt'));
    expect(said(items)[1]).toEqual([
      '2024-02-28T22:01:00.000Z',
      'Tom',
      'Gut: ich bringe Brot mit\nund Käse\n\nund Äpfel 🍏',
    ]);
    expect(skipsOf(items)).toEqual([{ at: 'line 1', reason: 'a system line' }]);
    expect(faultsOf(items)).toEqual([]);
  });

  it('reads Chinese halves of the day, midnight included', async () => {
    const times = said(await importAll(whatsapp, fixture('ios-chinese.txt'))).map(([time]) => time);
    expect(times).toEqual(['2024-02-28T21:59:00.000Z', '2024-02-28T22:01:00.000Z', '2024-02-29T00:15:00.000Z']);
  });

  it('reads "a. m." and "p. m.", and skips a change of subject that holds a colon', async () => {
    const items = await importAll(whatsapp, fixture('android-spanish-12h.txt'));
    expect(said(items).map(([time]) => time)).toEqual([
      '2024-02-28T21:59:00.000Z',
      '2024-02-28T22:01:00.000Z',
      '2024-02-29T00:15:00.000Z',
    ]);
    expect(skipsOf(items)).toEqual([
      { at: 'line 4', reason: 'a system line' },
      { at: 'line 5', reason: 'an empty message' },
    ]);
  });

  it('reads an iOS export with its invisible marks, and skips what the group itself says', async () => {
    const items = await importAll(whatsapp, fixture('ios-english-us.txt'));
    expect(said(items)).toEqual([
      ['2024-02-28T21:59:00.000Z', 'Nora', 'The train leaves at 7:10'],
      ['2024-02-28T22:01:00.000Z', 'Tom', 'Good: I will bring bread'],
      ['2024-03-01T08:05:00.000Z', 'Nora', 'image omitted'],
      ['2024-03-01T08:05:10.000Z', '+1 (555) 010-0199', 'who is this'],
    ]);
    expect(skipsOf(items).map(({ at }) => at)).toEqual(['line 1', 'line 2']);
  });

  it.each([
    ['alone, by an hour that has no such half', ['31. 12. 2023. 23:59:59 Am: far: 10.5 km']],
    ['alone, since nobody is named behind it', ['31. 12. 2023. 10:59:59 Pm: 10.5 km']],
    ['among others', ['31. 12. 2023. 10:00:00 Ana: how far?', '31. 12. 2023. 10:59:59 Am: 10.5 km']],
    [
      'at most lines',
      ['31. 12. 2023. 10:00:00 Am: far: 9 km', '31. 12. 2023. 11:00:00 Am: 9', '31. 12. 2023. 11:00:01 Am: 8'],
    ],
  ])('knows a person called Am or Pm from a half of the day, %s', async (_, lines) => {
    const speakers = lines.map((line) => /(\w+):(?= )/.exec(line)![1]);
    expect((await texts(...lines)).map(([, speaker]) => speaker)).toEqual(speakers);
  });

  it('reads a half of the day before a colon where people are named behind it', async () => {
    expect(
      await texts('2.1.2024 11:05:00 PM: Ana: hi', '2.1.2024 11:06:00 PM: Messages are end-to-end encrypted'),
    ).toEqual([['2024-01-02T23:05:00.000Z', 'Ana', 'hi']]);
  });

  it('marks what WhatsApp wrote in place of media', async () => {
    for (const name of ['android-german.txt', 'ios-english-us.txt']) {
      const marked = messagesOf(await importAll(whatsapp, fixture(name))).filter(
        ({ metadata }) => metadata?.placeholder,
      );
      expect(marked).toHaveLength(1);
    }
  });
});

describe('day and month', () => {
  const dates = async (...written: string[]) =>
    (await texts(...written.map((date) => `${date}, 10:00 - Nora: hi`))).map(([time]) => time?.slice(0, 10));

  it('are told by a day above 12 anywhere in the file', async () => {
    expect(await dates('01/02/24', '05/02/24', '13/02/24')).toEqual(['2024-02-01', '2024-02-05', '2024-02-13']);
    expect(await dates('02/01/24', '02/05/24', '02/13/24')).toEqual(['2024-02-01', '2024-02-05', '2024-02-13']);
  });

  it('are told by time running forward', async () => {
    expect(await dates('12/01/24', '01/02/24')).toEqual(['2024-01-12', '2024-02-01']);
    expect(await dates('01/12/24', '02/01/24')).toEqual(['2024-01-12', '2024-02-01']);
  });

  it('are guessed from a short span, and the guess is said', async () => {
    const file = '02/03/24, 10:00 - Nora: a\n02/04/24, 10:00 - Nora: b';
    const items = await importAll(whatsapp, file);
    expect(said(items).map(([time]) => time?.slice(0, 10))).toEqual(['2024-02-03', '2024-02-04']);
    expect(notesOf(items)).toMatchObject([{ guess: true }]);
  });

  it('are day first where nothing tells, month first in US English, and as told by the option', async () => {
    const time = async (line: string, dateOrder?: 'mdy') =>
      said(await importAll(whatsapp, line, dateOrder ? { dateOrder } : {}))[0]?.[0];
    expect(await time('3/6/18, 1:55 p.m. - Nora: hi')).toBe('2018-06-03T13:55:00.000Z');
    expect(await time('3/6/18, 1:55 PM - Nora: hi')).toBe('2018-03-06T13:55:00.000Z');
    expect(await time('3/6/18, 1:55 p.m. - Nora: hi', 'mdy')).toBe('2018-03-06T13:55:00.000Z');
  });

  it('that do not exist in the order of the file are a fault, and the rest is read', async () => {
    const lines = ['13/02/24', '14/02/24', '02/15/24', '16/02/24'].map((date) => `${date}, 10:00 - Nora: hi`);
    const items = await importAll(whatsapp, lines.join('\n'));
    expect(messagesOf(items)).toHaveLength(3);
    expect(faultsOf(items)).toMatchObject([{ at: 'line 3', fatal: false }]);
  });
});

describe('who and when', () => {
  const file = '28.02.24, 21:59 - Nora: hello\n28.02.24, 22:00 - Tom: hi';

  it('gives the named person role user and everybody else assistant', async () => {
    const items = await importAll(whatsapp, file, { self: ' Nora\u200e' });
    expect(messagesOf(items).map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect(items.some((item) => item.kind === 'message' && item.value.undecided)).toBe(false);
  });

  it('leaves roles undecided without a name', async () => {
    const items = await importAll(whatsapp, file);
    expect(items.every((item) => item.kind === 'message' && item.value.undecided)).toBe(true);
  });

  it('reads local times in the zone given, and keeps the ids under another zone', async () => {
    const utc = messagesOf(await importAll(whatsapp, file));
    const lisbon = messagesOf(await importAll(whatsapp, file, { timeZone: 'Asia/Tokyo' }));
    expect(lisbon[0]?.timestamp).toBe('2024-02-28T12:59:00.000Z');
    expect(lisbon.map((m) => m.message_id)).toEqual(utc.map((m) => m.message_id));
  });

  it('names the conversation after the file, or after its folder on iOS', async () => {
    const id = async (fileName: string) =>
      messagesOf(await importAll(whatsapp, file, { fileName }))[0]?.conversation_id;
    expect(await id('/x/WhatsApp Chat with Tom (1).txt')).toBe('whatsapp:WhatsApp Chat with Tom');
    expect(await id('/x/WhatsApp Chat - Tom/_chat.txt')).toBe('whatsapp:WhatsApp Chat - Tom');
  });

  it('keeps two equal messages of one minute apart, and finds both again in a longer export', async () => {
    const german = fixture('android-german.txt');
    const ids = messagesOf(await importAll(whatsapp, german)).map((m) => m.message_id);
    expect(new Set(ids).size).toBe(ids.length);
    const longer = new Uint8Array([...german, ...new TextEncoder().encode('02.03.24, 09:00 - Nora: mehr\n')]);
    expect(
      messagesOf(await importAll(whatsapp, longer))
        .map((m) => m.message_id)
        .slice(0, ids.length),
    ).toEqual(ids);
  });
});

describe('a file that is not what it claims to be', () => {
  const good = '28.02.24, 21:59 - Nora: hello\n28.02.24, 22:00 - Tom: hi\n';

  it('without any date is refused whole', async () => {
    expect(faultsOf(await importAll(whatsapp, 'Dear diary\nnothing here'))).toMatchObject([
      { at: 'line 1', fatal: true },
    ]);
  });

  it('with binary data is read up to there', async () => {
    const items = await importAll(whatsapp, `${good}\u0000\u0001\u0002\n28.02.24, 22:05 - Tom: lost`);
    expect(messagesOf(items).map((m) => m.content)).toEqual(['hello', 'hi']);
    expect(faultsOf(items)).toMatchObject([{ at: 'line 3', fatal: true }]);
  });

  it('with a line that is no UTF-8 loses that message alone', async () => {
    const bytes = new Uint8Array([...new TextEncoder().encode(`${good}28.02.24, 22:01 - Tom: caf`), 0xe9, 0x0a]);
    const more = new Uint8Array([...bytes, ...new TextEncoder().encode('continued\n28.02.24, 22:02 - Tom: tea')]);
    const items = await importAll(whatsapp, more);
    expect(messagesOf(items).map((m) => m.content)).toEqual(['hello', 'hi', 'tea']);
    expect(faultsOf(items)).toMatchObject([{ at: 'line 3', fatal: false }]);
  });

  it('with text before the first message says so once', async () => {
    const items = await importAll(whatsapp, `My chat\nwith Tom\n${good}`);
    expect(messagesOf(items)).toHaveLength(2);
    expect(faultsOf(items)).toEqual([{ at: 'line 1', reason: 'text before the first message', fatal: false }]);
  });
});

it('takes lines of another shape for text, such as a pasted chat', async () => {
  const lines = [
    '28.02.24, 21:59 - Nora: look:',
    '[27/02/2024, 10:00:00] Eva: pasted',
    '2016-04-29 10:30:00',
    '28.02.24, 22:00 - Tom: hi',
  ];
  expect((await texts(...lines)).map(([, , text]) => text)).toEqual([lines.slice(0, 3).join('\n').slice(24), 'hi']);
});
