import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DateOrder } from '../../src/importers/importer.ts';
import { whatsapp } from '../../src/importers/whatsapp.ts';
import { importAll, messagesOf } from '../helpers/import-file.ts';

interface Said {
  /** wall-clock time as if UTC, epoch ms */
  time: number;
  speaker: string;
  text: string;
}

const two = (n: number) => String(n).padStart(2, '0');
const parts = (time: number) => {
  const date = new Date(time);
  const [y, mo, d] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  return { y, mo, d, h: date.getUTCHours(), mi: date.getUTCMinutes(), s: date.getUTCSeconds() };
};
const half = (h: number, am: string, pm: string) => (h < 12 ? am : pm);
const twelve = (h: number) => h % 12 || 12;

type Render = (time: number) => string;
/** How phones write the start of a line. `order`: of the date; `seconds`: whether they are written. */
const SHAPES: { name: string; order: DateOrder; seconds: boolean; start: Render }[] = [
  shape(
    'android, German',
    'dmy',
    false,
    ({ d, mo, y, h, mi }) => `${two(d)}.${two(mo)}.${two(y % 100)}, ${two(h)}:${two(mi)} - `,
  ),
  shape(
    'android, US',
    'mdy',
    false,
    ({ d, mo, y, h, mi }) => `${mo}/${d}/${two(y % 100)}, ${twelve(h)}:${two(mi)}\u202f${half(h, 'AM', 'PM')} - `,
  ),
  shape(
    'android, Spanish',
    'dmy',
    false,
    ({ d, mo, y, h, mi }) => `${d}/${mo}/${y} ${twelve(h)}:${two(mi)} ${half(h, 'a.\u00a0m.', 'p.\u00a0m.')} - `,
  ),
  shape('android, Finnish', 'dmy', false, ({ d, mo, y, h, mi }) => `${d}.${mo}.${y} klo ${h}.${two(mi)} - `),
  shape(
    'android, Swedish',
    'ymd',
    false,
    ({ d, mo, y, h, mi }) => `${y}-${two(mo)}-${two(d)}, ${two(h)}:${two(mi)} - `,
  ),
  shape(
    'android, Korean',
    'ymd',
    false,
    ({ d, mo, y, h, mi }) => `${y}년 ${mo}월 ${d}일 ${half(h, '오전', '오후')} ${twelve(h)}:${two(mi)} - `,
  ),
  shape(
    'ios, British',
    'dmy',
    true,
    ({ d, mo, y, h, mi, s }) => `[${two(d)}/${two(mo)}/${y}, ${two(h)}:${two(mi)}:${two(s)}] `,
  ),
  shape(
    'ios, US',
    'mdy',
    true,
    ({ d, mo, y, h, mi, s }) =>
      `[${mo}/${d}/${two(y % 100)}, ${twelve(h)}:${two(mi)}:${two(s)}\u202f${half(h, 'AM', 'PM')}] `,
  ),
  shape(
    'ios, Chinese',
    'ymd',
    true,
    ({ d, mo, y, h, mi, s }) => `\u200e[${y}/${mo}/${d} ${half(h, '上午', '下午')}${twelve(h)}:${two(mi)}:${two(s)}] `,
  ),
  shape(
    'dots and colon',
    'dmy',
    true,
    ({ d, mo, y, h, mi, s }) => `${two(d)}.${two(mo)}.${two(y % 100)} ${two(h)}.${two(mi)}.${two(s)}: `,
  ),
  shape(
    'dots and spaces',
    'dmy',
    true,
    ({ d, mo, y, h, mi, s }) => `${d}. ${mo}. ${y}. ${two(h)}:${two(mi)}:${two(s)} `,
  ),
];

function shape(name: string, order: DateOrder, seconds: boolean, write: (p: ReturnType<typeof parts>) => string) {
  return { name, order, seconds, start: (time: number) => write(parts(time)) };
}

// what no export can say: a colon in a name, a name that begins with a dash or is a half of the day (whatsapp.test.ts has those), an unpaired quote, a message that is empty, ends in line breaks, begins with
// the mark of generated text, or holds a line that looks like the start of a message
const speaker = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
  .map((name) =>
    name
      .replace(/[:"“”„«»\p{C}]/gu, '')
      .normalize('NFC')
      .trim(),
  )
  .filter((name) => name !== '' && !/[\u2000-\u202f\u00a0]/.test(name) && !/^([ap]\.? ?m\.?$|[-–] )/i.test(name));
const piece = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom('', 'ok', '12:30', 'a: b', '- list', '<Media omitted>', '10.5 km', '👩‍👩‍👧 yes', 'he said "no'),
);
const text = fc
  .array(piece, { minLength: 1, maxLength: 4 })
  .map((lines) =>
    lines
      .map((line) => line.replace(/[\p{Cc}\u200e\ufeff]/gu, ''))
      .join('\n')
      .replace(/\n+$/, ''),
  )
  .filter((joined) => joined.replace(/[\s\u200f]/g, '') !== '' && joined.isWellFormed());
const chat = fc
  .array(fc.record({ gap: fc.integer({ min: 0, max: 5 * 86_400 }), speaker, text }), { minLength: 1, maxLength: 30 })
  .map((said) => {
    // a 31st first, so that no order has to be guessed
    let time = Date.UTC(2023, 11, 31, 23, 59, 59);
    return said.map(({ gap, ...rest }): Said => {
      time += gap * 1000;
      return { ...rest, time };
    });
  });

it.each(SHAPES)('reads back any chat written as $name', async ({ start, seconds }) => {
  await fc.assert(
    fc.asyncProperty(chat, fc.boolean(), async (said, crlf) => {
      const eol = crlf ? '\r\n' : '\n';
      const file = said.map((m) => start(m.time) + `${m.speaker}: ${m.text.replaceAll('\n', eol)}${eol}`).join('');
      const read = messagesOf(await importAll(whatsapp, file, { self: said[0]!.speaker }));
      const expected = said.map((m) => ({
        timestamp: new Date(seconds ? m.time : m.time - (m.time % 60_000)).toISOString(),
        speaker: m.speaker,
        content: m.text,
        role: m.speaker === said[0]!.speaker ? 'user' : 'assistant',
      }));
      expect(read.map(({ timestamp, speaker, content, role }) => ({ timestamp, speaker, content, role }))).toEqual(
        expected,
      );
      expect(new Set(read.map((m) => m.message_id)).size).toBe(said.length);
    }),
    { numRuns: 150 },
  );
});

it('gives the same messages wherever the file is cut into chunks', async () => {
  const cuts = fc.array(fc.nat(4_000), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(chat, cuts, async (said, ends) => {
      const bytes = new TextEncoder().encode(
        said.map((m) => `${SHAPES[7]!.start(m.time)}${m.speaker}: ${m.text}\r\n`).join(''),
      );
      expect(await importAll(whatsapp, bytes, {}, ends)).toEqual(await importAll(whatsapp, bytes));
      // one byte a chunk: inside every UTF-8 sequence and every CRLF
      const every = Array.from({ length: bytes.length }, (_, i) => i);
      expect(await importAll(whatsapp, bytes, {}, every)).toEqual(await importAll(whatsapp, bytes));
    }),
    { numRuns: 40 },
  );
});

it('never throws and never hangs, whatever the bytes', async () => {
  const junk = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.string({ unit: 'binary', maxLength: 200 }).map((s) => new TextEncoder().encode(s)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          junk,
          chat.map((said) => new TextEncoder().encode(`${SHAPES[0]!.start(said[0]!.time)}A: b\n`)),
        ),
        { maxLength: 6 },
      ),
      async (blocks) => {
        const bytes = Buffer.concat(blocks);
        for (const message of messagesOf(await importAll(whatsapp, bytes))) expect(message.content).not.toBe('');
      },
    ),
    { numRuns: 300 },
  );
});
