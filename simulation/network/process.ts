import type { Clock, Timer } from '../../lib/core/base/clock.js';
import type { Chance } from '../time/chance.js';
import type { HostClock } from '../time/host-clock.js';
import type { VirtualTime } from '../time/virtual-time.js';
import { Actor } from './actor.js';
import type { Port } from './port.js';
import type { Route } from './route.js';
import { Wire, type WireEnds } from './wire.js';

/** Node's timers may be this much late, and know no part of a millisecond. */
const TIMER_LATE_MS = 1.2;

/** A connection to a node, and its road. */
interface Connection {
  destroy(): void;
}
interface Silenced {
  loseProcess(): void;
}

/** An application's process: what the library sees of the machine it runs on. */
export class Process extends Actor implements Clock {
  readonly #time: VirtualTime;
  readonly #host: HostClock;
  readonly #chance: Chance;
  readonly #routes: (port: Port) => Route;
  readonly #wires = new Set<Wire>();
  readonly #connections = new Map<Connection, Silenced>();
  readonly #bootedAt: number;
  #timers = 0;

  constructor(name: string, time: VirtualTime, host: HostClock, chance: Chance, routes: (port: Port) => Route) {
    super(name, time);
    this.#time = time;
    this.#host = host;
    this.#chance = chance;
    this.#routes = routes;
    this.#bootedAt = time.now - chance.between(0, 1_000);
  }

  /** Timers that are set and connections that are open: 0 when nothing is left behind. */
  get open(): { readonly timers: number; readonly wires: number } {
    return { timers: this.#timers, wires: this.#wires.size + this.#connections.size };
  }

  now(): number {
    return this.#host.now();
  }

  monotonic(): number {
    return this.#time.now - this.#bootedAt;
  }

  after(ms: number, run: () => void): Timer {
    this.#timers++;
    let over = false;
    const end = (): boolean => {
      if (over) return false;
      over = true;
      this.#timers--;
      return true;
    };
    const late = TIMER_LATE_MS * this.#chance.next() ** 2;
    const happening = this.#time.after(Math.max(1, Math.trunc(ms)) + late, () => {
      this.act(() => {
        if (end()) run();
      });
    });
    return {
      cancel: () => {
        if (end()) happening.run = undefined;
      },
    };
  }

  /** Resolves in it, once so much time has gone by. No timer of the library's. */
  pass(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#time.after(ms, () => this.act(resolve));
    });
  }

  defer(run: () => void): void {
    this.#time.soon(() => this.act(run));
  }

  dial(port: Port, ends: WireEnds): Wire {
    const wire = new Wire(this.#time, this, port, this.#routes(port), {
      ...ends,
      onClosed: (reason) => {
        this.#wires.delete(wire);
        ends.onClosed(reason);
      },
    });
    this.#wires.add(wire);
    return wire;
  }

  hangUp(wire: Wire): void {
    if (this.#wires.delete(wire)) wire.destroy();
  }

  opened(connection: Connection, link: Silenced): void {
    this.#connections.set(connection, link);
  }

  left(connection: Connection): void {
    this.#connections.delete(connection);
  }

  /** Ends as by kill -9, and its kernel closes what it had open; or with its host, and nobody is told. */
  override die(withHost = false): void {
    if (this.died) return;
    super.die();
    for (const wire of this.#wires) {
      if (withHost) wire.silence();
      wire.destroy();
    }
    this.#wires.clear();
    for (const [connection, link] of [...this.#connections]) {
      if (withHost) link.loseProcess();
      connection.destroy();
    }
  }
}
