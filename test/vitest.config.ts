import path from 'node:path';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

const WORKERD = ['test/**/*.worker.test.ts'];
/** These run the real model in workerd. */
const WITH_MODEL = ['test/embedding/embedding-service.worker.test.ts', 'test/palace/search.worker.test.ts'];
const SERVER = ['test/e2e/**/*.test.ts'];

/**
 * The others import the model's runtime and never run it. The pool hands modules to workerd as JSON: 14 MB of numbers a
 * file, half of the time that these tests took.
 */
const WITHOUT_RUNTIME = {
  find: /^.*\.build\/ort\.wasm$/,
  replacement: path.join(import.meta.dirname, 'helpers/no-runtime.ts'),
};

/** Tests in workerd, with the product's own configuration. */
const inWorkerd = (name: string, include: string[], exclude: string[] = []) => ({
  plugins: [
    cloudflareTest(({ inject }) => ({
      remoteBindings: false,
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        bindings: {
          DATABASE_URL: inject('databaseUrl'),
          NEON_LOCAL_PROXY: inject('neonProxy'),
          SERVICE_SECRET: 's'.repeat(64),
          ENCRYPTION_KEYS: `new:${'e'.repeat(32)},old:${'d'.repeat(32)}`,
          TICKET_KEYS: `new:${'n'.repeat(32)},old:${'o'.repeat(32)}`,
          ALLOWED_ORIGINS: JSON.stringify({ 'tenant-with-pages': ['https://app.example'] }),
        },
      },
    })),
  ],
  test: {
    name,
    include,
    exclude,
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 30_000,
    sequence: { groupOrder: 1 },
  },
});

export default defineConfig({
  test: {
    maxWorkers: 2, // on two cores vitest would take one, and files mostly wait
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: [...WORKERD, ...SERVER],
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      { ...inWorkerd('workerd', WORKERD, WITH_MODEL), resolve: { alias: [WITHOUT_RUNTIME] } },
      inWorkerd('model', WITH_MODEL),
      {
        test: {
          name: 'server',
          include: SERVER,
          testTimeout: 300_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 }, // each file starts a whole server, with ports and a folder of its own
        },
      },
    ],
  },
});
