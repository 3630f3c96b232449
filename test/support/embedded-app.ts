import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DqJob } from '../../lib/core/consumer/dq-job.js';
import type { Handler } from '../../lib/core/consumer/run.js';
import type { DqEvent, DqEventType } from '../../lib/core/base/events.js';
import type { DqEmbeddedOptions, DqRunOptions } from '../../lib/core/options/dq-options.js';
import { resolveOptions } from '../../lib/core/options/resolve-options.js';
import { DqRuntime } from '../../lib/core/runtime.js';
import { embeddedBackend } from '../../lib/embedded/embedded-backend.js';
import { fileBackend, type FileBackendParts } from '../../lib/embedded/file-backend.js';
import { Recorder } from './wait.js';

/** A folder for the file of an embedded queue. */
export class QueueFolder {
  readonly dir = mkdtempSync(join(tmpdir(), 'dq-queue-'));
  readonly file = join(this.dir, 'jobs');
  /** Says who has it. */
  readonly holder = `${this.file}.holder`;

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** An embedded queue in this process, with the tube `work`. */
export class EmbeddedApp {
  readonly runtime: DqRuntime;
  readonly events: DqEvent[] = [];
  readonly runs = new Recorder<{ readonly id: string; readonly data: unknown; readonly attempt: number }>();

  constructor(options: Partial<DqEmbeddedOptions> = {}, parts: FileBackendParts = {}) {
    const resolved = resolveOptions({ embedded: true, tubes: ['work'], ...options });
    const path = resolved.embedded?.file;
    this.runtime = new DqRuntime(resolved, {
      report: (event) => this.events.push(event),
      backend:
        path === undefined ? embeddedBackend : (given, clock, report) => fileBackend(path, given, clock, report, parts),
    });
  }

  get producer(): ReturnType<DqRuntime['producer']> {
    return this.runtime.producer('work');
  }

  /** Runs what comes; each run is recorded, then `handler` decides its outcome. */
  start(handler: Handler = () => undefined, own: DqRunOptions = {}): this {
    const recorded: Handler = (data, job: DqJob) => {
      this.runs.add({ id: job.id, data, attempt: job.attempt });
      return handler(data, job);
    };
    this.runtime.handle('work', recorded, own);
    this.runtime.start();
    return this;
  }

  eventsOf<Type extends DqEventType>(type: Type): Extract<DqEvent, { type: Type }>[] {
    return this.events.filter((event): event is Extract<DqEvent, { type: Type }> => event.type === type);
  }

  close(): Promise<void> {
    return this.runtime.close();
  }
}
