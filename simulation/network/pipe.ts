import type { VirtualTime } from '../time/virtual-time.js';
import type { Direction, Route, Traffic } from './route.js';

/** One direction of a TCP connection: what is sent arrives in order, late, or not at all. */
export class Pipe implements Traffic {
  readonly direction: Direction;
  readonly #time: VirtualTime;
  readonly #route: Route;
  #held: (() => void)[] = [];
  #onWay: { run: (() => void) | undefined }[] = [];
  #last = 0;
  #closed = false;

  constructor(time: VirtualTime, route: Route, direction: Direction) {
    this.#time = time;
    this.#route = route;
    this.direction = direction;
    route.join(this);
  }

  send(arrive: () => void): void {
    if (this.#closed) return;
    const parcel: { run: (() => void) | undefined } = { run: arrive };
    this.#onWay.push(parcel);
    this.#last = Math.max(this.#last, this.#time.now + this.#route.travelMs());
    this.#time.at(this.#last, () => this.#arrived(parcel));
  }

  /** What has not arrived yet never will. */
  drop(): void {
    for (const parcel of this.#onWay) parcel.run = undefined;
    this.#held = [];
  }

  /** As {@link drop}, and what was sent last arrives all the same. */
  dropAllButLast(): void {
    const last = this.#onWay.at(-1);
    const sent = last?.run;
    const held = this.#held.at(-1);
    this.drop();
    if (last !== undefined) last.run = sent;
    else if (held !== undefined) this.#held.push(held);
  }

  /** The way is open again. */
  resume(): void {
    if (this.#held.length === 0) return;
    this.#last = Math.max(this.#last, this.#time.now + this.#route.retransmitMs());
    this.#time.at(this.#last, () => {
      if (this.#route.isBlocked(this.direction)) return;
      const held = this.#held;
      this.#held = [];
      for (const run of held) this.#time.soon(run);
    });
  }

  close(): void {
    this.#closed = true;
    this.drop();
    this.#route.leave(this);
  }

  #arrived(parcel: { run: (() => void) | undefined }): void {
    this.#onWay.splice(this.#onWay.indexOf(parcel), 1);
    const { run } = parcel;
    if (run === undefined) return;
    // What comes behind something held up waits too, even if the way is open again by then.
    if (this.#route.isBlocked(this.direction) || this.#held.length > 0) this.#held.push(run);
    else run();
  }
}
