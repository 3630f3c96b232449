import { removedScheduleKey, scheduleKeys } from '../claims/claim-key.js';
import type {
  KnownSchedule,
  OverdueSchedules,
  ScheduleClaims,
  ScheduleStep,
  ScheduleStepped,
  ScheduleTurn,
  ScheduleUpsert,
  ScheduleUpserted,
} from '../claims/schedule-claims.js';
import type { RedisParts } from './redis-parts.js';
import type { Argument } from './redis-scripts.js';
import type { ScriptName } from './script-table.js';

const OUTCOMES = ['unchanged', 'created', 'changed'] as const;
/** Overdue ones that are looked at in one trip. */
const MOST_OVERDUE = 1_000;
/** One call must not hold Redis for long. */
const MOST_UPSERTS = 200;
const SCANNED = 200;

/** Schedules in Redis; see {@link ScheduleClaims}. */
export class RedisSchedules implements ScheduleClaims {
  readonly #parts: RedisParts;

  constructor(parts: RedisParts) {
    this.#parts = parts;
  }

  async now(tube: string): Promise<number> {
    return (await this.#parts.memory.heardClock(tube)).goodFor(0);
  }

  async upsert(
    tube: string,
    requests: readonly ScheduleUpsert[],
    onlyMissing = false,
  ): Promise<readonly ScheduleUpserted[]> {
    const parts: Promise<readonly ScheduleUpserted[]>[] = [];
    for (let at = 0; at < requests.length; at += MOST_UPSERTS)
      parts.push(this.#upsert(tube, requests.slice(at, at + MOST_UPSERTS), onlyMissing));
    return (await Promise.all(parts)).flat();
  }

  async written(tube: string, name: string, slotMs: number): Promise<void> {
    await this.#call('dqScheduleWritten', tube, [], [name, slotMs]);
  }

  async step(tube: string, step: ScheduleStep): Promise<ScheduleStepped> {
    const { name, mark, text, rev, turn, next, unlessRunning } = step;
    const keys = [removedScheduleKey(tube, name), ...(unlessRunning === undefined ? [] : [unlessRunning])];
    const after = next === undefined ? ['-', ''] : headOf(next === 'none' ? undefined : next);
    const [state, fresh, stands, write] = await this.#call('dqScheduleStep', tube, keys, [
      name,
      mark,
      text,
      rev,
      ...headOf(turn),
      ...after,
    ]);
    return {
      state: state as ScheduleStepped['state'],
      fresh: fresh === 1,
      turn: readTurn(stands),
      write: write === 1,
    };
  }

  async overdue(tube: string, lateMs: number, declared: readonly string[]): Promise<OverdueSchedules> {
    const keys = declared.map((name) => removedScheduleKey(tube, name));
    const [first, missing, ...rest] = await this.#call('dqScheduleOverdue', tube, keys, [
      lateMs,
      MOST_OVERDUE,
      ...declared,
    ]);
    const names = rest.splice(0, Number(missing)).map(String);
    const overdue: KnownSchedule[] = [];
    for (let at = 0; at < rest.length; at += 3) {
      const known = readSchedule(String(rest[at]), rest[at + 1], rest[at + 2]);
      if (known !== undefined) overdue.push(known);
    }
    return { overdue, missing: names, nextMs: first === '' ? undefined : Number(first) };
  }

  async remove(tube: string, name: string): Promise<boolean> {
    const keys = [...scheduleKeys(tube), removedScheduleKey(tube, name)];
    return (await this.#parts.scripts.call('dqScheduleRemove', keys, [name, this.#parts.keeps.keepMs])) === 1;
  }

  async pause(tube: string, name: string, paused: boolean): Promise<boolean> {
    return (await this.#parts.scripts.call('dqSchedulePause', scheduleKeys(tube), [name, paused ? 'p' : '-'])) === 1;
  }

  async get(tube: string, name: string): Promise<KnownSchedule | undefined> {
    const [definitions, , turns] = scheduleKeys(tube);
    const { connection } = this.#parts;
    const { client } = connection;
    const [definition, turn] = await connection.call('a look at a schedule', () =>
      Promise.all([client.hget(definitions, name), client.hget(turns, name)]),
    );
    return readSchedule(name, definition, turn);
  }

  async *list(tube: string): AsyncGenerator<KnownSchedule> {
    const [definitions, , turns] = scheduleKeys(tube);
    const { connection } = this.#parts;
    const { client } = connection;
    const look = <T>(work: () => Promise<T>): Promise<T> => connection.call('a look at schedules', work);
    const seen = new Set<string>();
    let cursor = '0';
    do {
      const [next, found] = await look(() => client.hscan(definitions, cursor, 'COUNT', SCANNED));
      const names = found.filter((_, at) => at % 2 === 0);
      const known = names.length === 0 ? [] : await look(() => client.hmget(turns, ...names));
      for (const [at, name] of names.entries()) {
        const schedule = readSchedule(name, found[2 * at + 1], known[at]);
        // A scan may give one twice while the hash grows.
        if (schedule !== undefined && !seen.has(name)) yield schedule;
        seen.add(name);
      }
      cursor = next;
    } while (cursor !== '0');
  }

  async #upsert(
    tube: string,
    part: readonly ScheduleUpsert[],
    onlyMissing: boolean,
  ): Promise<readonly ScheduleUpserted[]> {
    const keys = part.map(({ name }) => removedScheduleKey(tube, name));
    const each = part.flatMap(({ name, mark, text, turn }) => [name, mark, text, ...headOf(turn)]);
    const codes = await this.#call('dqScheduleUpsert', tube, keys, [onlyMissing ? '1' : '0', ...each]);
    return part.map((_, at) => ({
      outcome: OUTCOMES[codes[4 * at] as number] ?? 'unchanged',
      rev: codes[4 * at + 1] as number,
      turn: readTurn(codes[4 * at + 2]),
      write: codes[4 * at + 3] === 1,
    }));
  }

  /** What a script says behind Redis' time. */
  async #call(
    name: ScriptName,
    tube: string,
    keys: readonly string[],
    parameters: readonly Argument[],
  ): Promise<Argument[]> {
    const answer = await this.#parts.scripts.call(name, [...scheduleKeys(tube), ...keys], parameters);
    const [time, ...rest] = Array.isArray(answer) ? (answer as Argument[]) : [answer as Argument];
    this.#parts.memory.storeClock(tube).heard(Number(time));
    return rest;
  }
}

/** A turn but for when it was begun, and its last. */
function headOf(turn: ScheduleTurn | undefined): readonly [head: string, last: string] {
  if (turn === undefined) return ['', ''];
  const { slotMs, dueMs, run, missed, lastMs = '' } = turn;
  return [`${slotMs}:${dueMs}:${run}:${missed}`, String(lastMs)];
}

function readTurn(text: unknown): ScheduleTurn | undefined {
  const [, slotMs, dueMs, run, missed, last] = /^(\d+):(\d+):(\d+):(\d+):\d+:(\d*)$/.exec(String(text)) ?? [];
  if (slotMs === undefined) return undefined;
  const turn = { slotMs: Number(slotMs), dueMs: Number(dueMs), run: Number(run), missed: Number(missed) };
  return last === '' ? turn : { ...turn, lastMs: Number(last) };
}

/** Undefined where there is none, or one that is not understood, as a later release may write it. */
function readSchedule(name: string, definition: unknown, turn: unknown): KnownSchedule | undefined {
  const [, rev, mark, flag, text] =
    /^(\d+):([^:]*):([-p]):(.*)$/s.exec(typeof definition === 'string' ? definition : '') ?? [];
  if (mark === undefined || text === undefined) return undefined;
  return { name, mark, text, rev: Number(rev), paused: flag === 'p', turn: readTurn(turn) };
}
