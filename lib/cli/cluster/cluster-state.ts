import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../base/cli.errors.js';
import { processIdentity } from './process-identity.js';

/** One server of the cluster, as written down for later commands. */
export interface Member {
  /** `node-1` and so on, or `redis`: also its folder. */
  readonly name: string;
  readonly port: number;
  /** Undefined once `down` has ended it. */
  readonly pid?: number;
  /** Tells the process from a later one with the same pid. */
  readonly identity?: string;
}

/** What was started in a data folder, and on which ports. The ports stay when the servers end. */
export class ClusterState {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  get #file(): string {
    return join(this.#dir, 'state.json');
  }

  /** @throws CliError `CLUSTER_STATE` */
  read(): readonly Member[] {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw this.#unreadable(error);
    }
    try {
      const { members } = JSON.parse(text) as { readonly members: unknown };
      if (Array.isArray(members) && members.every(isMember)) return members;
    } catch (error) {
      throw this.#unreadable(error);
    }
    throw this.#unreadable(undefined);
  }

  /** Writes down one member, in the place of the one with its name. */
  write(member: Member): void {
    const members = [...this.read().filter(({ name }) => name !== member.name), member];
    mkdirSync(this.#dir, { recursive: true });
    // Renamed into place: a reader never meets half a file.
    writeFileSync(`${this.#file}.new`, `${JSON.stringify({ members }, undefined, 2)}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }

  remove(): void {
    for (const file of [this.#file, `${this.#file}.new`]) rmSync(file, { force: true });
  }

  #unreadable(cause: unknown): CliError {
    return new CliError(
      'CLUSTER_STATE',
      `Expected the ports and pids of a cluster in ${this.#file}, got something else. Servers that run are not known: ` +
        'end them by their pids, then delete this file.',
      { cause },
    );
  }
}

function isMember(value: unknown): value is Member {
  if (typeof value !== 'object' || value === null) return false;
  const { name, port } = value as Partial<Member>;
  return typeof name === 'string' && Number.isInteger(port);
}

export function memberOf(name: string, port: number, pid: number): Member {
  const identity = processIdentity(pid);
  return { name, port, pid, ...(identity === undefined ? undefined : { identity }) };
}

/** Whether the very process runs that was started for this member. Nothing is taken for running by its pid alone. */
export function isAlive({ pid, identity }: Member): boolean {
  return pid !== undefined && identity !== undefined && processIdentity(pid) === identity;
}
