import type { Command } from 'commander';
import { resolveOptions } from '../../core/options/resolve-options.js';
import type { ResolvedOptions } from '../../core/options/resolved-options.js';
import type { Cli } from './cli.js';
import { CliError } from './cli.errors.js';
import { longest } from './timeout.js';

/** What every command may be told of the servers. */
export interface ServerOptions {
  readonly beanstalks?: string;
  readonly redis?: string;
  readonly timeout: string;
  readonly retention: string;
}

/** Longer than this no server is waited for, however long the command may take. */
const SERVER_MS = 3_000;
/** What one server may take of the time of a command: others may hang too. */
const SERVER_SHARE = 0.4;
/** Shorter no deadline can be. */
const LEAST_MS = 100;

/** The options of all commands that ask servers. No default shows what the environment has: it may be a password. */
export function addServerOptions(program: Command): void {
  program
    .option('--beanstalks <list>', "the nodes, 'host:port,host:port'; else DQ_BEANSTALKS")
    .option('--redis <url>', 'Redis, for example redis://10.0.0.9:6379, or one node of a Cluster; else REDIS_URL')
    .option('--timeout <duration>', 'how long the servers may take, all together', '5s')
    .option('--retention <duration>', 'as the application has it: how long its claims are kept', '7d');
}

/** The addresses as text, from options, then from the environment. @throws CliError `CLI_USAGE` */
export function addressesOf(
  { env }: Cli,
  options: ServerOptions,
): { readonly beanstalks: string[]; readonly redis: string } {
  const beanstalks = options.beanstalks ?? env['DQ_BEANSTALKS'] ?? '';
  const redis = options.redis ?? env['REDIS_URL'] ?? '';
  const missing =
    beanstalks.trim() === ''
      ? 'the nodes in --beanstalks or DQ_BEANSTALKS, such as 10.0.0.1:11300,10.0.0.2:11300'
      : redis.trim() === ''
        ? 'Redis in --redis or REDIS_URL, such as redis://10.0.0.9:6379'
        : undefined;
  if (missing !== undefined) throw new CliError('CLI_USAGE', `Expected ${missing}, got none.`);
  return { beanstalks: beanstalks.split(',').map((node) => node.trim()), redis: redis.trim() };
}

/** Milliseconds that one server may take of the `ms` of a command. */
export function serverMs(ms: number): number {
  return Math.min(SERVER_MS, Math.floor(ms * SERVER_SHARE));
}

/**
 * What a runtime is made of: checked as an application's options are. A command may be told of one node alone.
 * @throws CliError `CLI_USAGE`, DqOptionsError, DqEndpointError
 */
export function resolvedOf(cli: Cli, options: ServerOptions, ms: number = longest(options)): ResolvedOptions {
  const { beanstalks, redis } = addressesOf(cli, options);
  return resolveOptions({
    beanstalks,
    redis,
    consume: false,
    retention: options.retention,
    commandDeadline: Math.max(LEAST_MS, serverMs(ms)),
    ...(beanstalks.length === 1 ? { minWrites: 1 } : undefined),
  });
}
