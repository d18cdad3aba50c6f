import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

const WORKERD = ['test/**/*.worker.test.ts'];
const SERVER = ['test/e2e/**/*.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: [...WORKERD, ...SERVER],
          testTimeout: 30_000,
        },
      },
      {
        plugins: [
          cloudflareTest(({ inject }) => ({
            remoteBindings: false,
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: { DATABASE_URL: inject('databaseUrl'), NEON_LOCAL_PROXY: inject('neonProxy') },
            },
          })),
        ],
        test: {
          name: 'workerd',
          include: WORKERD,
          globalSetup: ['test/global-setup.ts'],
          testTimeout: 30_000,
        },
      },
      // one file at a time: each starts a whole server
      { test: { name: 'server', include: SERVER, fileParallelism: false, testTimeout: 300_000, hookTimeout: 120_000 } },
    ],
  },
});
