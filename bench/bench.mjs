// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { touchMemory } from './memory.mjs';
import { Side } from './side.mjs';

/** @typedef {import('./side.mjs').SideName} SideName */
/** @typedef {import('./installation.mjs').Installation} Installation */

/** More than a second of any figure takes on all servers. */
const TOUCHED_MIB = 500;
const TOUCHED_QUICK_MIB = 100;
/** For jobs to run. */
const LONGEST_MS = 60_000;

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
    await Promise.all(sides.map((side) => side.kill()));
  }

  /** To be called right before what is measured, so that all sides find memory in the same state. */
  async settleMemory() {
    await touchMemory(this.quick ? TOUCHED_QUICK_MIB : TOUCHED_MIB);
  }

  /**
   * V8 collects garbage seconds after a process has become idle, which is another side's turn by then.
   *
   * @param {SideName} turn
   */
  #onlyRun(turn) {
    for (const side of this.#sides.values()) {
      if (side.name === turn) side.resume();
      else side.pause();
    }
  }

  /**
   * Empties the servers of a side.
   *
   * @param {SideName} name
   * @returns what its processes are told to open, and two of them
   */
  async fresh(name) {
    await this.installation.empty(name);
    const target = this.installation.target(name);
    return { target, producer: this.side(name, 'producer'), consumer: this.side(name, 'consumer') };
  }

  /**
   * Waits until so many jobs have run.
   *
   * @param {readonly Side[]} consumers
   * @param {number} jobs
   * @param {number} [everyMs] how often they are asked
   * @returns when the first job and the last one began
   */
  async ran(consumers, jobs, everyMs = 25) {
    const end = performance.now() + LONGEST_MS;
    for (;;) {
      const all = await Promise.all(consumers.map((consumer) => consumer.call('progress')));
      const runs = all.reduce((sum, one) => sum + one.runs, 0);
      const began = all.filter((one) => one.runs > 0);
      if (runs >= jobs) {
        return {
          firstAt: Math.min(...began.map((one) => one.firstAt)),
          lastAt: Math.max(...began.map((one) => one.lastAt)),
        };
      }
      if (performance.now() > end) throw new Error(`only ${runs} of ${jobs} jobs ran within ${LONGEST_MS / 1000} s`);
      await sleep(everyMs);
    }
  }

  /**
   * Measures the sides by turns, several rounds, each round in another order. The first ones only warm up, and are not
   * counted. Then every side's process is ended.
   *
   * @template Value
   * @template {SideName} Name
   * @param {{ figure: string, sides: readonly Name[], rounds: number, warmUps?: number }} plan
   * @param {(side: Name, round: number) => Promise<Value>} measure the first round that counts is 1
   * @returns {Promise<Record<Name, Value[]>>}
   */
  async alternate({ figure, sides, rounds, warmUps = 1 }, measure) {
    const values = /** @type {Record<Name, Value[]>} */ ({});
    for (const side of sides) values[side] = [];
    for (let round = 1 - warmUps; round <= rounds; round += 1) {
      for (let turn = 0; turn < sides.length; turn += 1) {
        const side = /** @type {Name} */ (sides[(round + warmUps + turn) % sides.length]);
        this.tell(`${figure}: ${round < 1 ? 'warm-up' : `round ${round} of ${rounds}`}, ${side}`);
        this.#onlyRun(side);
        const value = await measure(side, round);
        if (round > 0) values[side].push(value);
      }
    }
    await this.endSides();
    return values;
  }
}
