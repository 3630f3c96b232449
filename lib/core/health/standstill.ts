import type { Clock, Timer } from '../base/clock.js';
import type { LaneSigns, Vital, VitalSigns } from '../base/vital-signs.js';

const TICK_MS = 1_000;
/** Beside the longest reserve and the command deadline. */
const GRACE_MS = 2_000;
/** How long jobs may wait for a claim that could be asked for. */
const CLAIM_MS = 10_000;

/** Something that counts up, and for how many ticks it has not although it could. */
interface Still {
  count: number;
  ticks: number;
}

/**
 * Whether consumers stand still although they could go on. Once a second it looks at what they count up by themselves: answers of each
 * lane, claims of each tube. A second in which the whole process stood still counts as one, so that its end is no false alarm. Nothing
 * is measured where nobody asks.
 */
export class Standstill {
  readonly #consumers: ReadonlyMap<string, Vital>;
  readonly #clock: Clock;
  readonly #commandDeadlineMs: number;
  readonly #stills = new Map<string, Still>();
  #timer: Timer | undefined;
  #closed = false;

  constructor(consumers: ReadonlyMap<string, Vital>, clock: Clock, commandDeadlineMs: number) {
    this.#consumers = consumers;
    this.#clock = clock;
    this.#commandDeadlineMs = commandDeadlineMs;
  }

  /** Looks from now on. */
  watch(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = this.#clock.after(TICK_MS, () => {
      this.#timer = undefined;
      this.#look();
      this.watch();
    });
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** What stands still in a consumer; empty when nothing does. */
  reasons({ tube, lanes, claimable }: VitalSigns): readonly string[] {
    const silent = lanes.filter((lane) => this.#stoodMs(laneKey(tube, lane)) >= this.#longestMs(lane));
    const reasons = silent.map(({ node }) => `tube "${tube}" takes no jobs from node ${node}, which is up`);
    if (this.#stoodMs(claimKey(tube)) >= CLAIM_MS)
      reasons.push(`tube "${tube}" claims none of ${claimable} job(s) that are due, although slots are free`);
    return reasons;
  }

  #look(): void {
    for (const { signs } of this.#consumers.values()) {
      this.#note(claimKey(signs.tube), signs.claims, signs.claimable > 0);
      for (const lane of signs.lanes) this.#note(laneKey(signs.tube, lane), lane.answers, lane.able);
    }
  }

  #note(key: string, count: number, able: boolean): void {
    const still = this.#stills.get(key);
    if (still !== undefined && able && still.count === count) still.ticks++;
    else this.#stills.set(key, { count, ticks: 0 });
  }

  #stoodMs(key: string): number {
    return (this.#stills.get(key)?.ticks ?? 0) * TICK_MS;
  }

  #longestMs({ longestReserve }: LaneSigns): number {
    return longestReserve * 1_000 + this.#commandDeadlineMs + GRACE_MS;
  }
}

function laneKey(tube: string, { node }: LaneSigns): string {
  return `${tube} ${node}`;
}

function claimKey(tube: string): string {
  return `${tube} `;
}
