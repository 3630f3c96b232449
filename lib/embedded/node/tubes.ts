import type { Holder, JobTube, StoredJob } from './stored-job.js';
import { Tube } from './tube.js';

/** The tubes of a node. One is there as long as a job is in it, or a connection uses or watches it; `default` always is. */
export class Tubes {
  readonly default: JobTube;
  readonly #byName = new Map<string, JobTube>();
  /** In beanstalkd's order: the last one moves into the gap. */
  readonly #all: JobTube[] = [];

  constructor() {
    this.default = this.hold('default');
  }

  get all(): readonly JobTube[] {
    return this.#all;
  }

  find(name: string): JobTube | undefined {
    return this.#byName.get(name);
  }

  /** Finds or makes it, with one reference more. */
  hold(name: string): JobTube {
    let tube = this.#byName.get(name);
    if (tube === undefined) {
      tube = new Tube<StoredJob, Holder>(name);
      this.#byName.set(name, tube);
      this.#all.push(tube);
    }
    tube.references++;
    return tube;
  }

  letGo(tube: JobTube): void {
    if (--tube.references > 0) return;
    this.#byName.delete(tube.name);
    const at = this.#all.indexOf(tube);
    const last = this.#all.pop() as JobTube;
    if (at < this.#all.length) this.#all[at] = last;
  }
}
