import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

const WORKERD = ['test/**/*.worker.test.ts'];
const SERVER = ['test/e2e/**/*.test.ts'];

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
      {
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
          name: 'workerd',
          include: WORKERD,
          globalSetup: ['test/global-setup.ts'],
          testTimeout: 30_000,
          sequence: { groupOrder: 1 },
        },
      },
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
