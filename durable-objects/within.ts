/**
 * Settles as the work does, or with `late` after `ms`. It leaves no timer behind, which would keep the object from
 * falling asleep.
 */
export async function within<T>(work: Promise<T>, ms: number, late: T): Promise<T> {
  const timer = new AbortController();
  const timeout = scheduler.wait(ms, { signal: timer.signal }).then(
    () => late,
    () => late,
  );
  try {
    return await Promise.race([work, timeout]);
  } finally {
    timer.abort();
  }
}
