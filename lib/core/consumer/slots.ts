import type { DqRunning } from '../base/vital-signs.js';
import type { Run } from './run.js';
import type { TubeParts } from './tube-parts.js';

type SlotsParts = Pick<TubeParts, 'settings' | 'handler' | 'clock' | 'report'>;

/** Handlers that are quick as a rule take no longer, and those that are not may say so by a `timeout`. */
const STUCK_MS = 30_000;

/**
 * The slots of one tube in this process, and the runs that take them. Tells when the tube stands still: every slot is taken, each by a handler
 * that has run for 30 s. Told once, until a slot is free again. A tube with a `timeout` is let be: that frees its slots, and says how
 * long its handlers may take.
 */
export class Slots {
  readonly #parts: SlotsParts;
  /** In the order in which they began. */
  readonly #running = new Set<Run>();
  #told = false;

  constructor(parts: SlotsParts) {
    this.#parts = parts;
  }

  get running(): ReadonlySet<Run> {
    return this.#running;
  }

  /** As the inspector shows them. */
  get state(): DqRunning {
    const { name: tube, concurrency } = this.#parts.settings;
    const [first] = this.#running;
    const oldest = first && {
      id: first.id,
      attempt: first.attempt,
      startedAt: new Date(this.#parts.clock.now() - this.#ranMs(first)),
    };
    return { tube, handler: this.#parts.handler.name, running: this.#running.size, concurrency, oldest };
  }

  take(run: Run): void {
    this.#running.add(run);
  }

  /** Returns the milliseconds for which it was taken. */
  free(run: Run): number {
    this.#running.delete(run);
    this.#told = false;
    return this.#ranMs(run);
  }

  /** Milliseconds for which no slot has been free and nothing ended; undefined when one is free. To be asked every now and then. */
  stuckMs(): number | undefined {
    const { concurrency, timeoutMs } = this.#parts.settings;
    const [first] = this.#running;
    if (first === undefined || this.#running.size < concurrency) return undefined;
    let youngest = Infinity;
    for (const run of this.#running) youngest = Math.min(youngest, this.#ranMs(run));
    if (youngest >= STUCK_MS && !this.#told && timeoutMs === undefined) this.#tell(first);
    return youngest;
  }

  #tell(first: Run): void {
    this.#told = true;
    const { settings, handler, report } = this.#parts;
    const { id, attempt } = first;
    report({
      type: 'handlers-stuck',
      tube: settings.name,
      handler: handler.name,
      running: this.#running.size,
      overMs: STUCK_MS,
      id,
      attempt,
      ranMs: Math.round(this.#ranMs(first)),
    });
  }

  #ranMs({ startedAt }: Run): number {
    return this.#parts.clock.monotonic() - startedAt;
  }
}
