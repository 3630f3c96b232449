import type { ResolvedOptions } from './core/options/resolved-options.js';

/** A line is cut at some length, and what has no handler stands behind what has one. */
const MOST_NAMES = 20;

/** What a process does with its tubes. */
export interface TubeUse {
  readonly consume: ResolvedOptions['consume'];
  /** The tubes whose jobs it runs: by name, who runs them and how many at once. */
  readonly handled: ReadonlyMap<string, { readonly title: string; readonly concurrency: number }>;
  /** Tubes that have a handler here, whether `consume` lists them or not. */
  readonly found: ReadonlySet<string>;
  /** The tubes to be told of. */
  readonly tubes: readonly string[];
}

/**
 * What is told once, at boot: whose jobs this process runs, and whose it does not. A class that was forgotten among the
 * providers is seen nowhere else.
 */
export function tubeLine({ consume, handled, found, tubes }: TubeUse): string {
  if (consume !== true && handled.size === 0) {
    return `Tubes: ${listed(tubes)}. This process only schedules, as consume says.`;
  }
  const others = tubes.filter((tube) => !handled.has(tube));
  const without = others.filter((tube) => !found.has(tube));
  const none = without.length === 0 ? '' : `no handler here: ${listed(without)}`;
  if (handled.size === 0) {
    return (
      `Tubes: ${none}. Put each class with @DqHandler among providers or controllers, or say consume: false if this ` +
      'process only schedules.'
    );
  }
  const leftOut = others.filter((tube) => found.has(tube));
  const parts = [
    listed([...handled].map(([tube, { title, concurrency }]) => `${tube} (${title}, ${concurrency} at once)`)),
    leftOut.length === 0 ? '' : `not in consume: ${listed(leftOut)}`,
    none,
  ];
  return `Tubes: ${parts.filter((part) => part !== '').join('; ')}.`;
}

function listed(names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return names.slice(0, MOST_NAMES).join(', ') + more;
}
