import type { Server } from '../../scripts/server.ts';

interface Listed {
  message_id: string;
  content: string;
}

export interface Counts {
  messages: number;
  pending: number;
  failed: number;
  outbox: number;
}

/** Requests to a whole running server, as an application would make them. */
export function clientOf(server: Pick<Server, 'url' | 'key'>) {
  const send = async (method: string, route: string, body?: unknown): Promise<Response> =>
    fetch(`${server.url}/api/v1${route}`, {
      method,
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const read = async <T>(method: string, route: string, body?: unknown): Promise<T> => {
    const answer = await send(method, route, body);
    if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  return {
    send,
    status: (user: string) => read<Counts>('GET', `/users/${user}`),
    search: async (user: string, query: string, topK: number) =>
      (await read<{ results: { content: string }[] }>('POST', `/users/${user}/memories/search`, { query, top_k: topK }))
        .results,
    /** every message, page by page */
    async messages(user: string): Promise<Listed[]> {
      const all: Listed[] = [];
      for (let cursor = ''; ; ) {
        const page = await read<{ items: Listed[]; next: string | null }>(
          'GET',
          `/users/${user}/messages?limit=100${cursor}`,
        );
        all.push(...page.items);
        if (page.next === null) return all;
        cursor = `&cursor=${page.next}`;
      }
    },
  };
}

export type ServerClient = ReturnType<typeof clientOf>;
