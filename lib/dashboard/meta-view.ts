import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { libraryFolder } from '../core/base/library-folder.cjs';
import type { DqRuntime } from '../core/runtime.js';
import type { ResolvedSettings } from './dashboard-options.js';
import type { MetaView } from './wire.js';

/** What does not change while the application runs. */
export class MetaViews {
  readonly #runtime: DqRuntime;
  readonly #settings: ResolvedSettings;
  readonly #hasSchedules: boolean;

  constructor(runtime: DqRuntime, settings: ResolvedSettings, hasSchedules: boolean) {
    this.#runtime = runtime;
    this.#settings = settings;
    this.#hasSchedules = hasSchedules;
  }

  show(readOnly: boolean): MetaView {
    const { parts, consumers, options } = this.#runtime;
    const { title, payloads, historyMinutes } = this.#settings;
    return {
      title,
      version: version(),
      readOnly,
      payloads: payloads !== false,
      embedded: options.embedded !== undefined,
      tubes: [...parts.tubes.values()].map(({ name, format, history }) => ({
        name,
        format,
        history: history !== undefined,
        concurrency: consumers.get(name)?.running.concurrency ?? null,
      })),
      schedules: this.#hasSchedules,
      historyMinutes,
      process: `${hostname()}:${process.pid}`,
    };
  }
}

let known: string | undefined;

function version(): string {
  const manifest = join(libraryFolder, '..', 'package.json');
  known ??= (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }).version;
  return known;
}
