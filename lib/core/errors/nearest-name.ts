const SHORTEST_START = 3;
const LETTERS_PER_MISTAKE = 3;

/**
 * The name that was probably meant: one with at most a third of its letters wrong, whatever its case, or one of which only the
 * beginning was written, or to which something was added. Undefined when none is near.
 */
export function nearestName(given: string, names: Iterable<string>): string | undefined {
  const meant = given.toLowerCase();
  const limit = Math.floor(meant.length / LETTERS_PER_MISTAKE);
  let nearest: string | undefined;
  let least = Infinity;
  for (const name of names) {
    const known = name.toLowerCase();
    // Names may be as long as a tube's; those of very different lengths need no look.
    const mistakes = Math.abs(known.length - meant.length) > limit ? Infinity : mistakesBetween(meant, known);
    const distance = mistakes <= limit ? mistakes : startsAlike(meant, known) ? limit + 1 : Infinity;
    if (distance < least) [nearest, least] = [name, distance];
  }
  return nearest;
}

function startsAlike(one: string, other: string): boolean {
  return Math.min(one.length, other.length) >= SHORTEST_START && (one.startsWith(other) || other.startsWith(one));
}

/** Letters to add, leave out or change: Levenshtein's distance. */
function mistakesBetween(one: string, other: string): number {
  let last = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row++) {
    const next = [row];
    for (let at = 1; at <= other.length; at++) {
      const changed = (last[at - 1] as number) + (one[row - 1] === other[at - 1] ? 0 : 1);
      next.push(Math.min(changed, (last[at] as number) + 1, (next[at - 1] as number) + 1));
    }
    last = next;
  }
  return last[other.length] as number;
}
