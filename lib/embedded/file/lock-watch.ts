import { lstatSync, readFileSync } from 'node:fs';
import type { Clock } from '../../core/base/clock.js';

/** A holder that has not touched its lock for so long is taken to be dead: five beats of it. */
export const SILENT_AFTER_MS = 10_000;
const LOOK_EVERY_MS = 250;

/**
 * Watches the lock of a process that cannot be seen from here, another container's or another machine's: as long as that one
 * runs, it touches the lock. What counts is that its time moves while we look; two machines' clocks need not agree.
 */
export class LockWatch {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #sleep: (ms: number) => void;
  /** When it last moved before our eyes, on the monotonic clock. */
  #movedAt = -Infinity;

  constructor(path: string, clock: Clock, sleep: (ms: number) => void = block) {
    this.#path = path;
    this.#clock = clock;
    this.#sleep = sleep;
  }

  /** It moved such a short time ago that looking again would say nothing new. */
  get justMoved(): boolean {
    return this.#clock.monotonic() - this.#movedAt < SILENT_AFTER_MS;
  }

  /** Blocks for ten seconds, less when it moves or is taken away. False when it moved. */
  isSilent(): boolean {
    const first = this.#look();
    // Looks are counted, not the time: a process that stood still itself has seen nothing.
    for (let left = SILENT_AFTER_MS; left > 0; left -= LOOK_EVERY_MS) {
      this.#sleep(LOOK_EVERY_MS);
      const now = this.#look();
      if (now === undefined) return true;
      if (now === first) continue;
      this.#movedAt = this.#clock.monotonic();
      return false;
    }
    return true;
  }

  #look(): string | undefined {
    try {
      return `${lstatSync(this.#path).mtimeMs} ${readFileSync(this.#path, 'utf8')}`;
    } catch {
      return undefined;
    }
  }
}

/** The file is opened in one turn, so that an application that must not have it does not start. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
