// Who may have the file of an embedded queue, where processes cannot all see each other.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DqFileError, DqFileInUseError } from '../../../lib/core/errors/file.errors.js';
import { FileLock } from '../../../lib/embedded/file/file-lock.js';
import { processPlace } from '../../../lib/embedded/file/process-place.js';
import { root } from '../../../scripts/root.mjs';
import { QueueFolder } from '../../support/embedded-app.js';
import { ManualClock } from '../../support/manual-clock.js';

const NO_PROCESS = 2 ** 22 + 1;

/** Its time goes by, and no timer is called: work blocks. */
class StandingClock extends ManualClock {
  blockedMs = 0;

  override monotonic(): number {
    return super.monotonic() + this.blockedMs;
  }
}

let folder: QueueFolder;
let clock: ManualClock;
/** Milliseconds for which a newcomer blocked. */
let slept: number;
let locks: FileLock[];

beforeEach(() => {
  folder = new QueueFolder();
  clock = new ManualClock();
  slept = 0;
  locks = [];
});

afterEach(() => {
  for (const lock of locks) lock.release();
  expect(clock.timers).toBe(0);
  folder.remove();
});

/** A lock of a process in its own place, if one is named; `meanwhile` happens at each look while it blocks. */
function lockIn(place?: string, meanwhile: () => void = () => {}): FileLock {
  const sleep = (ms: number): void => {
    slept += ms;
    meanwhile();
  };
  const lock = new FileLock(folder.file, clock, { place, sleep });
  locks.push(lock);
  return lock;
}

function leave(holder: object): void {
  writeFileSync(folder.lock, JSON.stringify({ host: hostname(), place: processPlace(), ...holder }));
}

const mtime = (): number => statSync(folder.lock).mtimeMs;

function touch(): void {
  const now = mtime() / 1000 + 2;
  utimesSync(folder.lock, now, now);
}

describe('a lock of a process that can be seen', () => {
  it.each([
    ['is gone', { pid: NO_PROCESS, start: '' }],
    ['has another start than the one with its pid', { pid: process.pid, start: 'another boot 1' }],
  ])('is taken over without a wait when that one %s', (_, holder) => {
    leave(holder);
    expect(lockIn().take()).toBe(false);
    expect(slept).toBe(0);
  });

  it('is refused without a wait while that one runs', () => {
    lockIn().take();
    expect(() => lockIn().take()).toThrow(DqFileInUseError);
    expect(slept).toBe(0);
  });

  it('is refused within one process without the advice to remove it, which would take the file from its holder', () => {
    lockIn().take();
    expect(() => lockIn().take()).toThrow(
      new RegExp(
        `^Expected to be the only one with ${folder.file}, but this process has it open already\\. .* of its own\\.$`,
      ),
    );
  });

  it('is refused with who has it when that is another process', () => {
    leave({ pid: process.ppid, start: '' });
    expect(() => lockIn().take()).toThrow(
      `but process ${process.ppid} on ${hostname()} has it. Stop that one, or give each process a file of its own. ` +
        `If it runs no more, remove ${folder.lock}.`,
    );
  });
});

describe.each([
  ['in another namespace of pids', { pid: NO_PROCESS, place: 'boot pid:[1]', start: '' }],
  ['in another namespace, whose pid is another one here', { pid: process.pid, place: 'boot pid:[1]', start: 'boot 1' }],
  ['on another host', { pid: NO_PROCESS, host: 'elsewhere.invalid', start: '' }],
  ['that does not say where it is', { pid: NO_PROCESS, place: undefined, start: '' }],
])('a lock of a process %s', (_, holder) => {
  it('is refused once it is touched, and not watched again for a while', () => {
    leave(holder);
    let looks = 0;
    const newcomer = lockIn(undefined, () => {
      if (++looks % 8 === 0) touch();
    });
    expect(() => newcomer.take()).toThrow(DqFileInUseError);
    expect(() => newcomer.take()).toThrow(/process \d+ on .* has it.*remove .*\.lock/);
    expect(slept).toBe(2_000);
    clock.pass(10_000);
    expect(() => newcomer.take()).toThrow(DqFileInUseError);
    expect(slept).toBe(4_000);
    expect(JSON.parse(readFileSync(folder.lock, 'utf8'))).toMatchObject({ pid: holder.pid });
  });

  it('is taken over when nobody touches it for ten seconds', () => {
    leave(holder);
    const watched: string[] = [];
    const newcomer = lockIn();
    expect(newcomer.take((who) => watched.push(who))).toBe(true);
    expect(slept).toBe(10_000);
    expect(watched).toEqual([expect.stringMatching(/^process \d+ on /)]);
    expect(newcomer.held).toBe(true);
    expect(readdirSync(folder.dir)).toEqual(['jobs.lock']);
  });
});

it('a lock that is let go while it is watched is taken at once', () => {
  leave({ pid: NO_PROCESS, host: 'elsewhere.invalid' });
  lockIn(undefined, () => rmSync(folder.lock)).take();
  expect(slept).toBeLessThan(1_000);
});

describe('a lock that cannot be read', () => {
  it('may be one that is being made', () => {
    writeFileSync(folder.lock, '');
    const whole = JSON.stringify({ pid: process.pid, host: hostname(), place: processPlace(), start: '' });
    const newcomer = lockIn(undefined, () => writeFileSync(folder.lock, whole));
    expect(() => newcomer.take()).toThrow(DqFileInUseError);
    expect(readFileSync(folder.lock, 'utf8')).toBe(whole);
  });

  it('is taken over when it stays so', () => {
    writeFileSync(folder.lock, '{"pi');
    expect(lockIn().take()).toBe(true);
  });
});

describe('a holder', () => {
  it('touches its lock until it lets it go, so that nobody takes it over', () => {
    const holder = lockIn('here');
    holder.take();
    for (let beats = 0; beats < 3; beats++) {
      const last = mtime();
      clock.pass(2_000);
      expect(mtime()).not.toBe(last);
    }
    // Time goes by for both of them.
    const newcomer = lockIn('there', () => clock.pass(250));
    expect(() => newcomer.take()).toThrow(DqFileInUseError);
    holder.release();
    expect(clock.timers).toBe(0);
    expect(lockIn('there').take()).toBe(false);
  });

  it('touches it also from within work that blocks', () => {
    const standing = new StandingClock();
    const holder = new FileLock(folder.file, standing);
    locks.push(holder);
    holder.take();
    const made = mtime();
    holder.beat();
    expect(mtime()).toBe(made);
    standing.blockedMs = 2_000;
    holder.beat();
    expect(mtime()).not.toBe(made);
  });

  it('is told that its lock is not its own any more, and leaves the other one alone', () => {
    const holder = lockIn('here');
    holder.take();
    holder.check();
    // It stood still for so long that another one took over.
    const other = lockIn('there');
    expect(other.take()).toBe(true);
    expect(() => holder.check()).toThrow(DqFileError);
    expect(() => holder.check()).toThrow(/another process has taken its lock.*stop it/);
    other.check();
    holder.release();
    other.check();
    rmSync(folder.lock);
    expect(() => other.check()).toThrow(/its lock was removed/);
    writeFileSync(folder.lock, 'of somebody else');
    const made = mtime();
    clock.pass(2_000);
    expect(mtime()).toBe(made);
  });
});

it('a process that dies while it makes its lock leaves none', async () => {
  const script = `
    import { FileLock } from ${JSON.stringify(join(root, 'lib/embedded/file/file-lock.ts'))};
    import { systemClock } from ${JSON.stringify(join(root, 'lib/core/base/clock.ts'))};
    new FileLock(${JSON.stringify(folder.file)}, systemClock).take();
  `;
  const loader = join(root, 'harness', 'typescript-loader.mjs');
  const command = 'ulimit -f 0; exec "$0" --import "$1" --input-type module --eval "$2"';
  // No byte of a file may be written: it ends where it would write the first.
  const child = spawn('sh', ['-c', command, process.execPath, loader, script], { cwd: root, stdio: 'ignore' });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  expect(code === 0).toBe(false);
  expect([code, signal]).not.toEqual([null, 'SIGKILL']);
  expect(readdirSync(folder.dir)).not.toEqual([]);
  expect(existsSync(folder.lock)).toBe(false);
});
