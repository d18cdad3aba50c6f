import { ZodError } from 'zod';
import { benchGpu } from './bench.ts';
import { originConfig } from './config.ts';
import { listen } from './server.ts';
import { openService } from './service.ts';
import { openWebgpu } from './webgpu/open.ts';

/** `npm run gpu-origin`: serves until it is told to end. `npm run gpu-origin -- bench`: figures of this machine's GPU. */
async function main(): Promise<void> {
  const [command, peak] = process.argv.slice(2);
  if (command === 'bench') process.exit(await benchGpu(peak === undefined ? undefined : Number(peak)));
  const config = originConfig(process.env);
  const service = await openService({ config, openGpu: openWebgpu });
  const listening = await listen(service);
  const { backend, adapter, why } = service.ready();
  console.error(`gpu-origin: ${backend} (${adapter}) on http://${config.host}:${listening.port}`);
  if (why !== null && config.backend !== 'cpu') console.error(`gpu-origin: no GPU: ${why}`);
  const end = async () => {
    await listening.close(10_000);
    await service.close();
    process.exit(0);
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}

try {
  await main();
} catch (error) {
  if (error instanceof ZodError) {
    for (const { path, message } of error.issues) {
      const name = `GPU_ORIGIN_${path
        .join('_')
        .replace(/[A-Z]/g, (letter) => `_${letter}`)
        .toUpperCase()}`;
      console.error(`gpu-origin: ${name}: ${message}`);
    }
  } else console.error(`gpu-origin: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
