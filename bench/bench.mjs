// @ts-check
import { Side } from './side.mjs';

/** @typedef {import('./side.mjs').SideName} SideName */
/** @typedef {import('./installation.mjs').Installation} Installation */

/**
 * One run of the bench, as the figures see it.
 */
export class Bench {
  /** @type {Map<string, Side>} */
  #sides = new Map();
  /** Where our own processes spent their time, by figure. @type {Map<string, import('./load/profile.mjs').Profiles>} */
  profiles = new Map();

  /**
   * @param {Installation} installation
   * @param {{ quick: boolean, profile: boolean, tell: (text: string) => void }} options
   */
  constructor(installation, { quick, profile, tell }) {
    this.installation = installation;
    this.quick = quick;
    this.profile = profile;
    this.tell = tell;
  }

  /**
   * A side's process, started when first asked for. `role` tells its processes apart, such as a producer and a consumer.
   *
   * @param {SideName} name
   * @param {string} role
   */
  side(name, role) {
    const key = `${name} ${role}`;
    let side = this.#sides.get(key);
    if (side === undefined) {
      side = new Side(name);
      this.#sides.set(key, side);
    }
    return side;
  }

  /** Ends every side's process: the next figure begins with new ones. */
  async endSides() {
    const sides = [...this.#sides.values()];
    this.#sides.clear();
    await Promise.all(sides.map((side) => side.end()));
  }

  /**
   * Measures the sides by turns, several rounds, each round in another order. The first round only warms up, and is not
   * counted.
   *
   * @template Value
   * @template {SideName} Name
   * @param {{ figure: string, sides: readonly Name[], rounds: number, warmUp?: boolean }} plan
   * @param {(side: Name, round: number) => Promise<Value>} measure round 0 is the warm-up
   * @returns {Promise<Record<Name, Value[]>>}
   */
  async alternate({ figure, sides, rounds, warmUp = true }, measure) {
    const values = /** @type {Record<Name, Value[]>} */ ({});
    for (const side of sides) values[side] = [];
    for (let round = warmUp ? 0 : 1; round <= rounds; round += 1) {
      for (let turn = 0; turn < sides.length; turn += 1) {
        const side = /** @type {Name} */ (sides[(round + turn) % sides.length]);
        this.tell(`${figure}: ${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}, ${side}`);
        const value = await measure(side, round);
        if (round > 0) values[side].push(value);
      }
    }
    return values;
  }
}
