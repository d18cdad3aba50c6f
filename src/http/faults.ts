interface Issue {
  code?: string;
  path: readonly PropertyKey[];
  message: string;
  keys?: readonly string[];
}

/** More of them tell nobody anything. */
const MAX_FAULTS = 100;

/** RFC 6901: `~` and `/` inside a key are escaped. */
const pointerOf = (path: readonly PropertyKey[]) =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** What zod finds wrong, each with a JSON pointer to it. */
export const faultsOf = (issues: readonly Issue[]): { pointer: string; detail: string }[] =>
  issues.slice(0, MAX_FAULTS).flatMap(({ code, path, message, keys = [] }) => {
    const paths = code === 'unrecognized_keys' ? keys.map((key) => [...path, key]) : [path];
    return paths.map((to) => ({ pointer: pointerOf(to), detail: message }));
  });
