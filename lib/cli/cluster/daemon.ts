import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../core/base/clock.js';
import { CliInterruptedError } from '../base/cli.errors.js';
import { ServerFailedError } from './cluster.errors.js';
import { isAlive, type Member } from './cluster-state.js';
import { processIdentity } from './process-identity.js';
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
  readonly signal: AbortSignal;
  /** What a person wants to read while it takes long. */
  readonly say: (line: string) => void;
}

/** Starts a server that outlives this process. It does not answer yet. */
export async function launch(name: string, { program, path, port, dir }: Launch): Promise<Member> {
  mkdirSync(dir, { recursive: true });
  const log = openSync(logOf(program, dir), 'w');
  // Its own session, so that a Ctrl-C in the terminal does not end it.
  const child = spawn(path, program.argumentsFor(port, dir), { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  const pid = await pidOf(child);
  return { name, port, pid, identity: processIdentity(pid) };
}

export interface Launch {
  readonly program: ServerProgram;
  /** Where its program is. */
  readonly path: string;
  readonly port: number;
  /** Its data and its log. */
  readonly dir: string;
}

/** Waits until a member does its work. @throws ServerFailedError */
export async function answering(member: Member, { program, dir }: Launch, context: DaemonContext): Promise<void> {
  const { clock, signal, say } = context;
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

function failed(what: string, program: ServerProgram, dir: string): ServerFailedError {
  const file = logOf(program, dir);
  let words = '';
  try {
    words = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('; ');
  } catch {
    // It has not said anything.
  }
  return new ServerFailedError(`Expected a server that works; ${what}. The end of ${file}: ${words}`);
}

function logOf(program: ServerProgram, dir: string): string {
  return join(dir, `${program.name}.log`);
}

/** A program that cannot be run at all has no pid. */
function pidOf(child: ChildProcess): Promise<number> {
  const { pid } = child;
  if (pid !== undefined) return Promise.resolve(pid);
  return new Promise((_, reject) => {
    child.once('error', (cause) =>
      reject(new ServerFailedError(`Expected to run ${child.spawnfile}: ${cause.message}.`, { cause })),
    );
  });
}

/** @throws CliInterruptedError when the signal fires */
function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    const stop = (): void => {
      timer.cancel();
      reject(new CliInterruptedError());
    };
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
  });
}
