import type { VirtualTime } from '../time/virtual-time.js';

/**
 * Something that runs: an application's process, or a server. While it is **stopped** (SIGSTOP, or its event loop is held) what
 * should happen in it waits, in order. When it has **died**, nothing happens in it any more.
 */
export class Actor {
  readonly #time: VirtualTime;
  #died = false;
  #stopped = false;
  #backlog: (() => void)[] = [];

  constructor(
    readonly name: string,
    time: VirtualTime,
  ) {
    this.#time = time;
  }

  get died(): boolean {
    return this.#died;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Something happens in it, now or when it goes on. */
  act(run: () => void): void {
    if (this.#died) return;
    if (this.#stopped) this.#backlog.push(run);
    else run();
  }

  stop(): void {
    if (!this.#died) this.#stopped = true;
  }

  /** Goes on with what waited, one event after the other. */
  go(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    const backlog = this.#backlog;
    this.#backlog = [];
    for (const run of backlog) this.#time.soon(() => this.act(run));
  }

  die(): void {
    this.#died = true;
    this.#stopped = false;
    this.#backlog = [];
  }
}
