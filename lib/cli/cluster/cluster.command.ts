import type { Command } from 'commander';
import type { Cli } from '../base/cli.js';
import { CliError, EXIT } from '../base/cli.errors.js';
import { action, type Answer, type CommonOptions } from '../base/command.js';
import { addYes, confirm, type ConfirmOptions } from '../base/confirm.js';
import { line, table } from '../base/print.js';
import { DevCluster, type ServerReport, type ServerState } from './dev-cluster.js';

const HOST = '127.0.0.1';
const DATA = '.nestjs-dq';
const HIGHEST_PORT = 65_535;
const SERVERS = 4;

interface ClusterOptions extends CommonOptions, ConfirmOptions {
  readonly data: string;
  readonly port?: string;
  readonly wipe?: boolean;
}

/** What is said of a server that does not do its work. */
const WORDS: Readonly<Partial<Record<ServerState, (server: ServerReport) => string>>> = {
  gone: ({ name }) => `${name} has ended, and not by down. up starts it again, with its data.`,
  silent: ({ name, pid, port }) => `${name}, pid ${pid}, runs and does not answer on port ${port}. down ends it.`,
  loading: ({ name }) => `${name} reads its data. up waits for it.`,
};

/** Servers for development: three beanstalkd and a Redis, which outlive the command. */
export function addCluster(program: Command, cli: Cli): void {
  const { terminal, env, clock, signal } = cli;
  const say = (text: string): void => terminal.err(`${text}\n`);
  const all = program.command('cluster').description('three beanstalkd and a Redis on this machine, for development');
  const add = (
    name: string,
    description: string,
    run: (cluster: DevCluster, options: ClusterOptions) => Promise<Answer>,
  ): Command =>
    all
      .command(name)
      .description(description)
      .option('--data <folder>', 'where they keep their data and logs', DATA)
      .action(
        action(cli, (_, options: ClusterOptions) =>
          run(new DevCluster({ dir: options.data, path: env['PATH'] ?? '', clock, signal, say }), options),
        ),
      );
  add('up', 'starts what does not run; prints the addresses as lines for a shell or a .env file', up).option(
    '--port <first>',
    'first of four ports in a row; else free ones, which are kept from then on',
  );
  add('status', 'what runs, where, and the addresses again', status);
  addYes(
    add('down', 'ends them; data and ports are kept', (cluster, options) => down(cluster, options, cli)).option(
      '--wipe',
      'delete the data too, after asking',
    ),
  );
}

async function up(cluster: DevCluster, options: ClusterOptions): Promise<Answer> {
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
    notes: servers.flatMap((server) => WORDS[server.state]?.(server) ?? []),
    exit: isUp(servers) ? EXIT.fine : EXIT.away,
  };
}

async function down(cluster: DevCluster, options: ClusterOptions, cli: Cli): Promise<Answer> {
  const { dir: data } = cluster;
  const wiped = options.wipe === true;
  if (wiped) await confirm(cli, options, `Delete all jobs and claims in ${data}?`);
  const stopped = await (wiped ? cluster.wipe() : cluster.down());
  const fate = wiped ? `their data in ${data} is deleted` : `data is kept in ${data}`;
  return { json: { data, stopped, wiped }, text: `stopped ${stopped.length} of ${SERVERS} servers; ${fate}\n` };
}

function portOf({ port }: ClusterOptions): number | undefined {
  if (port === undefined) return undefined;
  const first = Number(port);
  if (/^\d+$/.test(port) && first > 0 && first + SERVERS - 1 <= HIGHEST_PORT) return first;
  throw new CliError('CLI_USAGE', `Expected --port from 1 to ${HIGHEST_PORT - SERVERS + 1}, got ${port}.`);
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
