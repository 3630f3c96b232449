import { type DqEvent, type DqEventType, isLogged, NOTHING_WANTED, type PerJobEvent } from '../core/base/events.js';
import { visible } from '../core/errors/shown.js';
import type { EmbeddedSettings } from '../core/options/resolved-options.js';
import type { DqRuntime } from '../core/runtime.js';
import { lineOf } from '../nest/dq.event-line.js';
import { sentence } from './sentence.js';
import type { LiveEvent, Sentence } from './wire.js';

/** What a browser that comes is told first: what the log had. */
const MOST_KEPT = 200;
/** More in a second nobody can read: the others are counted. What jobs tell takes no room of what the log has. */
const MOST_A_SECOND = 50;
const SECOND_MS = 1_000;
/** Each process counts its events from a number of its own: of so many, and for so many events, which is as far as numbers are exact. */
const BEGINNINGS = 2 ** 32;
const MOST_COUNTED = 2 ** 20;
/** Errors of handlers may have any text. */
const LONGEST_TEXT = 500;
const SENTENCES: {
  readonly [Type in PerJobEvent['type']]: (event: Extract<PerJobEvent, { readonly type: Type }>) => Sentence;
} = {
  'job-scheduled': ({ id, tube, dueAt }) => sentence`Job ${id} of tube ${tube} is scheduled for ${dueAt}.`,
  'job-started': ({ id, tube, attempt, lateMs }) =>
    `Job ${id} of tube ${tube} starts with attempt ${attempt}, ${lateMs} ms after its due time.`,
  'job-completed': ({ id, tube, attempt, tookMs }) =>
    `Job ${id} of tube ${tube} completed with attempt ${attempt}, in ${tookMs} ms.`,
  'job-again': ({ id, tube, againMs }) => `The handler of job ${id} of tube ${tube} puts it off for ${againMs} ms.`,
};
const PER_JOB: ReadonlySet<DqEventType> = new Set(Object.keys(NOTHING_WANTED) as DqEventType[]);

/** The events of this process, for people. What each job tells is asked for only while somebody looks. */
export class LiveEvents {
  readonly #runtime: DqRuntime;
  readonly #kept: LiveEvent[] = [];
  #follow: ((event: LiveEvent) => void) | undefined;
  #unlisten: (() => void) | undefined;
  readonly #before: number;
  #seq: number;
  #second = 0;
  readonly #inSecond = { logged: 0, perJob: 0 };
  #leftOut = 0;

  constructor(runtime: DqRuntime) {
    this.#runtime = runtime;
    this.#before = Math.floor(runtime.random() * BEGINNINGS) * MOST_COUNTED;
    this.#seq = this.#before;
    const tell = (event: DqEvent): void => this.#tell(event, 'logged');
    runtime.listen({ name: 'the dashboard', types: 'logged', tell });
  }

  /** Those since `seq` that are kept; all, where another process has counted it: a browser comes again to any that there is. */
  since(seq: number): readonly LiveEvent[] {
    const isKnown = seq > this.#before && seq <= this.#seq;
    return isKnown ? this.#kept.filter((event) => event.seq > seq) : this.#kept;
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
    const {
      tube = null,
      id = null,
      handle = null,
    } = event as Readonly<Partial<Record<'tube' | 'id' | 'handle', string>>>;
    const said = told(event, this.#runtime.options.embedded);
    this.#add({ at: now, type: event.type, tube, id, handle, ...said }, kind === 'logged');
  }

  #begin(second: number, at: number): void {
    const count = this.#leftOut;
    this.#second = second;
    this.#inSecond.logged = 0;
    this.#inSecond.perJob = 0;
    this.#leftOut = 0;
    const text = `${count} more event(s) in one second are not shown.`;
    if (count > 0) this.#add({ at, type: 'left-out', tube: null, id: null, handle: null, text, level: 'debug' }, false);
  }

  #add(told: Omit<LiveEvent, 'seq'>, keep: boolean): void {
    const event = { seq: ++this.#seq, ...told };
    if (keep && this.#kept.push(event) > MOST_KEPT) this.#kept.shift();
    this.#follow?.(event);
  }
}

/** An event as people read it; what the log says of it, where it says something. */
function told(event: DqEvent, embedded: EmbeddedSettings | undefined): Pick<LiveEvent, 'text' | 'level'> {
  if (!isLogged(event))
    return { level: 'debug', text: (SENTENCES[event.type] as (event: PerJobEvent) => Sentence)(event) };
  const { level, text } = lineOf(event, embedded);
  const line = visible(text.slice(0, LONGEST_TEXT));
  const moment = event.type === 'tube-paused' ? event.until : undefined;
  if (moment === undefined) return { level, text: line };
  const [before = '', ...behind] = line.split(moment.toISOString());
  return { level, text: behind.reduce<Sentence>((said, part) => sentence`${said}${moment}${part}`, before) };
}
