import type { Command } from 'commander';
import type { Cli } from '../base/cli.js';
import { CliUsageError, EXIT } from '../base/cli.errors.js';
import { action, type Answer, type CommonOptions } from '../base/command.js';
import { addYes, confirm, type ConfirmOptions } from '../base/confirm.js';
import { line, table } from '../base/print.js';
import { DevCluster, type ServerReport } from './dev-cluster.js';

const HOST = '127.0.0.1';
const DATA = '.nestjs-dq';
const HIGHEST_PORT = 65_535;
const SERVERS = 4;

interface ClusterOptions extends CommonOptions, ConfirmOptions {
  readonly data: string;
  readonly port?: string;
  readonly wipe?: boolean;
}

/** Servers for development: three beanstalkd and a Redis, which outlive the command. */
export function addCluster(program: Command, cli: Cli): void {
  const cluster = program
    .command('cluster')
    .description('three beanstalkd and a Redis on this machine, for development');
  const add = (name: string, description: string): Command =>
    cluster
      .command(name)
      .description(description)
      .option('--data <folder>', 'where they keep their data and logs', DATA);
  add('up', 'starts what does not run; prints the addresses as lines for a shell or a .env file')
    .option('--port <first>', 'first of four ports in a row; else free ones, which are kept from then on')
    .action(action(cli, (_, options: ClusterOptions) => up(cli, options)));
  add('status', 'what runs, where, and the addresses again').action(
    action(cli, (_, options: ClusterOptions) => status(clusterOf(cli, options))),
  );
  addYes(
    add('down', 'ends them; data and ports are kept').option('--wipe', 'delete the data too, after asking'),
  ).action(action(cli, (_, options: ClusterOptions) => down(cli, options)));
}

function clusterOf({ terminal, env, clock, signal }: Cli, { data }: ClusterOptions): DevCluster {
  const say = (line: string): void => terminal.err(`${line}\n`);
  return new DevCluster({ dir: data, path: env['PATH'] ?? '', clock, signal, say });
}

async function up(cli: Cli, options: ClusterOptions): Promise<Answer> {
  const cluster = clusterOf(cli, options);
  const started = await cluster.up(portOf(options));
  const servers = await cluster.status();
  return {
    json: { ...documentOf(cluster, servers), started },
    text: exportsOf(servers),
    notes: started.length === 0 ? ['All four are up already.'] : [],
  };
}

async function status(cluster: DevCluster): Promise<Answer> {
  const servers = await cluster.status();
  const rows = servers.map(({ name, state, port, pid }) => [
    name,
    state,
    port === undefined ? '' : `${HOST}:${port}`,
    state === 'gone' ? '' : (pid ?? ''),
  ]);
  return {
    json: documentOf(cluster, servers),
    text: `${table(['SERVER', 'STATE', 'ADDRESS', 'PID'], rows)}${line(`Data and logs are in ${cluster.dir}.`)}${isUp(servers) ? exportsOf(servers) : ''}`,
    notes: servers.flatMap(wordsOf),
    exit: isUp(servers) ? EXIT.fine : EXIT.away,
  };
}

async function down(cli: Cli, options: ClusterOptions): Promise<Answer> {
  const cluster = clusterOf(cli, options);
  if (options.wipe === true) {
    await confirm(cli, options, `Delete all jobs and claims in ${cluster.dir}?`);
    const stopped = await cluster.wipe();
    return {
      json: { data: cluster.dir, stopped, wiped: true },
      text: `stopped ${stopped.length} of ${SERVERS} servers; their data in ${cluster.dir} is deleted\n`,
    };
  }
  const stopped = await cluster.down();
  return {
    json: { data: cluster.dir, stopped, wiped: false },
    text: `stopped ${stopped.length} of ${SERVERS} servers; data is kept in ${cluster.dir}\n`,
  };
}

function portOf({ port }: ClusterOptions): number | undefined {
  if (port === undefined) return undefined;
  const first = Number(port);
  if (/^\d+$/.test(port) && first > 0 && first + SERVERS - 1 <= HIGHEST_PORT) return first;
  throw new CliUsageError(`Expected --port from 1 to ${HIGHEST_PORT - SERVERS + 1}, got ${port}.`);
}

function isUp(servers: readonly ServerReport[]): boolean {
  return servers.every(({ state }) => state === 'up');
}

function documentOf({ dir }: DevCluster, servers: readonly ServerReport[]): object {
  const up = isUp(servers);
  return {
    data: dir,
    up,
    servers: servers.map((server) => ({ ...server, host: HOST })),
    env: up ? envOf(servers) : null,
  };
}

/** What applications read. */
function envOf(servers: readonly ServerReport[]): Readonly<Record<string, string>> {
  const addresses = servers.map(({ port }) => `${HOST}:${port}`);
  return { DQ_BEANSTALKS: addresses.slice(0, -1).join(','), REDIS_URL: `redis://${addresses.at(-1)}` };
}

/** Lines that a shell takes by `eval`, and that a .env file takes as they are. */
function exportsOf(servers: readonly ServerReport[]): string {
  return Object.entries(envOf(servers))
    .map(([name, value]) => `export ${name}=${value}\n`)
    .join('');
}

function wordsOf({ name, state, pid, port }: ServerReport): string[] {
  switch (state) {
    case 'gone':
      return [`${name} has ended, and not by down. up starts it again, with its data.`];
    case 'silent':
      return [`${name}, pid ${pid}, runs and does not answer on port ${port}. down ends it.`];
    case 'loading':
      return [`${name} reads its data. up waits for it.`];
    case 'up':
    case 'down':
      return [];
  }
}
