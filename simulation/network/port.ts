import type { Actor } from './actor.js';

/** A connection, as the port sees it. */
export interface Caller {
  /** The server's process died; its kernel says so. */
  hangUp(): void;
}

/** Where a server is reached. The process behind it may be another one later. */
export class Port {
  /** Without power nobody refuses a connection either. */
  powered = true;
  readonly #wires = new Set<Caller>();
  #actor: Actor | undefined;

  constructor(readonly name: string) {}

  /** The server's process, when there is one. */
  get actor(): Actor | undefined {
    return this.#actor;
  }

  listen(actor: Actor): void {
    this.#actor = actor;
    this.powered = true;
  }

  /** Its process ends. With its host: nobody is told. */
  die(withHost: boolean): void {
    this.#actor?.die();
    this.#actor = undefined;
    this.powered = !withHost;
    for (const wire of [...this.#wires]) if (!withHost) wire.hangUp();
  }

  join(wire: Caller): void {
    this.#wires.add(wire);
  }

  leave(wire: Caller): void {
    this.#wires.delete(wire);
  }
}
