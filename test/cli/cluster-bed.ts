// Servers that outlive the command: each command is another process, and the folder is all that they share.
import { type ChildProcess, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from '@jest/globals';
import type { Member } from '../../lib/cli/cluster/cluster-state.js';
import { processIdentity } from '../../lib/cli/cluster/process-identity.js';
import { RawClient } from '../support/raw-client.js';
import { until } from '../support/wait.js';
import { ran, type Ran, type RunSetting } from './cli-run.js';

export const PATH = process.env['PATH'] ?? '';

/** A server as `status --json` shows it. */
export interface Shown {
  readonly name: string;
  readonly state: string;
  readonly port: number;
  readonly pid: number | null;
}

/** A folder for the servers of one test, which are ended after it. */
export class ClusterBed {
  parent = '';
  dir = '';
  /** Processes of the test, which no command may end. */
  readonly foreign: ChildProcess[] = [];
  readonly #listeners: Server[] = [];

  begin(): void {
    this.parent = mkdtempSync(join(tmpdir(), 'nestjs-dq-cluster-'));
    this.dir = join(this.parent, 'data');
  }

  async end(): Promise<void> {
    const pids = this.members().flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    for (const child of this.foreign.splice(0)) child.kill('SIGKILL');
    await this.run('down');
    for (const listener of this.#listeners.splice(0)) listener.close();
    rmSync(this.parent, { recursive: true, force: true });
    expect(pids.filter((pid) => /beanstalkd|redis-server/.test(commandOf(pid)))).toEqual([]);
  }

  run(command: string, args: readonly string[] = [], setting: RunSetting = {}): Promise<Ran> {
    return ran(['cluster', command, '--data', this.dir, ...args], { env: { PATH }, ...setting });
  }

  async servers(): Promise<Shown[]> {
    const { out, err } = await this.run('status', ['--json']);
    if (out === '') throw new Error(err);
    return (JSON.parse(out) as { servers: Shown[] }).servers;
  }

  async server(name: string): Promise<Shown & { readonly pid: number }> {
    const found = (await this.servers()).find((one) => one.name === name);
    if (!found?.pid) throw new Error(`expected ${name} to have a pid`);
    return { ...found, pid: found.pid };
  }

  members(): readonly Member[] {
    const file = join(this.dir, 'state.json');
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { members: Member[] }).members : [];
  }

  /** Programs that stand before those of the PATH. */
  pathWith(programs: Readonly<Record<string, string>>): { readonly env: { readonly PATH: string } } {
    const folder = join(this.parent, 'bin');
    mkdirSync(folder);
    for (const [name, script] of Object.entries(programs)) {
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, name), 0o755);
    }
    return { env: { PATH: `${folder}:${PATH}` } };
  }

  /** Another program that has the port; 0: any. */
  async listenOn(port: number, onSocket: (socket: Socket) => unknown = (socket) => socket.destroy()): Promise<Server> {
    const listener = createServer(onSocket);
    this.#listeners.push(listener);
    await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve));
    return listener;
  }
}

export function clusterBed(): ClusterBed {
  const bed = new ClusterBed();
  beforeEach(() => bed.begin());
  afterEach(() => bed.end());
  return bed;
}

export function commandOf(pid: number): string {
  return spawnSync('ps', ['-o', 'stat=,args=', '-p', String(pid)], { encoding: 'utf8' }).stdout.replace(/^Z.*/s, '');
}

export async function killed(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await until(() => processIdentity(pid) === undefined);
}

/** Puts a job that waits. Resolves to its number. */
export async function put(port: number): Promise<number> {
  const client = await RawClient.connect(port);
  const id = await client.put('kept', { tube: 'orders', delay: 100 });
  await client.close();
  return id;
}

/** What the job has in it. */
export async function peek(port: number, id: number): Promise<string | undefined> {
  const client = await RawClient.connect(port);
  const job = await client.peek(id);
  await client.close();
  return job?.body.toString();
}
