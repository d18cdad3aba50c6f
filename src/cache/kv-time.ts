/** KV answers within milliseconds, at its slowest within half a second. What it holds can be had elsewhere. */
const KV_MS = 1_500;

/**
 * What KV answers, if it does so in time: nobody waits for a cache that hangs.
 * @throws Error when it does not, and whatever KV throws
 */
export async function inKvTime<T>(asked: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('KV does not answer')), KV_MS);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer); // it would keep an object from falling asleep
  }
}
