import type { HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import type { DqHealth, DqHealthOptions, DqHealthReport } from '../index.js';

/** Health indicators for `@nestjs/terminus`. Each answers at once and from memory, whatever hangs; see `DqHealth`. */
export class DqHealthIndicator {
  readonly #indicators: HealthIndicatorService;
  readonly #health: DqHealth;

  /** Made by `DqHealthModule`; inject it rather than calling this. */
  constructor(indicators: HealthIndicatorService, health: DqHealth) {
    this.#indicators = indicators;
    this.#health = health;
  }

  /**
   * For a liveness probe: down only when this process has stopped taking jobs although it could, so that starting it anew helps. Never
   * because servers are away.
   */
  alive<Key extends string>(key: Key): HealthIndicatorResult<Key> {
    const report = this.#health.check();
    return this.#result(key, report.alive, report);
  }

  /**
   * For a readiness probe: down while too few nodes, or Redis, can be reached, or while a job is `overdue`.
   * @throws DqOptionsError for an `overdue` that is no duration
   */
  ready<Key extends string>(key: Key, options?: DqHealthOptions): HealthIndicatorResult<Key> {
    const report = this.#health.check(options);
    return this.#result(key, report.ready, report);
  }

  #result<Key extends string>(key: Key, isUp: boolean, report: DqHealthReport): HealthIndicatorResult<Key> {
    const { reasons, nodes, store, tubes } = report;
    const details = { reasons, nodes, store, tubes };
    const session = this.#indicators.check(key);
    return isUp ? session.up(details) : session.down(details);
  }
}
