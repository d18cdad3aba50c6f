import { vi } from 'vitest';

/** Runs some work while Postgres takes what it is asked and never answers. */
export async function withHangingPostgres<T>(work: () => Promise<T>): Promise<T> {
  const answered = globalThis.fetch;
  const hanging = vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    if (!String(input instanceof Request ? input.url : input).endsWith('/sql')) return answered(input, init);
    return new Promise((_, reject) => {
      init?.signal?.addEventListener('abort', () => reject(new Error('given up')));
    });
  });
  try {
    return await work();
  } finally {
    hanging.mockRestore();
  }
}

/** Runs some work while Postgres cannot be reached, from the Worker, its objects and its consumer alike. */
export async function withoutPostgres<T>(work: () => Promise<T>): Promise<T> {
  const outage = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('connection refused'));
  const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
  try {
    return await work();
  } finally {
    outage.mockRestore();
    noise.mockRestore();
  }
}
