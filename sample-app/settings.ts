import ms, { type StringValue } from 'ms';
import type { DqEmbeddedOptions, DqOptions } from 'nestjs-dq';
import { OrderDeadlines } from './orders/order-deadlines.js';

/** Where the shop's jobs live: on servers, or in the shop's own process. */
export type QueueSettings = Pick<DqOptions, 'beanstalks' | 'redis'> | Pick<DqEmbeddedOptions, 'embedded'>;

/** What the shop must be told. */
export interface Settings {
  readonly queue: QueueSettings;
  readonly port: number;
  readonly deadlines: OrderDeadlines;
}

/** A variable is missing or wrong. The message says which one, and what it should be. */
export class SettingsError extends Error {}

/** Reads DQ_BEANSTALKS and REDIS_URL, or DQ_FILE, or neither; PORT, CANCEL_AFTER and REMIND_AFTER. */
export function settingsFrom(env: NodeJS.ProcessEnv): Settings {
  const cancelAfter = duration(env, 'CANCEL_AFTER') ?? ms('30m');
  const remindAfter = duration(env, 'REMIND_AFTER') ?? Math.ceil(cancelAfter / 2);
  if (remindAfter >= cancelAfter) {
    throw new SettingsError(
      `Expected REMIND_AFTER to be shorter than CANCEL_AFTER, got ${remindAfter} ms and ${cancelAfter} ms.`,
    );
  }
  return {
    queue: queue(env),
    port: port(env),
    deadlines: new OrderDeadlines(remindAfter, cancelAfter),
  };
}

function queue(env: NodeJS.ProcessEnv): QueueSettings {
  const file = env['DQ_FILE'];
  if (!env['DQ_BEANSTALKS'] && !env['REDIS_URL']) return { embedded: file ? { file } : true };
  if (file)
    throw new SettingsError('Expected servers (DQ_BEANSTALKS, REDIS_URL) or DQ_FILE in the environment, got both.');
  const beanstalks = required(env, 'DQ_BEANSTALKS', '10.0.0.1:11300,10.0.0.2:11300,10.0.0.3:11300');
  const redis = required(env, 'REDIS_URL', 'redis://10.0.0.9:6379');
  return { beanstalks: beanstalks.split(',').map((endpoint) => endpoint.trim()), redis };
}

function required(env: NodeJS.ProcessEnv, name: string, example: string): string {
  const value = env[name];
  if (value) return value;
  throw new SettingsError(`Expected ${name} in the environment, such as ${name}=${example}`);
}

function duration(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const value = env[name];
  if (!value) return undefined;
  const read: number | undefined = /[a-z]$/.test(value) ? ms(value as StringValue) : undefined;
  if (read !== undefined && Number.isSafeInteger(read) && read > 0) return read;
  throw new SettingsError(`Expected ${name} to be a duration such as 90s or 30m, got "${value}".`);
}

function port(env: NodeJS.ProcessEnv): number {
  const value = env['PORT'] || '3000';
  if (/^\d+$/.test(value) && Number(value) <= 65_535) return Number(value);
  throw new SettingsError(`Expected PORT to be a number from 0 (any free port) to 65535, got "${value}".`);
}
