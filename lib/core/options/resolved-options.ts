import type { HistorySettings } from '../claims/claim-store.js';
import type { Report } from '../base/events.js';
import type { RedisSource } from '../redis/redis-source.js';
import type { DqCodec } from '../wire/codec.js';
import type { Endpoint } from '../wire/endpoint.js';
import type { DqPriority } from '../wire/priority.js';
import type { BackoffRule } from '../wire/backoff.js';
import type { DqTubeOptions } from './dq-options.js';
import type { Expiry } from '../wire/expiry.js';

/** How a tube's jobs are run, with all defaults applied. */
export interface RunSettings {
  readonly concurrency: number;
  readonly attempts: number;
  readonly backoff: BackoffRule;
  readonly timeoutMs: number | undefined;
  readonly leaseMs: number;
}

/** A tube with all defaults applied. */
export interface TubeSettings extends RunSettings {
  readonly name: string;
  readonly format: 'native' | 'plain';
  readonly codec: DqCodec;
  readonly priority: DqPriority;
  readonly ttrSeconds: number;
  readonly expires: Expiry | undefined;
  readonly history: HistorySettings | undefined;
}

/** An embedded queue: no servers. */
export interface EmbeddedSettings {
  /** The absolute path of what keeps it; undefined when it ends with the process. */
  readonly file: string | undefined;
}

/** The options with all defaults applied, checked and frozen. */
export interface ResolvedOptions {
  /** The nodes; embedded, the name of the only one. */
  readonly endpoints: readonly Endpoint[];
  /** Undefined when embedded. */
  readonly redis: RedisSource | undefined;
  /** Undefined with servers. */
  readonly embedded: EmbeddedSettings | undefined;
  readonly tubes: ReadonlyMap<string, TubeSettings>;
  /** For tubes declared later. */
  readonly defaults: Omit<DqTubeOptions, 'name'> | undefined;
  readonly defaultTube: string;
  readonly consume: boolean | readonly string[];
  readonly copies: number;
  readonly minWrites: number;
  readonly commandDeadlineMs: number;
  readonly shutdownDeadlineMs: number;
  readonly retentionMs: number;
  readonly doneRetentionMs: number;
  readonly maxBodyBytes: number;
  readonly context: boolean;
  readonly onEvent: Report | undefined;
}
