import type { DqEvent, DqEventType } from '../core/base/events.js';
import type { Clock } from '../core/base/clock.js';

const MOST_WARNINGS = 20;

/** What servers this process watched: since when one is away, and what Redis was found set up like. */
export class WatchedServers {
  static readonly types: ReadonlySet<DqEventType> = new Set<DqEventType>([
    'node-lost',
    'node-back',
    'store-lost',
    'store-back',
    'file-lost',
    'file-back',
    'store-warning',
  ]);
  readonly #clock: Clock;
  readonly #away = new Map<string, number>();
  readonly #warnings = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  readonly tell = (event: DqEvent): void => {
    switch (event.type) {
      case 'node-lost':
        this.#lost(event.node);
        break;
      case 'node-back':
        this.#away.delete(event.node);
        break;
      case 'store-lost':
      case 'file-lost':
        this.#lost('');
        break;
      case 'store-back':
      case 'file-back':
        this.#away.delete('');
        break;
      case 'store-warning':
        this.#warn(event.reason);
        break;
      default:
    }
  };

  /** Of a node; of the claim store without one. */
  awaySince(node = ''): number | null {
    return this.#away.get(node) ?? null;
  }

  /** It may come again, with another reason. */
  #lost(server: string): void {
    if (!this.#away.has(server)) this.#away.set(server, this.#clock.now());
  }

  #warn(reason: string): void {
    this.#warnings.delete(reason);
    this.#warnings.add(reason);
    const [oldest] = this.#warnings;
    if (this.#warnings.size > MOST_WARNINGS && oldest !== undefined) this.#warnings.delete(oldest);
  }
}
