import { listed } from '../core/errors/shown.js';
import type { ResolvedOptions } from '../core/options/resolved-options.js';

/** Who runs the jobs of a tube, and how many at once. */
export interface HandlerUse {
  readonly title: string;
  readonly concurrency: number;
}

/** What a process does with its tubes. */
export interface TubeUse {
  readonly consume: ResolvedOptions['consume'];
  /** The tubes whose jobs it runs, by name. */
  readonly handled: ReadonlyMap<string, HandlerUse>;
  /** Tubes that have a handler here, whether `consume` lists them or not. */
  readonly found: ReadonlySet<string>;
  /** The tubes to be told of. */
  readonly tubes: readonly string[];
}

/** What is told once, and how urgently. */
export interface TubeLine {
  readonly level: 'log' | 'warn';
  readonly text: string;
}

/**
 * What is told once, at boot: whose jobs this process runs, and whose it does not. A class that was forgotten among the
 * providers is seen nowhere else, so a tube without a handler is a warning, unless `consume` leaves the tube to other processes.
 */
export function tubeLine({ consume, handled, found, tubes }: TubeUse): TubeLine {
  if (consume !== true && handled.size === 0) {
    return { level: 'log', text: `Tubes: ${listed(tubes)}. This process only schedules, as consume says.` };
  }
  const others = tubes.filter((tube) => !handled.has(tube));
  const without = others.filter((tube) => !found.has(tube));
  const leftOut = others.filter((tube) => found.has(tube));
  const parts = [
    listed([...handled].map(([tube, use]) => described(tube, use))),
    leftOut.length === 0 ? '' : `not in consume: ${listed(leftOut)}`,
    without.length === 0 ? '' : `no handler here: ${listed(without)}`,
  ];
  const text = `Tubes: ${parts.filter((part) => part !== '').join('; ')}.`;
  if (without.length === 0 || consume !== true) return { level: 'log', text };
  const only =
    handled.size === 0
      ? 'set consume: false if this process only schedules'
      : 'list the tubes of this process in consume';
  return { level: 'warn', text: `${text} Put each class with @DqHandler among providers or controllers, or ${only}.` };
}

/** How the line names a tube that is handled. */
export function described(tube: string, { title, concurrency }: HandlerUse): string {
  return `${tube} (${title}, ${concurrency} at once)`;
}
