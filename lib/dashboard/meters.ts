import type { DqEvent, DqEventOf, DqEventType } from '../core/base/events.js';
import type { Clock } from '../core/base/clock.js';
import type { MetersView } from './wire.js';

type Ended = DqEventOf<'job-completed' | 'job-failed' | 'job-dead'>;

const STEP_SECONDS = 10;
const STEP_MS = STEP_SECONDS * 1_000;
const STEPS_A_MINUTE = 60 / STEP_SECONDS;
/** Of milliseconds: none, one, then two for each power of two, up to a quarter of an hour and more. */
const BUCKETS = 42;
const COMPLETED = 0;
const FAILED = 1;
const DEAD = 2;
const LATE = 3;
const TOOK = LATE + BUCKETS;
/** Numbers of one step. */
const WIDTH = TOOK + BUCKETS;

/** What the meters listen to: what each job tells is made for their sake only of those that completed. */
export const METERED: ReadonlySet<DqEventType> = new Set<Ended['type']>(['job-completed', 'job-failed', 'job-dead']);

/** The steps of one tube, the latest over the oldest: 352 bytes each, whatever happens in them. */
class Ring {
  readonly #size: number;
  readonly #numbers: Uint32Array;
  /** Of which step each place holds the numbers. */
  readonly #steps: Uint32Array;

  constructor(size: number) {
    this.#size = size;
    this.#numbers = new Uint32Array(size * WIDTH);
    this.#steps = new Uint32Array(size);
  }

  add(step: number, kind: number, lateMs: number | undefined, tookMs: number | undefined): void {
    const place = step % this.#size;
    const at = place * WIDTH;
    const numbers = this.#numbers;
    if (this.#steps[place] !== step) {
      numbers.fill(0, at, at + WIDTH);
      this.#steps[place] = step;
    }
    increase(numbers, at + kind);
    if (lateMs !== undefined) increase(numbers, at + LATE + bucketOf(lateMs));
    if (tookMs !== undefined) increase(numbers, at + TOOK + bucketOf(tookMs));
  }

  /** The numbers of a step; undefined where nothing happened. */
  get(step: number): Uint32Array | undefined {
    const place = step % this.#size;
    return this.#steps[place] === step ? this.#numbers.subarray(place * WIDTH, (place + 1) * WIDTH) : undefined;
  }
}

/** What attempts of this process came to, how late they were and how long they took, by tube, in steps of ten seconds. */
export class Meters {
  readonly #clock: Clock;
  readonly #steps: number;
  readonly #all: Ring;
  readonly #rings = new Map<string, Ring>();

  constructor(historyMinutes: number, clock: Clock) {
    this.#clock = clock;
    this.#steps = historyMinutes * STEPS_A_MINUTE;
    this.#all = this.#ring();
  }

  readonly add = (event: DqEvent): void => {
    switch (event.type) {
      case 'job-completed':
        this.#add(event, COMPLETED, event.tookMs);
        break;
      case 'job-failed':
        this.#add(event, FAILED, event.tookMs);
        break;
      case 'job-dead':
        this.#add(event, DEAD, event.error === undefined ? undefined : event.tookMs);
        break;
      default:
    }
  };

  /** The steps that are over; of all tubes without a name. */
  show(tube?: string): MetersView {
    const now = this.#clock.now();
    const end = Math.floor(now / STEP_MS);
    const ring = tube === undefined ? this.#all : this.#rings.get(tube);
    const first = end - this.#steps;
    const steps = Array.from({ length: this.#steps }, (_, at) => ring?.get(first + at));
    const column = (at: number): number[] => steps.map((numbers) => numbers?.[at] ?? 0);
    const quantiles = (at: number, part: number): (number | null)[] =>
      steps.map((numbers) => (numbers === undefined ? null : quantile(numbers.subarray(at, at + BUCKETS), part)));
    return {
      at: now,
      tube: tube ?? null,
      stepSeconds: STEP_SECONDS,
      times: steps.map((_, at) => (first + at + 1) * STEP_MS),
      completed: column(COMPLETED),
      failed: column(FAILED),
      dead: column(DEAD),
      lateP50: quantiles(LATE, 0.5),
      lateP99: quantiles(LATE, 0.99),
      tookP50: quantiles(TOOK, 0.5),
      tookP99: quantiles(TOOK, 0.99),
    };
  }

  #add({ tube, attempt, lateMs }: Ended, kind: number, tookMs: number | undefined): void {
    let ring = this.#rings.get(tube);
    if (ring === undefined) this.#rings.set(tube, (ring = this.#ring()));
    const step = Math.floor(this.#clock.now() / STEP_MS);
    // Later attempts wait on purpose.
    const late = attempt === 1 ? lateMs : undefined;
    ring.add(step, kind, late, tookMs);
    this.#all.add(step, kind, late, tookMs);
  }

  /** With one more place than is shown, for the step that is not over. */
  #ring(): Ring {
    return new Ring(this.#steps + 1);
  }
}

function increase(numbers: Uint32Array, at: number): void {
  numbers[at] = (numbers[at] ?? 0) + 1;
}

function bucketOf(ms: number): number {
  if (ms < 2) return Math.max(0, ms);
  const power = 31 - Math.clz32(ms);
  return Math.min(BUCKETS - 1, 2 * power + ((ms >> (power - 1)) & 1));
}

/** Milliseconds, right to a third; `null` of nothing. */
function quantile(counts: Uint32Array, part: number): number | null {
  const wanted = counts.reduce((sum, count) => sum + count, 0) * part;
  if (wanted === 0) return null;
  let before = 0;
  for (const [bucket, count] of counts.entries()) {
    if (count > 0 && before + count >= wanted) {
      const power = 2 ** (bucket >> 1);
      const [from, width] = bucket < 2 ? [bucket, 0] : [power + ((bucket & 1) * power) / 2, power / 2 - 1];
      return Math.round(from + width * ((wanted - before) / count));
    }
    before += count;
  }
  return null;
}
