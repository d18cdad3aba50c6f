import { fillPath, type Route } from './api-routes.ts';

/** One request to send. */
export interface Shot {
  path: string;
  init: RequestInit;
}

interface MutatorOptions {
  routes: readonly Route[];
  /** ids that exist, by the name a path has for them */
  ids: Record<string, string>;
  authorization: string;
  seed: number;
}

const TEXTS = [
  ...[
    '',
    ' ',
    'a',
    '0',
    '-1',
    'null',
    '..',
    '../..',
    '%',
    '%00',
    '%zz',
    '%F0%9F',
    '%2e%2e%2f',
    '\\',
    '"',
    "' OR 1=1 --",
  ],
  ...[
    '\u0000',
    'a\u0000b',
    '\ud83d',
    '\udc00x',
    '\ufeff',
    '\u202e',
    'e\u0301',
    '👩‍👩‍👧',
    '__proto__',
    'constructor',
    'toString',
  ],
  ...[
    '\r\nX-Evil: 1',
    '<script>',
    '{{7*7}}',
    '2026-13-45T99:99:99Z',
    '9999-12-31T23:59:59Z',
    'task_',
    '1.2',
    '1.zzzzzzzzzzz',
    '~/a',
    'x'.repeat(5_000),
  ],
];
const VALUES: unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -0,
    -1,
    1.5,
    1e21,
    1e308,
    Number.MAX_SAFE_INTEGER,
    2 ** 53,
    [],
    {},
    [[]],
    [null],
    { a: {} },
  ],
  ...[
    { length: 5 },
    JSON.parse('{"then":1,"__proto__":{"admin":true}}'),
    Array(600).fill({ content: 'a' }),
    'x'.repeat(40_000),
    '🦉'.repeat(9_000),
  ],
];
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND'];
const TYPES = [
  'text/plain',
  'application/xml',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'a',
  ';',
  '',
];
const QUERIES = ['wait', 'limit', 'cursor', 'order', 'status', 'since', 'conversation_id', 'x'];
const HEADERS = [
  'idempotency-key',
  'x-request-id',
  'accept',
  'content-encoding',
  'authorization',
  'upgrade',
  'if-match',
];

/** Bends valid requests to the routes of the API out of shape: the same ones for the same seed. */
export class Mutator {
  private readonly options: MutatorOptions;
  private readonly writing: readonly Route[];
  private state: number;

  constructor(options: MutatorOptions) {
    this.options = options;
    this.writing = options.routes.filter((route) => route.body !== undefined);
    this.state = options.seed >>> 0;
  }

  next(): Shot {
    const { routes, ids, authorization } = this.options;
    const route = this.pick(this.below(2) === 0 ? routes : this.writing);
    const headers = new Headers({ authorization });
    const begun = this.below(2) === 0 ? route.body : route.fullBody;
    const named = 'user_id' in Object(begun) ? { ...Object(begun), user_id: 'fuzz' } : begun;
    let body = route.body === undefined ? null : JSON.stringify(named);
    if (body !== null) headers.set('content-type', 'application/json');
    let path = fillPath(route.template, ids) + route.query;
    let method = route.method;

    for (let twists = 1 + this.below(3); twists > 0; twists--) {
      const kind = this.below(20);
      if (kind < 10 && body !== null) body = this.bendJson(body);
      else if (kind < 12 && body !== null) body = this.breakText(body);
      else if (kind < 16) path += `${path.includes('?') ? '&' : '?'}${this.pick(queriesOf(route))}=${this.rawText()}`;
      else if (kind < 18) this.bendHeaders(headers);
      else if (kind < 19) path = this.bendPath(route);
      else method = this.pick(METHODS);
    }
    return { path, init: { method, headers, body: /^(GET|HEAD)$/.test(method) ? null : body } };
  }

  /** Puts something else in one place of a JSON text, adds a field or takes one away. */
  private bendJson(text: string): string {
    let whole: unknown;
    try {
      whole = JSON.parse(text);
    } catch {
      return text; // broken already
    }
    const places = placesOf(whole);
    const place = this.pick(places);
    if (place === null) return stringify(this.value());
    const { holder, key } = place;
    switch (this.below(4)) {
      case 0:
        delete holder[key];
        break;
      case 1:
        holder[this.text()] = this.value();
        break;
      default:
        holder[key] = this.value();
    }
    return stringify(whole);
  }

  /** Cuts, doubles or replaces a piece of a text. */
  private breakText(text: string): string {
    const at = this.below(text.length + 1);
    const piece = this.pick([
      '',
      '{',
      '}',
      '"',
      ',',
      '\\',
      '\\u0000',
      '\\ud800',
      'NaN',
      '/*',
      '\u0000',
      '['.repeat(3_000),
      text,
    ]);
    return text.slice(0, at) + piece + text.slice(at + this.below(4));
  }

  private bendPath(route: Route): string {
    const { ids } = this.options;
    const bent = Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, this.below(2) === 0 ? id : null]));
    const path = route.template.replace(/\{(\w+)\}/g, (_whole, name: string) =>
      bent[name] === null ? this.rawText() : encodeURIComponent(ids[name]!),
    );
    const extra = this.pick([
      '',
      '',
      '',
      '/',
      '//',
      '/..',
      '/%2e%2e',
      '#x',
      ';a=b',
      '/extra',
      '?',
      '?=',
      '?&&',
      '?a=%',
    ]);
    return this.below(6) === 0 ? path.toUpperCase() + extra : path + extra;
  }

  private bendHeaders(headers: Headers): void {
    const [name, value] = this.below(2) === 0 ? ['content-type', this.pick(TYPES)] : [this.pick(HEADERS), this.text()];
    try {
      if (this.below(5) === 0) headers.delete(name);
      else headers.set(name, value);
    } catch {
      // no client could send it either
    }
  }

  /** A text for a URL: encoded properly, by half, or not at all. */
  private rawText(): string {
    const text = this.text();
    return this.below(3) === 0 ? text.replace(/[\r\n\t?#]/g, '') : encodeURIComponent(text.toWellFormed());
  }

  private text(): string {
    const [one, other] = [this.pick(TEXTS), this.pick(TEXTS)];
    return this.below(3) === 0 ? one + other : one;
  }

  private value(): unknown {
    return this.below(2) === 0 ? this.text() : structuredClone(this.pick(VALUES));
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** Mulberry32: the low bits are as good as the high ones. */
  private below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }
}

/** Names of query parameters: those of the route, and some of others. */
const queriesOf = ({ operation }: Route): string[] => [
  ...(operation.parameters ?? []).filter((parameter) => parameter.in === 'query').map(({ name }) => name),
  ...QUERIES,
];

type Holder = Record<string, unknown>;

/** Every place of a JSON value; null stands for the whole. */
function placesOf(value: unknown): ({ holder: Holder; key: string } | null)[] {
  if (typeof value !== 'object' || value === null) return [null];
  const holder = value as Holder;
  const within = Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesOf(holder[key])]);
  return [null, ...within.filter((place) => place !== null)];
}

const stringify = (value: unknown): string => JSON.stringify(value) ?? 'undefined';
