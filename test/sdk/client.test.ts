import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { PalimpsestClient } from '../../src/sdk/client.ts';
import { ConnectionError, ProblemError, UnexpectedAnswerError } from '../../src/sdk/errors.ts';

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
async function client(answer: RequestListener, timeoutMs = 10_000): Promise<PalimpsestClient> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new PalimpsestClient({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    key: 'k',
    timeoutMs,
  });
}

it('turns a problem document into an error with its code, faults and wait', async () => {
  const errors = [{ in: 'body', pointer: '/query', detail: 'Too long.' }];
  const refusing = await client((_, response) => {
    response.writeHead(429, { 'content-type': 'application/problem+json', 'retry-after': '7' });
    response.end(JSON.stringify({ code: 'rate_limited', detail: 'Slow down.', request_id: 'r1', errors }));
  });
  const error = await refusing.health().catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ProblemError);
  expect(error).toMatchObject({
    status: 429,
    code: 'rate_limited',
    detail: 'Slow down.',
    faults: errors,
    retryAfter: 7,
    requestId: 'r1',
  });
});

it('understands a refusal that is no problem document, and a date in Retry-After', async () => {
  const proxy = await client((_, response) => {
    response.writeHead(502, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }).end('<h1>Bad gateway</h1>');
  });
  const error = await proxy.health().catch((e: unknown) => e);
  expect(error).toMatchObject({ code: 'http_502', faults: [] });
  expect((error as ProblemError).retryAfter).toBeGreaterThan(50);
});

it('says when the address is not of the service', async () => {
  const stranger = await client((_, response) => response.end('<html>Welcome</html>'));
  await expect(stranger.userStatus('nora')).rejects.toThrow(UnexpectedAnswerError);
});

it('says when there is no answer: refused, cut off, or too late', async () => {
  await expect(new PalimpsestClient({ url: 'http://127.0.0.1:1' }).health()).rejects.toThrow(ConnectionError);
  const cut = await client((_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{');
    setTimeout(() => response.destroy(), 10);
  });
  await expect(cut.health()).rejects.toThrow(ConnectionError);
  await expect((await client(() => undefined, 50)).health()).rejects.toThrow(ConnectionError);
});

it('sends the key, and ids as one part of the path', async () => {
  let seen: unknown;
  const echo = await client((request, response) => {
    seen = [request.url, request.headers.authorization];
    response.writeHead(404).end();
  });
  await echo.message('a/b', 'c?d').catch(() => undefined);
  expect(seen).toEqual(['/api/v1/users/a%2Fb/messages/c%3Fd', 'Bearer k']);
});
