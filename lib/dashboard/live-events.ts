import { type DqEvent, type DqEventType, NOTHING_WANTED } from '../core/base/events.js';
import type { DqRuntime } from '../core/runtime.js';
import { liveText } from './live-text.js';
import type { LiveEvent } from './wire.js';

/** What a browser that comes is told first: what the log had. */
const MOST_KEPT = 200;
/** More in a second nobody can read: the others are counted. What jobs tell takes no room of what the log has. */
const MOST_A_SECOND = 50;
const SECOND_MS = 1_000;
const PER_JOB: ReadonlySet<DqEventType> = new Set(Object.keys(NOTHING_WANTED) as DqEventType[]);

/** The events of this process, for people. What each job tells is asked for only while somebody looks. */
export class LiveEvents {
  readonly #runtime: DqRuntime;
  readonly #kept: LiveEvent[] = [];
  #follow: ((event: LiveEvent) => void) | undefined;
  #unlisten: (() => void) | undefined;
  #seq = 0;
  #second = 0;
  readonly #inSecond = { logged: 0, perJob: 0 };
  #leftOut = 0;

  constructor(runtime: DqRuntime) {
    this.#runtime = runtime;
    const tell = (event: DqEvent): void => this.#tell(event, 'logged');
    runtime.listen({ name: 'the dashboard', types: 'logged', tell });
  }

  /** Those since `seq` that are kept. */
  since(seq: number): readonly LiveEvent[] {
    return this.#kept.filter((event) => event.seq > seq);
  }

  /** `follow` gets all from now on; undefined: nobody does. */
  follow(follow: ((event: LiveEvent) => void) | undefined): void {
    this.#follow = follow;
    this.#unlisten?.();
    this.#unlisten = undefined;
    if (follow === undefined) return;
    const tell = (event: DqEvent): void => this.#tell(event, 'perJob');
    this.#unlisten = this.#runtime.listen({ name: 'the live view of the dashboard', types: PER_JOB, tell });
  }

  #tell(event: DqEvent, kind: 'logged' | 'perJob'): void {
    // The job has its own.
    if (event.type === 'copy-buried' && event.dead) return;
    const now = this.#runtime.parts.clock.now();
    const second = Math.floor(now / SECOND_MS);
    if (second !== this.#second) this.#begin(second, now);
    if (++this.#inSecond[kind] > MOST_A_SECOND) {
      this.#leftOut++;
      return;
    }
    const { tube, id } = event as Readonly<Partial<Record<'tube' | 'id', string>>>;
    const said = liveText(event, this.#runtime.options.embedded);
    this.#add({ at: now, type: event.type, tube: tube ?? null, id: id ?? null, ...said }, kind === 'logged');
  }

  #begin(second: number, at: number): void {
    const count = this.#leftOut;
    this.#second = second;
    this.#inSecond.logged = 0;
    this.#inSecond.perJob = 0;
    this.#leftOut = 0;
    const text = `${count} more event(s) in one second are not shown.`;
    if (count > 0) this.#add({ at, type: 'left-out', tube: null, id: null, text, level: 'debug' }, false);
  }

  #add(told: Omit<LiveEvent, 'seq'>, keep: boolean): void {
    const event = { seq: ++this.#seq, ...told };
    if (keep && this.#kept.push(event) > MOST_KEPT) this.#kept.shift();
    this.#follow?.(event);
  }
}
