import { describe, expect, it } from 'vitest';
import { isPermissive, licenceFaults } from '../../scripts/checks/licences.ts';
import { secretsIn } from '../../scripts/checks/secrets.ts';
import { newApiKey } from '../../src/auth/api-key.ts';

describe('a licence', () => {
  it.each(['MIT', 'Apache-2.0', '(MIT OR GPL-3.0)', 'MIT AND ISC', 'GPL-2.0 OR BSD-3-Clause'])(
    'is permissive: %s',
    (expression) => expect(isPermissive(expression)).toBe(true),
  );
  it.each(['GPL-3.0', 'AGPL-3.0-only', 'MIT AND LGPL-3.0', 'CC-BY-NC-4.0', 'UNLICENSED', '', '(MIT OR GPL) AND X'])(
    'is not: "%s"',
    (expression) => expect(isPermissive(expression)).toBe(false),
  );

  it('is asked of what runs and of what is shipped, not of tools', () => {
    const faults = licenceFaults({
      '': { license: 'GPL-3.0' },
      'node_modules/a': { version: '1.0.0', license: 'GPL-3.0' },
      'node_modules/a/node_modules/b': { version: '2.0.0' },
      'node_modules/tool': { license: 'GPL-3.0', dev: true },
      'node_modules/swagger-ui-dist': { version: '3.0.0', license: 'X', dev: true },
    });
    expect(faults).toEqual(['a 1.0.0: GPL-3.0', 'b 2.0.0: none told', 'swagger-ui-dist 3.0.0: X']);
  });
});

describe('a secret', () => {
  const filler = (length: number) => 'aB3dE5gH7'.repeat(20).slice(0, length);
  it.each([
    ['API key of Palimpsest', () => newApiKey().key],
    ['AWS key', () => `AKIA${'Q7'.repeat(8)}`],
    ['GitHub token', () => `ghp_${filler(36)}`],
    ['Anthropic or OpenAI key', () => `sk-ant-${filler(40)}`],
    ['private key', () => `-----BEGIN RSA ${'PRIVATE'} KEY-----\nMII`],
    ['password in a URL', () => `postgresql://me:${filler(12)}@host/db`],
    ['assigned secret', () => `client_secret: '${filler(30)}'`],
  ])('is found, with its line: %s', (kind, make) => {
    expect(secretsIn(`first\n  ${make()} more`)).toContainEqual({ kind, line: 2 });
  });

  it.each([
    'const key = newApiKey();',
    "password: 'x'",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is meant
    'postgresql://postgres:${password}@127.0.0.1/db',
    "TICKET_KEYS = ''",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is meant
    'Bearer pal_00000000_${secret}',
  ])('is not: %s', (text) => expect(secretsIn(text)).toEqual([]));
});
