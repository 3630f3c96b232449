import type { Clock } from '../../core/base/clock.js';
import { removedScheduleKey } from '../../core/claims/claim-key.js';
import { afterRetention, type Retention, STALE_ADMISSION_MS } from '../../core/claims/retention.js';
import type {
  KnownSchedule,
  OverdueSchedules,
  ScheduleStep,
  ScheduleStepped,
  ScheduleUpsert,
  ScheduleUpserted,
} from '../../core/claims/schedule-claims.js';
import { FOREVER, type ScheduleEntry, type ScheduleRecord, type TubeEntry } from './claim-record.js';
import type { ExpiringMap } from './expiring-map.js';

/** Schedules in memory, with the transitions of the scripts in Redis. */
export class ScheduleTable {
  readonly #entries: ExpiringMap<TubeEntry>;
  readonly #isRunning: (claim: string) => boolean;
  readonly #retention: Retention;
  readonly #clock: Clock;

  constructor(
    entries: ExpiringMap<TubeEntry>,
    isRunning: (claim: string) => boolean,
    retention: Retention,
    clock: Clock,
  ) {
    this.#entries = entries;
    this.#isRunning = isRunning;
    this.#retention = retention;
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  upsert(tube: string, request: ScheduleUpsert, onlyMissing: boolean): ScheduleUpserted {
    const { name, mark, text, turn } = request;
    const entry = this.#entry(tube, name);
    const known = entry?.state === 'schedule' ? entry : undefined;
    if (known?.mark === mark || (onlyMissing && entry !== undefined)) {
      const write = known !== undefined && this.#toWrite(known);
      return { outcome: 'unchanged', rev: known?.rev ?? 0, turn: known?.turn, write };
    }
    const rev = Math.max(this.now(), (entry?.rev ?? 0) + 1);
    const paused = known?.paused ?? false;
    this.#put({ tube, name, mark, text, rev, paused, turn, begunMs: this.now() });
    const outcome = known === undefined ? 'created' : 'changed';
    return { outcome, rev, turn, write: turn !== undefined };
  }

  written(tube: string, name: string, slotMs: number): void {
    const known = this.#known(tube, name);
    if (known?.turn?.slotMs === slotMs) this.#put({ ...known, begunMs: 0 });
  }

  step(tube: string, { name, mark, text, rev, turn, next, unlessRunning }: ScheduleStep): ScheduleStepped {
    const entry = this.#entry(tube, name);
    const differs = entry !== undefined && (entry.state !== 'schedule' || entry.mark !== mark);
    if (differs && rev <= entry.rev) return { state: 'superseded', fresh: false, turn: undefined, write: false };
    const adopted = entry === undefined || differs;
    const known = adopted ? this.#put({ tube, name, mark, text, rev, paused: false, turn, begunMs: 0 }) : entry;
    let state: ScheduleStepped['state'] = known.paused ? 'paused' : 'go';
    if (state === 'go' && unlessRunning !== undefined && this.#isRunning(unlessRunning)) state = 'overlap';
    const fresh = adopted || (known.turn !== undefined && known.turn.slotMs <= turn.slotMs);
    if (next === undefined || !fresh) {
      const write = next !== undefined && this.#toWrite(known);
      return { state, fresh, turn: known.turn, write };
    }
    const after = next === 'none' ? undefined : next;
    this.#put({ ...known, turn: after, begunMs: this.now() });
    return { state, fresh, turn: after, write: after !== undefined };
  }

  overdue(tube: string, lateMs: number, declared: readonly string[]): OverdueSchedules {
    const overdue: KnownSchedule[] = [];
    let nextMs: number | undefined;
    for (const schedule of this.all(tube)) {
      const dueMs = schedule.turn?.dueMs;
      if (dueMs === undefined) continue;
      if (dueMs <= this.now() - lateMs) overdue.push(schedule);
      if (nextMs === undefined || dueMs < nextMs) nextMs = dueMs;
    }
    return { overdue, nextMs, missing: declared.filter((name) => this.#entry(tube, name) === undefined) };
  }

  remove(tube: string, name: string): boolean {
    const entry = this.#entry(tube, name);
    const rev = Math.max(this.now(), entry?.rev ?? 0);
    const dueMs = entry?.state === 'schedule' ? (entry.turn?.dueMs ?? 0) : 0;
    const before = entry?.state === 'removed-schedule' ? entry.keptUntil : 0;
    const keptUntil = Math.max(afterRetention(this.#retention, dueMs, this.now()), before);
    this.#entries.set(keyOf(tube, name), { state: 'removed-schedule', rev, keptUntil });
    return entry?.state === 'schedule';
  }

  pause(tube: string, name: string, paused: boolean): boolean {
    const known = this.#known(tube, name);
    if (known !== undefined) this.#put({ ...known, paused });
    return known !== undefined;
  }

  get(tube: string, name: string): KnownSchedule | undefined {
    const known = this.#known(tube, name);
    return known && shown(known);
  }

  all(tube: string): readonly KnownSchedule[] {
    const all: KnownSchedule[] = [];
    for (const [, entry] of this.#entries.entries())
      if (entry.state === 'schedule' && entry.tube === tube) all.push(shown(entry));
    return all;
  }

  #entry(tube: string, name: string): ScheduleEntry | undefined {
    const entry = this.#entries.get(keyOf(tube, name), this.now());
    return entry?.state === 'pause' ? undefined : entry;
  }

  #known(tube: string, name: string): ScheduleRecord | undefined {
    const entry = this.#entry(tube, name);
    return entry?.state === 'schedule' ? entry : undefined;
  }

  #put(record: Omit<ScheduleRecord, 'state' | 'keptUntil'>): ScheduleRecord {
    const kept: ScheduleRecord = { ...record, state: 'schedule', keptUntil: FOREVER };
    this.#entries.set(keyOf(record.tube, record.name), kept);
    return kept;
  }

  #toWrite(known: ScheduleRecord): boolean {
    if (known.turn === undefined || known.begunMs === 0 || this.now() - known.begunMs < STALE_ADMISSION_MS)
      return false;
    this.#put({ ...known, begunMs: this.now() });
    return true;
  }
}

/** One key for a schedule and for what is left of it. */
function keyOf(tube: string, name: string): string {
  return removedScheduleKey(tube, name);
}

function shown({ name, mark, text, rev, paused, turn }: ScheduleRecord): KnownSchedule {
  return { name, mark, text, rev, paused, turn };
}
