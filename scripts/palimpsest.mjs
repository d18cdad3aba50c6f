#!/usr/bin/env node
// The `palimpsest` command: src/cli/main.ts on the pinned Node.
process.argv.splice(2, 0, 'cli');
await import('./bootstrap.mjs');
