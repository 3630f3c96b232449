import type { Clock } from '../base/clock.js';
import type { LaneSigns } from '../base/vital-signs.js';
import type { Node } from '../cluster/node.js';
import { Lane, type LaneOwner } from './lane.js';

/** The lanes of a tube, one for each node. */
export class Lanes {
  readonly #lanes: readonly Lane[];

  constructor(nodes: readonly Node[], tube: string, owner: LaneOwner, clock: Clock) {
    this.#lanes = nodes.map((node) => new Lane(node, tube, owner, clock));
  }

  get signs(): readonly LaneSigns[] {
    return this.#lanes.map(({ signs }) => signs);
  }

  /** True when nothing is here, and no answer is waited for but those of reserves. */
  get idle(): boolean {
    return this.#lanes.every(({ idle }) => idle);
  }

  /** True when no answer is waited for. */
  get quiet(): boolean {
    return this.#lanes.every(({ pending }) => pending === 0);
  }

  start(): void {
    for (const lane of this.#lanes) lane.start();
  }

  /** Reserves no more; what is held stays held. */
  stop(): void {
    for (const lane of this.#lanes) lane.stop();
  }

  /** There may be room again. */
  wake(): void {
    for (const lane of this.#lanes) lane.wake();
  }

  touchHeld(now: number): void {
    for (const lane of this.#lanes) lane.touchHeld(now);
  }

  /** Closing a lane gives its copies back faster than any release, which might wait behind its blocking reserve. */
  closeUnneeded(): void {
    for (const lane of this.#lanes) if (!lane.isNeeded((copy) => copy.job?.state === 'left')) lane.close();
  }

  close(): void {
    for (const lane of this.#lanes) lane.close();
  }
}
