import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CliError, interruption } from '../base/cli.errors.js';
import { ClusterState, isAlive, type Member } from './cluster-state.js';
import { answering, type DaemonContext, end, launch, type Launch } from './daemon.js';
import { FolderLock } from './folder-lock.js';
import { isFree, onPort } from './free-port.js';
import { ask } from './question.js';
import { BEANSTALKD, findProgram, howToInstall, REDIS, type ServerProgram } from './server-program.js';

const SERVERS: readonly (readonly [string, ServerProgram])[] = [
  ['node-1', BEANSTALKD],
  ['node-2', BEANSTALKD],
  ['node-3', BEANSTALKD],
  ['redis', REDIS],
];
/** Written into a folder that was made here, so that nobody commits the data by mistake. */
const IGNORED = '# Data of nestjs-dq cluster.\n*\n';

export interface DevClusterOptions extends Required<DaemonContext> {
  /** Data, logs, and what is known of the servers. */
  readonly dir: string;
  /** Folders of programs, as PATH lists them. */
  readonly path: string;
}

/** `gone`: it has ended, and not by `down`. `silent`: it runs and does not answer. */
export type ServerState = 'up' | 'loading' | 'silent' | 'gone' | 'down';

export interface ServerReport {
  readonly name: string;
  readonly state: ServerState;
  readonly port: number | undefined;
  readonly pid: number | undefined;
}

/** Three beanstalkd and a Redis on 127.0.0.1, for development. Each command is another process; the folder is what they share. */
export class DevCluster {
  readonly dir: string;
  readonly #state: ClusterState;
  readonly #options: DevClusterOptions;

  constructor(options: DevClusterOptions) {
    this.dir = resolve(options.dir);
    this.#state = new ClusterState(this.dir);
    this.#options = options;
  }

  /**
   * Starts what does not run, and waits until all four work. Ports of earlier days are kept, so that an address that was copied once
   * stays true. Resolves to the names of what was started.
   *
   * @param firstPort of four in a row; default: free ones, where none is known yet
   * @throws CliError: `CLUSTER_PROGRAM_MISSING`, `CLUSTER_PORT_TAKEN`, `CLUSTER_FOLDER_IN_USE`, `CLUSTER_STATE`, `CLUSTER_SERVER_FAILED`
   */
  async up(firstPort?: number): Promise<readonly string[]> {
    const programs = this.#programs();
    this.#makeFolder();
    return this.#locked(async () => {
      const started: string[] = [];
      for (const [index, [name, program]] of SERVERS.entries()) {
        const place = { program, path: programs.get(program) ?? '', dir: join(this.dir, name) };
        const known = this.#member(name);
        const wanted = firstPort === undefined ? known?.port : firstPort + index;
        if (known && isAlive(known)) {
          if (wanted !== known.port)
            throw taken(`Expected ${name} to be down, since it has port ${known.port}: run down first.`);
          await answering(known, place, this.#options);
        } else {
          await this.#start(name, place, wanted);
          started.push(name);
        }
      }
      return started;
    });
  }

  async status(): Promise<readonly ServerReport[]> {
    return Promise.all(SERVERS.map(([name, program]) => reportOf(name, program, this.#member(name))));
  }

  /** Ends the processes that `up` started, and no others. Data and ports stay. Resolves to the names of what was running. */
  async down(): Promise<readonly string[]> {
    return existsSync(this.dir) ? this.#locked(() => this.#endAll()) : [];
  }

  /** Ends them, and deletes their data, logs and ports. What else lies in the folder stays. */
  async wipe(): Promise<readonly string[]> {
    if (!existsSync(this.dir)) return [];
    const ended = await this.#locked(async () => {
      const names = await this.#endAll();
      for (const [name, program] of SERVERS) if (this.#member(name)) this.#deleteData(name, program);
      this.#state.remove();
      return names;
    });
    this.#leaveFolder();
    return ended;
  }

  /** What the server made. The user may have a folder of that name, with files of his own. */
  #deleteData(name: string, { files }: ServerProgram): void {
    const folder = join(this.dir, name);
    for (const file of filesIn(folder).filter((each) => files.test(each)))
      rmSync(join(folder, file), { recursive: true, force: true });
    removeEmpty(folder);
  }

  async #endAll(): Promise<readonly string[]> {
    const members = this.#state.read();
    const ended = await Promise.all(members.map((member) => end(member, this.#options.clock)));
    for (const { name, port } of members) this.#state.write({ name, port });
    return members.filter((_, index) => ended[index]).map(({ name }) => name);
  }

  async #start(name: string, place: Omit<Launch, 'port'>, wanted: number | undefined): Promise<void> {
    if (wanted !== undefined && !(await isFree(wanted))) {
      throw taken(
        `Expected port ${wanted} of 127.0.0.1 to be free for ${name}; another program has it. End that one, or name the first ` +
          'of four other ports with --port.',
      );
    }
    const { clock, signal, say } = this.#options;
    await onPort(wanted, async (port) => {
      const member = await launch(name, { ...place, port });
      // Before it answers: whatever happens from here on, `down` knows it.
      this.#state.write(member);
      try {
        await answering(member, place, this.#options);
      } catch (error) {
        if (!signal.aborted) {
          await end(member, clock);
          throw error;
        }
        // Reading much data may be what took too long, and it is not in vain. Nothing else is started any more.
        if (isAlive(member)) say(`${name}, pid ${member.pid}, goes on; down ends it`);
        throw interruption();
      }
      say(`${name} is up: 127.0.0.1:${port}, pid ${member.pid}`);
    });
  }

  #programs(): ReadonlyMap<ServerProgram, string> {
    const found = new Map<ServerProgram, string>();
    for (const program of [BEANSTALKD, REDIS]) {
      const path = findProgram(program.name, this.#options.path);
      if (path !== undefined) found.set(program, path);
    }
    const missing = [BEANSTALKD, REDIS].filter((program) => !found.has(program)).map(({ name }) => name);
    if (missing.length > 0) throw new CliError('CLUSTER_PROGRAM_MISSING', howToInstall(missing));
    return found;
  }

  #member(name: string): Member | undefined {
    return this.#state.read().find((member) => member.name === name);
  }

  get #ignoreFile(): string {
    return join(this.dir, '.gitignore');
  }

  #makeFolder(): void {
    const made = mkdirSync(this.dir, { recursive: true });
    if (made !== undefined) writeFileSync(this.#ignoreFile, IGNORED);
  }

  /** Takes the folder away, unless somebody else's files lie there. */
  #leaveFolder(): void {
    if (existsSync(this.#ignoreFile) && readFileSync(this.#ignoreFile, 'utf8') === IGNORED) rmSync(this.#ignoreFile);
    removeEmpty(this.dir);
  }

  async #locked<T>(work: () => Promise<T>): Promise<T> {
    const lock = new FolderLock(this.dir);
    lock.take();
    try {
      return await work();
    } finally {
      lock.release();
    }
  }
}

function taken(text: string): CliError {
  return new CliError('CLUSTER_PORT_TAKEN', text);
}

function filesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Somebody else's files lie there.
  }
}

async function reportOf(name: string, program: ServerProgram, member: Member | undefined): Promise<ServerReport> {
  const { port, pid } = member ?? {};
  if (member === undefined || pid === undefined) return { name, state: 'down', port, pid: undefined };
  if (!isAlive(member)) return { name, state: 'gone', port, pid };
  const reply = await ask(member.port, program.question);
  if (reply.is === 'refused' || reply.is === 'silent' || reply.pid !== pid) return { name, state: 'silent', port, pid };
  return { name, state: reply.is === 'ready' ? 'up' : 'loading', port, pid };
}
