import type { Chance } from '../time/chance.js';

export type Direction = 'up' | 'down';

/** What goes this way, as the way sees it. */
export interface Traffic {
  readonly direction: Direction;
  /** The way is open again. */
  resume(): void;
}

/** What lies between one process and one server. Up is to the server. */
export class Route {
  /** Added to each way, at most; 0 on a healthy network. */
  slowMs = 0;
  readonly #chance: Chance;
  readonly #pipes = new Set<Traffic>();
  readonly #blocked = { up: false, down: false };
  readonly #cuts = new Set<() => void>();
  readonly #usualMs: number;

  constructor(chance: Chance) {
    this.#chance = chance;
    this.#usualMs = chance.between(0.05, 0.5);
  }

  /** How long one message takes, one way. */
  travelMs(): number {
    const jitter = this.#chance.next() ** 4;
    return this.#usualMs * (1 + 8 * jitter) + (this.slowMs === 0 ? 0 : this.slowMs * this.#chance.next());
  }

  /** Whether something that is on its way when its sender goes gets through. */
  getsThrough(): boolean {
    return this.#chance.happens(0.5);
  }

  /** How long TCP takes to notice that a way is open again. */
  retransmitMs(): number {
    return this.#chance.between(0, 400);
  }

  isBlocked(direction: Direction): boolean {
    return this.#blocked[direction];
  }

  /** Nothing arrives any more, and nobody is told. */
  block(direction: Direction): void {
    this.#blocked[direction] = true;
  }

  /** What was held up goes on. */
  unblock(direction: Direction): void {
    if (!this.#blocked[direction]) return;
    this.#blocked[direction] = false;
    for (const pipe of this.#pipes) if (pipe.direction === direction) pipe.resume();
  }

  /** Breaks every connection at once; both ends are told. */
  cut(): void {
    for (const cut of [...this.#cuts]) cut();
  }

  join(pipe: Traffic): void {
    this.#pipes.add(pipe);
  }

  leave(pipe: Traffic): void {
    this.#pipes.delete(pipe);
  }

  onCut(cut: () => void): void {
    this.#cuts.add(cut);
  }

  offCut(cut: () => void): void {
    this.#cuts.delete(cut);
  }
}
