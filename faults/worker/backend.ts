import type { Clock } from '../../lib/core/base/clock.js';
import { BeanstalkdDialer } from '../../lib/core/beanstalkd/dialer.js';
import type { Report } from '../../lib/core/base/events.js';
import type { ResolvedOptions } from '../../lib/core/options/resolved-options.js';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { RedisConnection } from '../../lib/core/redis/redis-connection.js';
import type { Backend } from '../../lib/core/runtime.js';
import type { Sabotage } from '../../harness/sabotage/sabotage.js';

/** The runtime's own backend, real servers, with one protection taken out at a seam. */
export function weakenedBackend(
  control: Sabotage,
): (options: ResolvedOptions, clock: Clock, report: Report) => Backend {
  return (options, clock, report) => {
    const settings = {
      commandDeadline: options.commandDeadlineMs,
      maxBodyBytes: options.maxBodyBytes,
      ...control.connection,
    };
    const { redis } = options;
    if (redis === undefined) throw new TypeError('expected real servers, got embedded options');
    const connection = new RedisConnection(redis, options.commandDeadlineMs, clock, report);
    const store = new RedisClaimStore(connection, options.retentionMs, clock, options.doneRetentionMs);
    const dialers = options.endpoints.map((endpoint) => new BeanstalkdDialer(endpoint, settings, clock));
    return {
      dialers: dialers.map((dialer) => control.dialer?.(dialer) ?? dialer),
      store: control.store?.(store) ?? store,
      start: () => undefined,
    };
  };
}
