import type { SimulationEvent } from '../history/simulation-event.js';
import type { Plan, PlannedFault } from '../plan/plan.js';
import { EPOCH_MS } from '../time/virtual-time.js';

/** Deadlines, new connections and new leases take some time after a fault is over. */
const AFTERMATH_MS = 12_000;
const REDIS = -1;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** When each process could not do what it should, and when Redis forgot. */
export class Excuses {
  readonly #plan: Plan;
  readonly #deaths = new Map<string, number>();
  readonly #stalls = new Map<string, { from: number; to: number }[]>();
  readonly #forgotten: readonly (Span & { readonly at: number })[];

  constructor(plan: Plan, events: readonly SimulationEvent[]) {
    this.#plan = plan;
    this.#forgotten = events.flatMap((event) =>
      event.kind === 'store-emptied' ? { from: event.from, to: event.until ?? event.at, at: event.at } : [],
    );
    for (const event of events) {
      if (event.kind === 'gone') this.#deaths.set(event.by, event.at);
      if (event.kind !== 'stalled') continue;
      const stalls = this.#stalls.get(event.by) ?? [];
      if (event.on) stalls.push({ from: event.at, to: Infinity });
      else if (stalls.length > 0) (stalls.at(-1) as { to: number }).to = event.at;
      this.#stalls.set(event.by, stalls);
    }
  }

  /** By `by` Redis has forgotten what it was told at a moment. */
  lost(toldAt: number, by: number): boolean {
    return this.#forgotten.some(({ from, to, at }) => toldAt >= from && toldAt <= to && at <= by);
  }

  /** A node came back from `from` to `to` without what it was told before. */
  diskForgot(from: number, to: number): boolean {
    return this.#plan.faults.some((fault) => {
      const at = EPOCH_MS + fault.at;
      // A copy that was deleted late may be on a disk that was copied after its job was over.
      if (fault.kind === 'node-restored') return at + fault.ms >= from && at + fault.ms <= to;
      if (fault.kind !== 'node-killed' || fault.lostWrites === 0) return false;
      return at <= to && at + fault.ms >= from;
    });
  }

  /** Some node lost writes, at any time. */
  get disksLose(): boolean {
    return this.#plan.faults.some(
      (fault) => fault.kind === 'node-restored' || (fault.kind === 'node-killed' && fault.lostWrites > 0),
    );
  }

  /** Whether this life of a process ended between two moments. */
  died(by: string, from: number, to: number): boolean {
    const at = this.#deaths.get(by);
    return at !== undefined && at >= from && at <= to;
  }

  /** Milliseconds in that time for which it stood still. */
  stalledMs(by: string, from: number, to: number): number {
    const stalls = this.#stalls.get(by) ?? [];
    return stalls.reduce((sum, stall) => sum + Math.max(0, Math.min(to, stall.to) - Math.max(from, stall.from)), 0);
  }

  /**
   * Whether it had any reason of its own to lose a lease in that time. That Redis was away is none: everybody has to wait until
   * those who ran jobs meanwhile have had the time to say so.
   */
  mayLoseLease(by: string, from: number, to: number): boolean {
    if (this.died(by, from, to) || this.stalledMs(by, from, to) > 0) return true;
    const process = Number(/-(\d+)\./.exec(by)?.[1] ?? 'NaN');
    return this.#plan.faults.some((fault) => {
      if (!keepsFromRedis(fault, process)) return false;
      const at = EPOCH_MS + fault.at;
      const ms = 'ms' in fault ? fault.ms : 0;
      return at <= to && at + ms + AFTERMATH_MS >= from;
    });
  }
}

function keepsFromRedis(fault: PlannedFault, process: number): boolean {
  switch (fault.kind) {
    case 'blocked':
    case 'cut':
    case 'slow':
      return fault.process === process && fault.server === REDIS;
    case 'redis-refuses':
    case 'process-stopped':
    case 'process-killed':
      return fault.process === process;
    default:
      return false;
  }
}
