import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bearerKey, newApiKey } from '../src/auth/api-key.ts';
import { startOf } from './processes.ts';
import { UserError } from './user-error.ts';

/** Files of a state folder. Everything a local server keeps is in it. */
export const postgresDir = (stateDir: string) => path.join(stateDir, 'postgres');
const passwordFile = (stateDir: string) => path.join(stateDir, 'postgres-password');
const keyFile = (stateDir: string) => path.join(stateDir, 'dev-key');
const ticketFile = (stateDir: string) => path.join(stateDir, 'ticket-keys');
const encryptionFile = (stateDir: string) => path.join(stateDir, 'encryption-keys');
const secretFile = (stateDir: string) => path.join(stateDir, 'service-secret');
const lockFile = (stateDir: string) => path.join(stateDir, 'lock');

/** The folder of `npm start`: PALIMPSEST_STATE, else `.palimpsest` in the repository. */
export function defaultStateDir(): string {
  return path.resolve(process.env.PALIMPSEST_STATE || path.join(import.meta.dirname, '../.palimpsest'));
}

/**
 * Takes a state folder for this process, making it if need be. A holder that died without a word holds nothing.
 *
 * @returns gives it back
 * @throws UserError when another process holds it
 */
export function lockState(stateDir: string): () => void {
  if (existsSync(stateDir) && !statSync(stateDir).isDirectory()) {
    throw new UserError(`${stateDir} is not a folder; move it away or set PALIMPSEST_STATE to another path.`);
  }
  mkdirSync(stateDir, { recursive: true });
  mkdirSync(path.join(stateDir, 'worker'), { recursive: true, mode: 0o700 });
  const holder = stateHolder(stateDir);
  if (holder !== null) {
    throw new UserError(
      `process ${holder} already runs a server on ${stateDir}; stop it, or set PALIMPSEST_STATE to another folder.`,
    );
  }
  writeFileSync(lockFile(stateDir), `${process.pid} ${startOf(process.pid)}`);
  return () => rmSync(lockFile(stateDir), { force: true });
}

/** The process that runs a server on this folder, if one does. */
export function stateHolder(stateDir: string): number | null {
  if (!existsSync(lockFile(stateDir))) return null;
  const [pid, ...start] = readFileSync(lockFile(stateDir), 'utf8').split(' ');
  const now = startOf(Number(pid));
  return now !== null && now === start.join(' ') ? Number(pid) : null;
}

/** The superuser's password: random, made with the cluster. */
export function postgresPassword(stateDir: string): string {
  if (existsSync(passwordFile(stateDir))) return readFileSync(passwordFile(stateDir), 'utf8').trim();
  if (existsSync(postgresDir(stateDir))) {
    throw new UserError(`${passwordFile(stateDir)} is missing; "npm run reset" removes the state and starts anew.`);
  }
  return writeSecret(passwordFile(stateDir), randomBytes(24).toString('hex'));
}

/** The development key, made on first use. */
export function developmentKey(stateDir: string): string {
  const file = keyFile(stateDir);
  if (!existsSync(file)) return writeSecret(file, newApiKey().key);
  const key = bearerKey(`Bearer ${readFileSync(file, 'utf8').trim()}`);
  if (key === null) throw new UserError(`${file} holds no API key; remove it and the next start makes a new one.`);
  return key;
}

/** What signs tickets, as the Worker's TICKET_KEYS; made on first use. */
export function ticketKeys(stateDir: string): string {
  const file = ticketFile(stateDir);
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  return writeSecret(file, `local:${randomBytes(32).toString('hex')}`);
}

/** The Worker's SERVICE_SECRET; made on first use. */
export function serviceSecret(stateDir: string): string {
  const file = secretFile(stateDir);
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  return writeSecret(file, randomBytes(32).toString('hex'));
}

/**
 * The Worker's ENCRYPTION_KEYS; made on first use. The name is random, so that data of another folder is told from data
 * that was changed.
 */
export function encryptionKeys(stateDir: string): string {
  const file = encryptionFile(stateDir);
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  return writeSecret(file, `local-${randomBytes(4).toString('hex')}:${randomBytes(32).toString('hex')}`);
}

function writeSecret(file: string, secret: string): string {
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return secret;
}
