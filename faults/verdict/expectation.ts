import type { Cause } from '../../harness/judge/cause.js';
import type { Counter, Verdict } from './verdict.js';

/** A number that has to be met exactly, or a range. */
export type Wanted = number | { readonly min?: number; readonly max?: number };

/** What a row has to show. Bad counters that are not named have to be 0; the others may be anything. */
export interface Expectation {
  readonly counts?: Partial<Record<Counter, Wanted>>;
  /** Causes for which a job may run again. */
  readonly again?: readonly Cause[];
  /** Bounds on figures of time (milliseconds) and memory, told as met or not met; they do not fail a run. */
  readonly bounds?: Partial<Record<Bound, number>>;
}

export type Bound = 'scheduling p99' | 'late p99' | 'memory MB';

const BAD: readonly Counter[] = [
  'lost',
  'unexpected',
  'twice',
  'early',
  'unsettled',
  'revoked ran',
  'refused ran',
  'id twice',
  'told wrong',
  'superseded ran',
  'cancelled ran',
  'both ran',
  'moved early',
  'key lost',
  'started while paused',
  'corrupt',
  'ready',
  'reserved',
  'delayed',
  'buried',
  'foreign',
  'dead',
  'rejected',
  'left open',
];

export interface Comparison {
  /** Counters that are not what they should be, in words. */
  readonly broken: readonly string[];
  readonly brokenCounters: readonly Counter[];
  readonly bounds: readonly {
    readonly bound: Bound;
    readonly limit: number;
    readonly value: number;
    readonly met: boolean;
  }[];
}

/** Compares a verdict with what was expected. */
export function compare(verdict: Verdict, { counts = {}, bounds = {} }: Expectation): Comparison {
  const broken: string[] = [];
  const brokenCounters: Counter[] = [];
  for (const counter of new Set([...BAD, ...(Object.keys(counts) as Counter[])])) {
    const wanted = counts[counter] ?? 0;
    const { min = 0, max = Infinity } = typeof wanted === 'number' ? { min: wanted, max: wanted } : wanted;
    const value = verdict.counts[counter] ?? 0;
    if (value >= min && value <= max) continue;
    brokenCounters.push(counter);
    broken.push(`${counter} ${value}, expected ${min === max ? min : `${min} to ${max}`}`);
  }
  return {
    broken,
    brokenCounters,
    bounds: Object.entries(bounds).map(([bound, limit]) => met(verdict, bound as Bound, limit)),
  };
}

function met(verdict: Verdict, bound: Bound, limit: number): Comparison['bounds'][number] {
  const value = measured(verdict, bound) ?? Infinity;
  return { bound, limit, value, met: value < limit };
}

function measured(verdict: Verdict, bound: Bound): number | undefined {
  switch (bound) {
    case 'late p99':
      return (verdict.lateInFault ?? verdict.late)?.p99;
    case 'scheduling p99':
      return (verdict.schedulingInFault ?? verdict.scheduling)?.p99;
    case 'memory MB':
      return verdict.memoryMb;
  }
}
