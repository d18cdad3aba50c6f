import type { Inference, Utterance } from '../../src/mirror/inference.ts';

/** A state that shows exactly which messages it holds, and how often. */
export type Bag = Map<string, number>;

/** The plainest inference there can be: the messages themselves, with their vectors. */
export function bagInference(version = '1'): Inference<Bag> {
  return {
    version,
    empty: () => new Map(),
    apply(bag, utterance, sign) {
      const key = keyOf(utterance);
      const count = (bag.get(key) ?? 0) + sign;
      if (count === 0) bag.delete(key);
      else bag.set(key, count);
    },
    toBytes: (bag) => new TextEncoder().encode(JSON.stringify([...bag])),
    fromBytes: (bytes) => new Map(JSON.parse(new TextDecoder().decode(bytes))),
  };
}

const keyOf = ({ row, content, vector, model }: Utterance) =>
  `${row} ${content} ${model} ${vector?.[0]?.toFixed(4)} ${vector?.length}`;

/** What a bag holds, in the order of rows; a message held twice, or a negative one, shows. */
export const contentsOf = (bag: Bag): string[] =>
  [...bag]
    .map(([key, count]) => ({ row: Number(key.split(' ')[0]), text: count === 1 ? key : `${key} × ${count}` }))
    .toSorted((a, b) => a.row - b.row)
    .map(({ text }) => text);
