/** One sample of a Prometheus exposition. */
export interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*?)\})?\s+(NaN|[+-]?Inf|[-+.\deE]+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:\\.|[^"\\])*)"/g;
const UNESCAPED: Record<string, string> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

/** The samples of a text as Prometheus or OpenMetrics write it. Comments, exemplars and what is no sample are passed over. */
export function samplesOf(text: string): Sample[] {
  return text.split('\n').flatMap((line): Sample[] => {
    const found = line.startsWith('#') ? null : LINE.exec(line);
    if (!found) return [];
    const labels = [...(found[2] ?? '').matchAll(LABEL)].map(([, name, value]) => [
      name,
      value!.replace(/\\["n\\]/g, (escaped) => UNESCAPED[escaped]!),
    ]);
    const value = found[3]!.replace(/Inf$/, 'Infinity');
    return [{ name: found[1]!, labels: Object.fromEntries(labels), value: Number(value) }];
  });
}
