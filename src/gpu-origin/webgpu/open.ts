import type { OpenBackend, OpenOptions } from '../backend.ts';
import { KNOWN_ANSWER, selfTest } from '../self-test.ts';

/** Of Dawn: Vulkan where there is a choice. */
const DAWN_OPTIONS = process.platform === 'linux' ? ['backend=vulkan'] : [];

/**
 * A WebGPU backend on the best adapter of this machine, after its self-test.
 * @param dawn options for Dawn (tests: `backend=null`, which pretends)
 */
export async function openWebgpu(
  { allowSoftware }: OpenOptions,
  dawn: readonly string[] = DAWN_OPTIONS,
): ReturnType<OpenBackend> {
  const opened = await openDevice(dawn);
  if (typeof opened === 'string') return { ok: false, why: opened };
  const { WebgpuBackend } = await import('./webgpu-backend.ts');
  const backend = new WebgpuBackend(opened);
  if (backend.isSoftware && !allowSoftware) {
    await backend.close();
    return { ok: false, why: `The only adapter is a software one (${backend.description}).` };
  }
  const answer = await selfTest(backend).catch(String);
  if (answer === KNOWN_ANSWER) return { ok: true, backend };
  await backend.close();
  const what = typeof answer === 'string' ? answer : `checksum ${answer} in place of ${KNOWN_ANSWER}`;
  return { ok: false, why: `The adapter ${backend.description} failed its self-test: ${what}.` };
}

async function openDevice(dawn: readonly string[]) {
  try {
    const { Device } = await import('./device.ts'); // the package is optional: not every platform has it
    return (await Device.open(dawn)) ?? 'There is no adapter: no driver, or none that WebGPU can use.';
  } catch (error) {
    return `WebGPU could not be opened: ${error instanceof Error ? error.message : error}`;
  }
}
