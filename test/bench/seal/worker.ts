import { type DataKey, seal } from '../../../src/persistence/sealing/envelope.ts';

const OWNER = { tenantId: 'bench', userId: 'ana' };
const encoder = new TextEncoder();

const sentence = (i: number) => `Day ${i}: we walked along the river to the market and talked about plan ${i * 7}`;

// biome-ignore lint/style/noDefaultExport: workerd wants the entry point there
export default {
  /** Seals `rounds` batches of `batch` messages, or only writes them as bytes; answers how many bytes came of it. */
  async fetch(request: Request): Promise<Response> {
    const query = new URL(request.url).searchParams;
    const [batch, rounds] = ['batch', 'rounds'].map((name) => Number(query.get(name)));
    const raw = crypto.getRandomValues(new Uint8Array(32));
    const key: DataKey = {
      id: '0011223344556677',
      key: await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']),
    };
    const isSealed = query.get('seal') === '1';
    let bytes = 0;
    for (let round = 0; round < rounds!; round++) {
      const values = Array.from({ length: batch! }, (_, i) => encoder.encode(sentence(round * batch! + i)));
      const stored = isSealed
        ? await Promise.all(
            values.map((value, i) => seal(key, OWNER, { table: 'messages', column: 'sealed', id: `${i}` }, value)),
          )
        : values;
      for (const value of stored) bytes += value.length;
    }
    return Response.json(bytes);
  },
};
