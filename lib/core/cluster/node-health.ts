import type { Clock } from '../clock.js';
import type { DqError } from '../errors/dq.error.js';
import type { Report } from '../events.js';

const FIRST_REST_MS = 100;
const LONGEST_REST_MS = 5_000;

/**
 * Whether a node can be counted on. It is **up** until a connection to it fails, then **resting** for a time that doubles
 * with each failure (100 ms to 5 s, less a random part), then asked again: one success makes it up. A TCP connect is no
 * success (a stopped process accepts connections); an answered command is.
 */
export class NodeHealth {
  #failures = 0;
  #restUntil = 0;
  #lostAt: number | undefined;
  #reached = false;

  constructor(
    readonly endpoint: string,
    readonly clock: Clock,
    readonly random: () => number,
    readonly report: Report,
  ) {}

  get up(): boolean {
    return this.#lostAt === undefined;
  }

  /** Milliseconds until the node may be asked again; 0 when now. */
  get rest(): number {
    return this.#failures === 0 ? 0 : Math.max(0, this.#restUntil - this.clock.monotonic());
  }

  failed(error: DqError): void {
    // Connections that die together are one failure, not many.
    if (this.rest > 0) return;
    const longest = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures++;
    this.#restUntil = this.clock.monotonic() + longest * (0.75 + 0.25 * this.random());
    if (this.#lostAt !== undefined) return;
    this.#lostAt = this.clock.monotonic();
    this.report({ type: 'node-lost', node: this.endpoint, reason: error.message, reached: this.#reached });
  }

  answered(): void {
    this.#reached = true;
    if (this.#failures === 0) return;
    this.#failures = 0;
    if (this.#lostAt === undefined) return;
    const awayMs = Math.round(this.clock.monotonic() - this.#lostAt);
    this.#lostAt = undefined;
    this.report({ type: 'node-back', node: this.endpoint, awayMs });
  }
}
