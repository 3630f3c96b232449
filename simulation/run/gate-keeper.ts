import type { DqError } from '../../lib/core/errors/dq.error.js';
import type { DqRuntime } from '../../lib/core/runtime.js';
import type { History } from '../history/history.js';
import type { Process } from '../network/process.js';
import type { PlannedPause } from '../plan/plan.js';
import type { VirtualTime } from '../time/virtual-time.js';

const ASK_AGAIN_MS = 500;
const MOST_TRIES = 20;

/** The part of an application that pauses tubes and resumes them. */
export class GateKeeper {
  readonly #name: string;
  readonly #runtime: DqRuntime;
  readonly #process: Process;
  readonly #time: VirtualTime;
  readonly #record: History;
  #said = 0;
  #pausing: Promise<unknown> = Promise.resolve();

  constructor(name: string, runtime: DqRuntime, process: Process, time: VirtualTime, record: History) {
    this.#name = name;
    this.#runtime = runtime;
    this.#process = process;
    this.#time = time;
    this.#record = record;
  }

  async pause({ tube, forMs }: PlannedPause): Promise<void> {
    const said = this.#say(tube, 'pause', forMs);
    this.#pausing = Promise.all([this.#pausing, said]);
    await said;
  }

  /** What was asked for is there, or was refused: whoever waits for a pause has a timer, also when its application closes. */
  async answered(): Promise<void> {
    await this.#pausing;
  }

  /** Says so until it is answered. */
  async resume({ tube }: PlannedPause): Promise<void> {
    for (let tries = 0; tries < MOST_TRIES && !this.#process.died; tries++) {
      if ((await this.#say(tube, 'resume')) === 'resumed') return;
      await new Promise<void>((resolve) => {
        this.#time.after(ASK_AGAIN_MS, () => this.#process.act(resolve));
      });
    }
  }

  async #say(tube: string, word: 'pause' | 'resume', forMs?: number): Promise<string> {
    const { inspector } = this.#runtime;
    const number = this.#said++;
    const by = this.#name;
    this.#record.add({ kind: 'gate', by, number, tube, word, ...(forMs === undefined ? {} : { forMs }) });
    let outcome: string;
    try {
      if (word === 'pause') await inspector.pause(tube, { for: forMs });
      else await inspector.resume(tube);
      outcome = `${word}d`;
    } catch (error) {
      outcome = (error as Partial<DqError>).code ?? 'none';
    }
    if (!this.#process.died) this.#record.add({ kind: 'gate-answer', by, number, outcome });
    return outcome;
  }
}
