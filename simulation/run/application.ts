import { handle, type HandlerPlace } from '../../harness/application/handle.js';
import type { Payload } from '../../harness/application/payload.js';
import type { Speaker } from '../../harness/application/user.js';
import type { History } from '../../harness/history/history.js';
import type { Sabotage } from '../../harness/sabotage/sabotage.js';
import { DqRuntime } from '../../lib/core/runtime.js';
import type { NodeDialer } from '../../lib/core/cluster/node-connection.js';
import type { ClaimStore } from '../../lib/core/claims/claim-store.js';
import type { Clock } from '../../lib/core/base/clock.js';
import type { DqEvent, Report } from '../../lib/core/base/events.js';
import { HandedJob } from '../../lib/core/consumer/dq-job.js';
import { resolveOptions } from '../../lib/core/options/resolve-options.js';
import type { Process } from '../network/process.js';
import { NATIVE_TUBE, PLAIN_TUBE, type PlannedPause, type PlannedSettings, type Role } from '../plan/plan.js';
import type { Chance } from '../time/chance.js';
import type { HostClock } from '../time/host-clock.js';
import type { VirtualTime } from '../time/virtual-time.js';
import { Caller } from './caller.js';

export interface ApplicationParts {
  readonly name: string;
  readonly role: Role;
  readonly process: Process;
  readonly host: HostClock;
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly record: History;
  readonly settings: PlannedSettings;
  readonly clock: Clock;
  /** Changes what the application asks for. */
  readonly options: Sabotage['options'];
  /** A handler has killed the process. */
  readonly onFatal: () => void;
  readonly endpoints: readonly string[];
  readonly dialers: readonly NodeDialer[];
  readonly store: (report: Report) => { readonly store: ClaimStore; start(): void };
}

type WorkerOptions = Parameters<NonNullable<Sabotage['options']>>[0];

const SHUTDOWN_MS = 4_000;
const TUBES = [NATIVE_TUBE, PLAIN_TUBE];
/** What a job's handler sees of the library's own events is in the history already. */
const TOLD: ReadonlySet<DqEvent['type']> = new Set(['job-dead', 'job-skipped', 'result-refused', 'quorum-failed']);

/** One life of an application's process. */
export class Application {
  readonly name: string;
  readonly process: Process;
  readonly #parts: ApplicationParts;
  readonly #runtime: DqRuntime;
  readonly caller: Caller;
  readonly #speaker: Speaker;
  #closing = false;

  constructor(parts: ApplicationParts) {
    this.#parts = parts;
    const { name, process, host, time, record, chance, settings } = parts;
    this.name = name;
    this.process = process;
    this.#speaker = { name, happened: (happening) => process.died || record.happened(happening) };
    const { leaseMs, ttrMs: ttr, deadlineMs, concurrency, attempts, timeoutMs, backoffMs, retentionMs } = settings;
    const asked: WorkerOptions = {
      beanstalks: [...parts.endpoints],
      redis: 'redis://10.0.0.9:6379',
      tubes: [{ name: NATIVE_TUBE }, { name: PLAIN_TUBE, format: 'plain' }],
      defaults: {
        ttr,
        lease: leaseMs,
        concurrency,
        attempts,
        timeout: timeoutMs,
        backoff: { type: 'exponential', delay: backoffMs, max: Math.max(backoffMs, 5_000) },
      },
      commandDeadline: deadlineMs,
      shutdownDeadline: SHUTDOWN_MS,
      retention: retentionMs,
    };
    const options = resolveOptions(parts.options?.(asked) ?? asked);
    const ids = chance.of('ids');
    let lastId = '';
    this.#runtime = new DqRuntime(options, {
      clock: parts.clock,
      random: chance.of('library').next,
      newId: () => (lastId = ids.word(22)),
      report: (event) => this.#told(event),
      backend: (_options, _clock, report) => ({ dialers: parts.dialers, ...parts.store(report) }),
    });
    this.caller = new Caller(this.#speaker, this.#runtime, process, host, time, () => lastId);
    if (parts.role !== 'schedules') {
      const place: HandlerPlace = {
        ...this.#speaker,
        timeoutMs,
        pass: (ms) => process.pass(ms),
        asksAgain: (seq, { times = 0 }) => record.of('end').filter((end) => end.seq === seq).length < times,
        die: () => this.#fatal(),
        claimOf: (job) => HandedJob.attemptOf(job)?.job.key ?? '',
      };
      for (const tube of TUBES) this.#runtime.handle(tube, (data, job) => handle(data as Payload, job, place));
    }
    this.#runtime.start();
  }

  get closing(): boolean {
    return this.#closing;
  }

  async pause(pause: PlannedPause): Promise<void> {
    if (!this.#closing) await this.caller.pause(pause);
  }

  async resume(pause: PlannedPause): Promise<void> {
    if (!this.#closing) await this.caller.resume(pause);
  }

  /** Closes in order; tells what is left open then. */
  async close(): Promise<void> {
    if (this.#closing || this.process.died) return;
    this.#closing = true;
    const { name, process, time, record } = this.#parts;
    await this.caller.paused();
    const from = time.now;
    await this.#runtime.close();
    if (process.died) return;
    record.happened({ kind: 'closed', by: name, tookMs: time.now - from, ...process.open });
    record.happened({ kind: 'gone', by: name, asked: true, how: 'by itself' });
    process.die();
  }

  die(withHost: boolean): void {
    if (this.process.died) return;
    this.#parts.record.happened({ kind: 'gone', by: this.name, asked: false, how: withHost ? 'host lost' : 'killed' });
    this.process.die(withHost);
  }

  #fatal(): void {
    this.die(false);
    this.#parts.onFatal();
  }

  #told(event: DqEvent): void {
    const { type } = event;
    if (!TOLD.has(type)) return;
    const id = 'id' in event ? event.id : undefined;
    const text = 'reason' in event ? (event.reason ?? '') : '';
    this.#speaker.happened({ kind: 'told', by: this.name, type, id, text });
  }
}
