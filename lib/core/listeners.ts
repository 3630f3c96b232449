import { call } from './base/listener.js';
import { apart } from './base/boot-context.js';
import {
  type DqEvent,
  type DqEventType,
  isLogged,
  NOTHING_WANTED,
  type PerJobEvent,
  type Report,
  type Wanted,
} from './base/events.js';

/** Whoever is told of events. */
export interface Listener {
  /** What errors and log lines call it. */
  readonly name: string;
  /** Of which types: undefined for all, `logged` for all but what each job would tell. */
  readonly types?: ReadonlySet<DqEventType> | 'logged';
  readonly tell: (event: DqEvent) => unknown;
}

/** Tells events to all who want to know. A listener's fault does not stop the work it listens to: the log has it. */
export class Listeners {
  /** Of what each job would tell, what somebody listens to. Asked before such an event is made. */
  readonly wanted: Wanted;
  readonly report: Report = (event) => this.#report(event);
  readonly #wanted = { ...NOTHING_WANTED };
  readonly #log: Report | undefined;
  #all: readonly Listener[] = [];

  /** `log` is told of everything but what each job would tell. */
  constructor(log: Report | undefined) {
    this.#log = log;
    this.wanted = this.#wanted;
  }

  /** Returns what ends it. */
  add(listener: Listener): () => void {
    this.#tell([...this.#all, listener]);
    return () => this.#tell(this.#all.filter((other) => other !== listener));
  }

  #tell(all: readonly Listener[]): void {
    this.#all = all;
    for (const type of Object.keys(NOTHING_WANTED) as PerJobEvent['type'][])
      this.#wanted[type] = all.some((listener) => isOf(type, listener));
  }

  #report(event: DqEvent): void {
    if (isLogged(event)) this.#write(event);
    for (const listener of this.#all) {
      if (!isOf(event.type, listener)) continue;
      const { name, tell } = listener;
      call(
        () => apart(() => tell(event)),
        (error) => this.#write({ type: 'listener-failed', listener: name, told: event.type, error }),
      );
    }
  }

  #write(event: DqEvent): void {
    const log = this.#log;
    if (log === undefined) return;
    call(
      () => apart(() => log(event)),
      () => {
        // There is nobody left to tell.
      },
    );
  }
}

function isOf(type: DqEventType, { types }: Listener): boolean {
  if (types === undefined) return true;
  return types === 'logged' ? isLogged({ type }) : types.has(type);
}
