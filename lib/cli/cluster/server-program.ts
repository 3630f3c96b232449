import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Question } from './question.js';

/** At the root of the package, of the published one too. */
const COMPOSE = fileURLToPath(new URL('../../../compose.yaml', import.meta.url));

export type ProgramName = 'beanstalkd' | 'redis-server';

/** A kind of server: how it is started for development on 127.0.0.1, and how it is asked who it is. */
export interface ServerProgram {
  readonly name: ProgramName;
  readonly question: Question;
  readonly argumentsFor: (port: number, dir: string) => readonly string[];
  /** What it makes in its folder, and its log. */
  readonly files: RegExp;
}

/** Its jobs are kept in the folder. `stats` says its pid. */
export const BEANSTALKD: ServerProgram = {
  name: 'beanstalkd',
  question: { request: 'stats\r\nquit\r\n', pid: /^pid: (\d+)$/m },
  argumentsFor: (port, dir) => ['-l', '127.0.0.1', '-p', String(port), '-b', dir],
  files: /^(?:binlog\.\d+|lock|beanstalkd\.log)$/,
};

/** With the settings that claims need: an append-only file, and nothing evicted. */
export const REDIS: ServerProgram = {
  name: 'redis-server',
  // While it reads its file, Redis answers INFO already, but refuses everything else.
  question: {
    request: 'PING\r\nINFO server\r\nINFO persistence\r\nQUIT\r\n',
    pid: /^process_id:(\d+)\r$/m,
    ready: /^\+PONG\r$/m,
    progress: /^loading_loaded_perc:([\d.]+)\r$/m,
  },
  argumentsFor: (port, dir) =>
    Object.entries({
      bind: '127.0.0.1',
      port: String(port),
      dir,
      appendonly: 'yes',
      appendfsync: 'everysec',
      save: '',
      'maxmemory-policy': 'noeviction',
    }).flatMap(([name, value]) => [`--${name}`, value]),
  files: /^(?:appendonlydir|temp-.*|dump\.rdb|redis-server\.log)$/,
};

/** Where a program is, in folders as PATH lists them. */
export function findProgram(name: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** How to get programs that are missing. */
export function howToInstall(names: readonly ProgramName[]): string {
  const brew = names.map((name) => (name === 'redis-server' ? 'redis' : name)).join(' ');
  return (
    `Expected ${names.join(' and ')} on this machine, found none. Debian or Ubuntu: sudo apt-get install ` +
    `${names.join(' ')}. macOS: brew install ${brew}. With Docker the same servers run by: docker compose -f ${COMPOSE} up -d`
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
