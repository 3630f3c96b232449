import type { Timer } from '../core/base/clock.js';
import type { KnownSchedule, ScheduleTurn } from '../core/claims/schedule-claims.js';
import { DqClaimStoreError } from '../core/errors/connection.errors.js';
import { DqQuorumError } from '../core/errors/quorum.error.js';
import type { DqRuntime } from '../core/runtime.js';
import { readDefinition } from './definition.js';
import { type DefinedSchedule, nextTurn, type Schedules, type WantedSchedule } from './schedules.js';
import { rhythmOf } from './spec/spec.js';

const EVERY_MS = 30_000;
const LATE_MS = 15_000;
/** An occurrence whose consumers are all busy is not written more often than this in the end. */
const SELDOM_MS = 600_000;

/** An overdue occurrence that this process has written again. */
interface Rewritten {
  readonly key: string;
  readonly waitMs: number;
  readonly until: number;
}

/**
 * Looks now and then whether each schedule of the tubes that are handled here still has its next occurrence: all its copies may have gone
 * with their disks, its consumers may have died before they wrote it, or the claim store may have been emptied.
 */
export class ScheduleWatch {
  readonly #runtime: DqRuntime;
  readonly #schedules: Schedules;
  /** Of `@DqCron`: put in at boot, and again where nobody knows them. */
  #declared: readonly WantedSchedule[] = [];
  #sown = false;
  #timer: Timer | undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  /** By tube, then by name. */
  readonly #rewritten = new Map<string, Map<string, Rewritten>>();

  constructor(runtime: DqRuntime, schedules: Schedules) {
    this.#runtime = runtime;
    this.#schedules = schedules;
  }

  /** Begins, and does not wait for the servers. */
  start(declared: readonly WantedSchedule[]): void {
    this.#declared = declared;
    this.#sown = declared.length === 0;
    const types = new Set(['store-back'] as const);
    this.#runtime.listen({ name: 'the watch over recurring jobs', types, tell: () => this.look() });
    // What loses nothing is asked only when a turn is overdue: another one may come sooner than those that are known.
    if (this.#losesNothing) this.#schedules.onPut = () => this.look();
    this.look();
  }

  /** Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#looking;
  }

  look(): void {
    if (this.#stopped) return;
    this.#timer?.cancel();
    this.#again = this.#looking !== undefined;
    this.#looking ??= this.#runtime.context
      .enter(() => this.#round())
      .then((waitMs) => {
        this.#looking = undefined;
        if (this.#again) this.look();
        else if (!this.#stopped && waitMs < Infinity)
          this.#timer = this.#runtime.parts.clock.after(waitMs, () => this.look());
      });
  }

  /** Returns for how long to wait. Never rejects: the next round does what this one could not. */
  async #round(): Promise<number> {
    const tubes = new Set([...this.#runtime.consumers.keys(), ...this.#declared.map(({ tube }) => tube)]);
    const usual = EVERY_MS * (0.75 + this.#runtime.random() / 2);
    await this.#sow().catch(() => undefined);
    // What is not put in yet would be taken for forgotten. The other tubes may be well all the same.
    const known = [...tubes].filter((tube) => this.#sown || this.#of(tube).length === 0);
    try {
      const waits = await Promise.all(known.map((tube) => this.#lookAt(tube)));
      // At boot handlers are known only once all else has begun.
      const isWhole = this.#sown && this.#losesNothing && this.#runtime.consumers.size > 0;
      return isWhole ? Math.min(...waits) : usual;
    } catch {
      return usual;
    }
  }

  get #losesNothing(): boolean {
    return this.#runtime.parts.store.onLoss === undefined;
  }

  async #sow(): Promise<void> {
    if (this.#sown) return;
    const tubes = new Set(this.#declared.map(({ tube }) => tube));
    for (const tube of tubes) await this.#schedules.put(tube, this.#of(tube));
    this.#sown = true;
  }

  #of(tube: string): readonly WantedSchedule[] {
    return this.#declared.filter((one) => one.tube === tube);
  }

  async #lookAt(tube: string): Promise<number> {
    const { store, clock } = this.#runtime.parts;
    const declared = this.#of(tube);
    const names = declared.map(({ name }) => name);
    const { overdue, missing, nextMs } = await store.schedules.overdue(tube, LATE_MS, names);
    if (missing.length > 0)
      await this.#schedules.put(
        tube,
        declared.filter(({ name }) => missing.includes(name)),
        true,
      );
    for (const known of overdue) await this.#reviveOne(tube, known);
    if (overdue.length === 0) this.#rewritten.delete(tube);
    return nextMs === undefined ? Infinity : Math.max(EVERY_MS, nextMs + LATE_MS - clock.now());
  }

  /** What this process cannot make of one, such as one in a time zone that only others know, does not keep it from the next. */
  async #reviveOne(tube: string, known: KnownSchedule): Promise<void> {
    try {
      await this.#revive(tube, known);
    } catch (error) {
      if (error instanceof DqQuorumError || error instanceof DqClaimStoreError) throw error;
    }
  }

  async #revive(tube: string, { name, mark, rev, text, turn }: KnownSchedule): Promise<void> {
    if (turn === undefined) return;
    const of: DefinedSchedule = { tube, name, mark, rev, definition: readDefinition(text) };
    const key = this.#schedules.keyOf(of, turn.slotMs);
    const { claim } = await this.#runtime.parts.store.describe(tube, key);
    if (claim.kind === 'none') await this.#rewrite(of, turn, key);
    else if (claim.kind === 'done' || claim.kind === 'dead' || claim.kind === 'revoked')
      await this.#goOn(of, text, turn);
  }

  async #rewrite(of: DefinedSchedule, turn: ScheduleTurn, key: string): Promise<void> {
    const { tube, name } = of;
    const now = this.#runtime.parts.clock.now();
    const rewritten = this.#rewritten.get(tube) ?? new Map<string, Rewritten>();
    const before = rewritten.get(name);
    if (before?.key === key && now < before.until) return;
    const waitMs = before?.key === key ? Math.min(2 * before.waitMs, SELDOM_MS) : EVERY_MS / 2;
    this.#rewritten.set(tube, rewritten.set(name, { key, waitMs, until: now + waitMs }));
    await this.#schedules.write(of, turn);
  }

  /** The turn is over, and nobody has made the next one. */
  async #goOn(of: DefinedSchedule, text: string, turn: ScheduleTurn): Promise<void> {
    const { schedules } = this.#runtime.parts.store;
    const { tube, name, mark, rev, definition } = of;
    const after = definition.spec.missed === 'all' ? turn.slotMs : await schedules.now(tube);
    const slotMs = rhythmOf(definition.spec).next(after);
    const next = nextTurn(of, { slotMs, run: turn.run + 1, missed: 0, lastMs: turn.slotMs });
    const answer = await schedules.step(tube, { name, mark, rev, text, turn, next });
    if (answer.write && answer.turn !== undefined) await this.#schedules.write(of, answer.turn);
  }
}
