import type { VirtualTime } from '../time/virtual-time.js';
import type { Actor } from './actor.js';
import { Pipe } from './pipe.js';
import type { Caller, Port } from './port.js';
import type { Route } from './route.js';

/** What the client's side is told. Each at most once; `onClosed` not after `destroy`. */
export interface WireEnds {
  readonly onOpen: () => void;
  readonly onClosed: (reason: string) => void;
}

/**
 * One TCP connection, as a client makes it: **dialling**, then **open** (a stopped server's kernel accepts too), then **closed** by
 * either side or by a cut. What a client sent before it closed may still arrive, and what arrived in front of a stopped
 * server is done when that goes on.
 */
export class Wire implements Caller {
  readonly #client: Actor;
  readonly #port: Port;
  readonly #route: Route;
  readonly #ends: WireEnds;
  readonly #up: Pipe;
  readonly #down: Pipe;
  readonly #onCut = (): void => this.#wasCut();
  #server: Actor | undefined;
  #clientClosed = false;
  #serverClosed = false;

  constructor(time: VirtualTime, client: Actor, port: Port, route: Route, ends: WireEnds) {
    this.#client = client;
    this.#port = port;
    this.#route = route;
    this.#ends = ends;
    this.#up = new Pipe(time, route, 'up');
    this.#down = new Pipe(time, route, 'down');
    route.onCut(this.#onCut);
    this.#up.send(() => this.#arrived());
  }

  /** Client to server. */
  send(run: () => void): void {
    if (this.#clientClosed) return;
    this.#up.send(() => {
      const server = this.#server;
      if (server === undefined) return;
      if (server.died) this.#reset();
      else server.act(() => this.#serverClosed || run());
    });
  }

  /** Server to client. */
  reply(run: () => void): void {
    if (this.#serverClosed) return;
    this.#down.send(() => this.#client.act(() => this.#clientClosed || run()));
  }

  /** The server ends the connection, or its process does by dying; what it sent before arrives first. */
  hangUp(): void {
    if (this.#serverClosed) return;
    this.#serverClosed = true;
    this.#port.leave(this);
    this.#down.send(() => this.#close('the server closed the connection'));
  }

  /** The client ends it, or its process does by dying. */
  destroy(): void {
    if (this.#clientClosed) return;
    this.#clientClosed = true;
    this.#route.offCut(this.#onCut);
    if (!this.#route.getsThrough()) this.#up.drop();
    this.#up.send(() => this.#endSession());
    this.#down.close();
  }

  /** The client's host went down: nothing of it arrives any more. */
  silence(): void {
    this.#route.offCut(this.#onCut);
    this.#clientClosed = true;
    this.#up.close();
    this.#down.close();
  }

  #arrived(): void {
    const { actor, powered } = this.#port;
    if (!powered) return;
    if (actor === undefined) {
      this.#down.send(() => this.#close('the connection was refused'));
      return;
    }
    this.#server = actor;
    this.#port.join(this);
    this.#down.send(() => this.#client.act(() => this.#clientClosed || this.#ends.onOpen()));
  }

  /** A message came for a server that is no more. */
  #reset(): void {
    if (this.#port.powered) this.#down.send(() => this.#close('the connection was reset'));
  }

  #close(reason: string): void {
    this.#up.close();
    this.#down.close();
    this.#route.offCut(this.#onCut);
    this.#client.act(() => {
      if (this.#clientClosed) return;
      this.#clientClosed = true;
      this.#ends.onClosed(reason);
    });
  }

  #wasCut(): void {
    this.#endSession();
    this.#close('the connection was cut');
  }

  #endSession(): void {
    this.#up.close();
    const server = this.#server;
    server?.act(() => {
      if (this.#serverClosed) return;
      this.#serverClosed = true;
      this.#port.leave(this);
    });
  }
}
