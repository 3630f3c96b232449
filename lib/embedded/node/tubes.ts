import { Tube } from './tube.js';

/** The tubes of a node. One is there as long as a job is in it, or a connection uses or watches it; `default` always is. */
export class Tubes {
  readonly default: Tube;
  readonly #byName = new Map<string, Tube>();
  /** In beanstalkd's order: the last one moves into the gap. */
  readonly #all: Tube[] = [];

  constructor() {
    this.default = this.hold('default');
  }

  get all(): readonly Tube[] {
    return this.#all;
  }

  find(name: string): Tube | undefined {
    return this.#byName.get(name);
  }

  /** Finds or makes it, with one reference more. */
  hold(name: string): Tube {
    let tube = this.#byName.get(name);
    if (tube === undefined) {
      tube = new Tube(name);
      this.#byName.set(name, tube);
      this.#all.push(tube);
    }
    tube.references++;
    return tube;
  }

  letGo(tube: Tube): void {
    if (--tube.references > 0) return;
    this.#byName.delete(tube.name);
    const at = this.#all.indexOf(tube);
    const last = this.#all.pop() as Tube;
    if (at < this.#all.length) this.#all[at] = last;
  }
}
