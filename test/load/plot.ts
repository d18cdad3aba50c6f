/** A line of a plot. */
export interface Series {
  name: string;
  /** [x, y], by x */
  points: readonly (readonly [number, number])[];
}

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [720, 360, 60, 40, 36, 150];
const COLOURS = ['#1f6feb', '#d1242f', '#1a7f37', '#9a6700', '#8250df', '#57606a'];
const TICKS = 5;

/** A line plot with a legend, as an SVG document. Axes begin at 0. */
export function plotSvg(title: string, xUnit: string, yUnit: string, series: readonly Series[]): string {
  const all = series.flatMap(({ points }) => points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)));
  const [maxX, maxY] = [topOf(all.map(([x]) => x)), topOf(all.map(([, y]) => y))];
  const x = (value: number) => LEFT + (value / maxX) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - BOTTOM - (value / maxY) * (HEIGHT - TOP - BOTTOM);
  const ticks = Array.from({ length: TICKS + 1 }, (_, i) => i / TICKS);
  const axes = ticks.flatMap((share) => [
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(share * maxY)}" y2="${y(share * maxY)}" stroke="#d0d7de"/>`,
    `<text x="${LEFT - 6}" y="${y(share * maxY) + 4}" text-anchor="end">${shown(share * maxY)}</text>`,
    `<text x="${x(share * maxX)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${shown(share * maxX)}</text>`,
  ]);
  const lines = series.flatMap(({ name, points }, i) => {
    const colour = COLOURS[i % COLOURS.length]!;
    const path = points.map(([px, py]) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`).join(' ');
    const at = TOP + 16 + 18 * i;
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`,
      `<text x="${WIDTH - RIGHT + 12}" y="${at}" fill="${colour}">${escaped(name)}</text>`,
    ];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11" fill="#57606a">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${LEFT}" y="20" font-size="14" fill="#1f2328">${escaped(title)}</text>
${[...axes, ...lines].join('\n')}
<text x="${WIDTH - RIGHT}" y="${HEIGHT - 8}" text-anchor="end">${escaped(xUnit)}</text>
<text x="12" y="${TOP - 4}">${escaped(yUnit)}</text>
</svg>
`;
}

/** The next round number above. */
function topOf(values: readonly number[]): number {
  const largest = Math.max(0, ...values);
  if (largest === 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(largest));
  return Math.ceil(largest / unit) * unit;
}

const shown = (value: number) => (value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2))));
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
