/** As the API writes names: `meanWordLength` → `mean_word_length`. */
export const snakeCase = (name: string): string =>
  name.replace(/(?<=[a-z0-9])[A-Z]/g, (sign) => `_${sign.toLowerCase()}`);

type Snake<S extends string> = S extends `${infer Head}${infer Tail}`
  ? Head extends Uppercase<Head>
    ? Head extends Lowercase<Head>
      ? `${Head}${Snake<Tail>}`
      : `_${Lowercase<Head>}${Snake<Tail>}`
    : `${Head}${Snake<Tail>}`
  : S;

export type SnakeCased<T> = T extends readonly (infer Item)[]
  ? SnakeCased<Item>[]
  : T extends object
    ? { [K in keyof T as K extends string ? (string extends K ? K : Snake<K>) : K]: SnakeCased<T[K]> }
    : T;

/** A plain value with all keys as the API writes them, at any depth. */
export function snakeCased<T>(value: T): SnakeCased<T> {
  if (Array.isArray(value)) return value.map(snakeCased) as SnakeCased<T>;
  if (typeof value !== 'object' || value === null) return value as SnakeCased<T>;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [snakeCase(key), snakeCased(inner)]),
  ) as SnakeCased<T>;
}
