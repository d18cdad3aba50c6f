import type { Problem } from './client.ts';

/** An answer to look at, however it was fetched. */
interface Answer {
  status: number;
  headers: { get(name: string): string | null };
  text: string;
  body: Problem | undefined;
}

/** What is wrong with an answer of the API, whatever was asked; null if nothing is. */
export function fault({ status, headers, text, body }: Answer, method: string | undefined): string | null {
  if (status < 400) return null;
  if (status >= 500) return `answers ${status}`;
  if (headers.get('content-type') !== 'application/problem+json') return `is ${headers.get('content-type')}`;
  if (method === 'HEAD') return null; // it has no body
  if (body?.status !== status) return `says ${body?.status} in a ${status}`;
  if (!body.code || !body.detail || !body.type || !body.title) return 'says too little';
  if (!body.request_id || body.request_id !== headers.get('x-request-id')) return 'does not name the request';
  if (text.includes('    at ')) return 'shows a stack';
  const pointers = body.errors?.map(({ pointer }) => pointer) ?? [];
  if (body.code === 'invalid_input' && pointers.length === 0) return 'points at no fault';
  if (!pointers.every((pointer) => pointer === '' || /^(\/([^~/]|~[01])*)+$/.test(pointer)))
    return 'holds a broken pointer';
  return null;
}
