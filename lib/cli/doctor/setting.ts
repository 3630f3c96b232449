import type { Clock } from '../../core/base/clock.js';
import type { Endpoint } from '../../core/wire/endpoint.js';

/** What the checks of servers are told. */
export interface ServerSetting {
  readonly endpoints: readonly Endpoint[];
  /** A URL. */
  readonly redis: string;
  /** Those that were named; none: all that the nodes list. */
  readonly tubes: readonly string[];
  readonly clock: Clock;
  /** Milliseconds that one step of a check may take: a command, a connect, a look-up of a name. */
  readonly ms: number;
  /** Fires with Ctrl-C: no new step is begun, and what was begun is put right. */
  readonly signal: AbortSignal;
  /** As the application has them. */
  readonly maxBodyBytes: number;
  readonly minWrites: number;
}
