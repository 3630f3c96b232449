import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../core/base/clock.js';
import { CliError } from '../base/cli.errors.js';
import { pause } from '../base/timeout.js';
import { isAlive, type Member, memberOf } from './cluster-state.js';
import { ask, type Reply } from './question.js';
import type { ServerProgram } from './server-program.js';

/** So long a server may neither listen nor say that it reads its data. */
const DEAF_MS = 15_000;
/** So long it may listen and say nothing. A beanstalkd does so while it reads its binlog, about a million jobs in two seconds. */
const SILENT_MS = 120_000;
const WORD_EVERY_MS = 5_000;
const ASK_EVERY_MS = 20;
/** A Redis writes its file when it is told to end. */
const END_MS = 10_000;
/** Of a log, in the text of an error. */
const LAST_LINES = 4;

export interface DaemonContext {
  readonly clock: Clock;
  /** Fires with Ctrl-C. A server that starts meanwhile goes on. */
  readonly signal?: AbortSignal;
  /** What a person wants to read while it takes long. */
  readonly say?: (line: string) => void;
}

export interface Launch {
  readonly program: ServerProgram;
  /** Where its program is. */
  readonly path: string;
  readonly port: number;
  /** Its data and its log. */
  readonly dir: string;
  /** What stands before its command. */
  readonly prefix?: readonly string[];
  /** More arguments, after ours. */
  readonly args?: readonly string[];
  /** Its whole environment. @default that of this process */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** Starts a server in a session of its own, so that a Ctrl-C in the terminal does not end it. It does not answer yet. */
export function spawnServer({ program, path, port, dir, prefix = [], args = [], env }: Launch): ChildProcess {
  mkdirSync(dir, { recursive: true });
  const log = openSync(logOf(program, dir), 'w');
  const [command = path, ...rest] = [...prefix, path, ...program.argumentsFor(port, dir), ...args];
  const child = spawn(command, rest, { detached: true, stdio: ['ignore', log, log], env });
  closeSync(log);
  return child;
}

/** Starts a server that outlives this process. @throws CliError `CLUSTER_SERVER_FAILED` where its program cannot be run */
export async function launch(name: string, server: Launch): Promise<Member> {
  const child = spawnServer(server);
  child.unref();
  return memberOf(name, server.port, await pidOf(child));
}

/** Waits until a member does its work. @throws CliError `CLUSTER_SERVER_FAILED` */
export async function answering(
  member: Member,
  { program, dir }: Pick<Launch, 'program' | 'dir'>,
  context: DaemonContext,
): Promise<void> {
  const { clock, signal, say = () => {} } = context;
  const begun = clock.monotonic();
  let lastWord = begun;
  let lastSign = begun;
  for (;;) {
    const reply = await ask(member.port, program.question);
    if (reply.is === 'ready' && reply.pid === member.pid) return;
    const now = clock.monotonic();
    if (!isAlive(member)) throw failed(`${member.name} ended on port ${member.port}`, program, dir);
    if (reply.is === 'loading') lastSign = now;
    if (now - lastSign > (reply.is === 'silent' ? SILENT_MS : DEAF_MS))
      throw failed(`${member.name}, pid ${member.pid}, does not answer on port ${member.port}`, program, dir);
    if (now - lastWord >= WORD_EVERY_MS) {
      lastWord = now;
      say(`${member.name} ${wordFor(reply)}, since ${Math.round((now - begun) / 1000)} s`);
    }
    await pause(clock, ASK_EVERY_MS, signal);
  }
}

/** Ends a member: SIGTERM, and SIGKILL when that was not enough. False when it was not running. */
export async function end(member: Member, clock: Clock): Promise<boolean> {
  const { pid } = member;
  if (pid === undefined || !isAlive(member)) return false;
  // One that stands still would hear of it later.
  process.kill(pid, 'SIGCONT');
  process.kill(pid, 'SIGTERM');
  const patience = clock.monotonic() + END_MS;
  let killed = false;
  while (isAlive(member)) {
    if (!killed && clock.monotonic() > patience) {
      process.kill(pid, 'SIGKILL');
      killed = true;
    }
    await pause(clock, ASK_EVERY_MS);
  }
  return true;
}

function wordFor(reply: Reply): string {
  if (reply.is !== 'loading') return 'does not answer yet';
  return `reads its data${reply.percent === undefined ? '' : `, ${reply.percent} percent so far`}`;
}

function failed(what: string, program: ServerProgram, dir: string): CliError {
  const file = logOf(program, dir);
  let words = '';
  try {
    words = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('; ');
  } catch {
    // It has not said anything.
  }
  return failure(`Expected a server that works; ${what}. The end of ${file}: ${words}`);
}

function logOf(program: ServerProgram, dir: string): string {
  return join(dir, `${program.name}.log`);
}

/** A program that cannot be run at all has no pid. */
function pidOf(child: ChildProcess): Promise<number> {
  const { pid } = child;
  if (pid !== undefined) return Promise.resolve(pid);
  return new Promise((_, reject) => {
    child.once('error', (cause) => reject(failure(`Expected to run ${child.spawnfile}: ${cause.message}.`, cause)));
  });
}

function failure(text: string, cause?: Error): CliError {
  return new CliError('CLUSTER_SERVER_FAILED', text, { cause });
}
