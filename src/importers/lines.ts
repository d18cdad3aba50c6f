/** One line of a text file, without its line end. */
export interface Line {
  /** 1-based */
  number: number;
  text: string;
  /** why `text` cannot be trusted; it is then empty, or holds U+FFFD where bytes were no UTF-8 */
  broken?: 'too long' | 'not UTF-8';
}

/** Longest line kept in memory: far above the longest chat message (64 KiB), far below what hurts. */
export const MAX_LINE_BYTES = 4 * 1024 * 1024;

const LF = 10;
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/**
 * Splits a UTF-8 file into lines at LF or CRLF, dropping a byte order mark at its start. A line end after the last line
 * is optional. Lines are cut in bytes, so that chunk borders never matter; at most one line is held in memory.
 */
export async function* lines(chunks: AsyncIterable<Uint8Array>, maxBytes = MAX_LINE_BYTES): AsyncGenerator<Line> {
  const partial = new PartialLine(maxBytes);
  let number = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      partial.append(chunk.subarray(start, end));
      yield partial.take(++number);
      start = end + 1;
    }
    // copied, because the source may reuse its buffer
    if (start < chunk.length) partial.append(chunk.slice(start));
  }
  if (!partial.isEmpty) yield partial.take(++number);
}

/** Bytes of the line being read; past the limit it forgets them and remembers only that there were too many. */
class PartialLine {
  private readonly maxBytes: number;
  private pieces: Uint8Array[] = [];
  private size = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.size === 0;
  }

  append(bytes: Uint8Array): void {
    this.size += bytes.length;
    if (this.size > this.maxBytes) this.pieces = [];
    else if (bytes.length > 0) this.pieces.push(bytes);
  }

  take(number: number): Line {
    const line = this.size > this.maxBytes ? ({ number, text: '', broken: 'too long' } as const) : this.decode(number);
    this.pieces = [];
    this.size = 0;
    return line;
  }

  private decode(number: number): Line {
    const bytes = this.pieces.length === 1 ? this.pieces[0]! : concat(this.pieces, this.size);
    try {
      return { number, text: trimmed(strict.decode(bytes), number) };
    } catch {
      return { number, text: trimmed(lenient.decode(bytes), number), broken: 'not UTF-8' };
    }
  }
}

function trimmed(text: string, number: number): string {
  const start = number === 1 && text.startsWith('\ufeff') ? 1 : 0;
  const end = text.endsWith('\r') ? text.length - 1 : text.length;
  return text.slice(start, end);
}

function concat(pieces: Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
