/**
 * `node --max-old-space-size=MB stream-in-small-heap.ts FORMAT MEGABYTES`: imports a generated file of that size and
 * prints how many messages it held. It dies when an importer keeps what it has read.
 */
import { importerOf } from '../../src/importers/registry.ts';

const [format = '', megabytes = '50'] = process.argv.slice(2);
const text = 'a line of a chat that somebody wrote, with nothing in it that has to be kept '.repeat(2);
const day = (i: number) => new Date(Date.UTC(2015, 0, 1) + i * 60_000).toISOString();

/** The i-th entry of a file, with what separates it from the one before. */
const ENTRY: Record<string, (i: number) => string> = {
  jsonl: (i) => `${JSON.stringify({ content: `${i} ${text}`, timestamp: day(i), role: 'user' })}\n`,
  whatsapp: (i) => {
    const [date, time] = [day(i).slice(0, 10).split('-').reverse().join('/'), day(i).slice(11, 16)];
    return `${date}, ${time} - Nora: ${i} ${text}\n`;
  },
  chatgpt: (i) => {
    const message = (id: string, role: string) => ({
      id,
      author: { role },
      create_time: 1.4e9 + i,
      content: { content_type: 'text', parts: [text] },
    });
    const mapping = {
      q: { parent: null, message: message(`q${i}`, 'user') },
      a: { parent: 'q', message: message(`a${i}`, 'assistant') },
    };
    return (i === 0 ? '[' : ',') + JSON.stringify({ id: `c${i}`, current_node: 'a', mapping });
  },
};

async function* file(): AsyncGenerator<Uint8Array> {
  const entry = ENTRY[format]!;
  const end = Number(megabytes) * 1e6;
  let size = 0;
  for (let i = 0; size < end; ) {
    let block = '';
    while (block.length < 64 * 1024) block += entry(i++);
    size += block.length;
    yield new TextEncoder().encode(block);
  }
  if (format === 'chatgpt') yield new TextEncoder().encode(']');
}

let messages = 0;
for await (const item of importerOf(format)!.read(file(), { timeZone: 'UTC', self: 'Nora' })) {
  if (item.kind === 'message') messages++;
  else throw new Error(`${item.kind}: ${JSON.stringify(item.value)}`);
}
console.log(messages);
