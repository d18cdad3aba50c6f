import { vi } from 'vitest';

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
