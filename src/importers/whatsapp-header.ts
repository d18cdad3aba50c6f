/** The start of a WhatsApp line: date and time as written, and where the text after them begins. */
export interface Header {
  /** how the line is built; one export has one shape: bracket, dash, colon or space; date separator; seconds or not */
  shape: string;
  /** the three numbers of the date, in the order written */
  date: [number, number, number];
  yearFirst: boolean;
  hour: number;
  minute: number;
  second: number;
  /** the line after the header: "Ana: text", or a system line */
  rest: string;
  /** written like US English, `3/6/18, 1:55 PM`: hints at month first where nothing else tells */
  american: boolean;
  /** "Am" or "Pm" before the colon: half of the day, or whoever speaks; 'impossible': no half of the day, as in `23:59 Am:` */
  half?: 'possible' | 'impossible';
}

/** Longest header seen is 31 characters; what comes later is text. */
const MAX_HEADER = 64;
const MARKS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const ODD_SPACES = /[\u00a0\u2000-\u200a\u202f]/g;

const AM = String.raw`[aA]\.? ?[mM]\.?|ص|ق\.ظ\.?|上午|午前|오전|凌晨|清晨|早上|π\.?μ\.?|ÖÖ|öö|de\.|vorm\.|[fF]\.?[mM]\.?|SA|पूर्वाह्न|e paradites|dop\.`;
const PM = String.raw`[pP]\.? ?[mM]\.?|م|ب\.ظ\.?|下午|午後|오후|中午|傍晚|晚上|μ\.?μ\.?|ÖS|ös|du\.|nachm\.|[eE]\.?[mM]\.?|CH|अपराह्न|e pasdites|odp\.`;
const DATE = String.raw`(\d{1,4})( ?[./\-] ?|년 ?|年)(\d{1,2})(?: ?[./\-] ?|월 ?|月)(\d{1,4})(?:일|日)?\.?`;
const TIME = String.raw`(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?`;
/** "klo" (Finnish), "um", "à", "às", or the half of the day where it stands first: 下午9:25 */
const BEFORE = String.raw`(?:[,،] ?| )(?:([\p{L}.]{1,6}) ?)?`;
const HALF = `(?: ?(${AM}|${PM}))?`;
// without a bracket or a dash, a word after the time is more likely a name
const LATIN_HALF = String.raw`(?: ?([aApP]\.? ?[mM]\.?))?`;

const SHAPES = [
  { style: 'bracket', pattern: new RegExp(String.raw`^\[${DATE}${BEFORE}${TIME}${HALF}\] ?`, 'u') },
  { style: 'dash', pattern: new RegExp(`^${DATE}${BEFORE}${TIME}${HALF} [-–] `, 'u') },
  { style: 'colon', pattern: new RegExp(`^${DATE},? ${TIME}${LATIN_HALF}: `, 'u') },
  { style: 'space', pattern: new RegExp(String.raw`^${DATE},? ${TIME}${LATIN_HALF} (?=\S)`, 'u') },
] as const;

const IS_AM = new RegExp(`^(?:${AM})$`, 'u');
const IS_PM = new RegExp(`^(?:${PM})$`, 'u');

/**
 * @param halfIsName read "Am: text" as said by Am, not as "text" said before noon
 * @returns undefined if the line does not begin with a date and time: it continues the message above
 */
export function headerOf(line: string, halfIsName = false): Header | undefined {
  const head = plain(line.slice(0, MAX_HEADER));
  const first = head.charCodeAt(0);
  if (first !== 0x5b && !(first >= 0x30 && first <= 0x39)) return undefined;
  for (const { style, pattern } of SHAPES) {
    const match = pattern.exec(head);
    if (match === null) continue;
    // the groups of `before` and `half` exist in two of the four shapes only
    const [whole, a, separator, b, c, ...later] = match;
    const [before, hour, minute, second, half] =
      style === 'bracket' || style === 'dash' ? later : [undefined, ...later];
    const doubtful = style === 'colon' && half !== undefined;
    if (doubtful && halfIsName) continue;
    const time = timeOf(Number(hour), Number(minute), Number(second ?? 0), before, half);
    const date: Header['date'] = [Number(a), Number(b), Number(c)];
    const yearFirst = a!.length === 4;
    if (time === undefined || !isDate(a!, c!)) return undefined;
    const shape = [
      style,
      separator!.trim(),
      yearFirst ? 'year first' : '',
      second === undefined ? '' : 'seconds',
    ].join();
    const american =
      separator === '/' && c!.length === 2 && (half === 'AM' || half === 'PM') && !/^0|\/0/.test(`${a}/${b}`);
    const header = { shape, date, yearFirst, ...time, rest: after(line, whole.length), american };
    if (!doubtful) return header;
    return { ...header, half: Number(hour) > 12 && IS_AM.test(half) ? 'impossible' : 'possible' };
  }
  return undefined;
}

/** Without direction marks, with plain spaces and ASCII digits; marks apart, one character stays one character. */
function plain(head: string): string {
  return head
    .replace(MARKS, '')
    .replace(ODD_SPACES, ' ')
    .replace(/[٠-٩۰-۹०-९]/g, (digit) =>
      String((digit.charCodeAt(0) - (digit < '۰' ? 0x660 : digit < '०' ? 0x6f0 : 0x966)) % 10),
    );
}

/** The line behind the first `length` characters, marks not counted. A mark right there belongs to the text. */
function after(line: string, length: number): string {
  let counted = 0;
  let at = 0;
  for (; counted < length; at++) if (line[at]!.search(MARKS) === -1) counted++;
  return line.slice(at);
}

function isDate(first: string, last: string): boolean {
  if (first.length === 4) return last.length <= 2;
  return first.length <= 2 && (last.length === 2 || last.length === 4);
}

function timeOf(hour: number, minute: number, second: number, before: string | undefined, half: string | undefined) {
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const word = half ?? before ?? '';
  // "00:08 a.m." and "13:55 p.m." exist: the word adds nothing to an hour that is clear
  if (IS_PM.test(word) && hour < 12) return { hour: hour + 12, minute, second };
  if (IS_AM.test(word) && hour === 12) return { hour: 0, minute, second };
  return { hour, minute, second };
}
