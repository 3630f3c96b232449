// @ts-check

/** @param {readonly number[]} values */
export function median(values) {
  return quantile(values, 0.5);
}

/**
 * @param {ArrayLike<number>} values
 * @param {number} part 0 (least) to 1 (most)
 */
export function quantile(values, part) {
  const sorted = Float64Array.from(values).toSorted();
  return sortedQuantile(sorted, part);
}

/**
 * Between the two nearest values, in proportion. NaN when there is none.
 *
 * @param {Float64Array} sorted
 * @param {number} part
 */
export function sortedQuantile(sorted, part) {
  if (sorted.length === 0) return Number.NaN;
  const at = part * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0];
  return low + (high - low) * (at - Math.floor(at));
}

/**
 * Ratios are taken in each round and then their median: what slows the machine slows both sides of a round.
 *
 * @param {readonly number[]} ours
 * @param {readonly number[]} theirs
 */
export function medianRatio(ours, theirs) {
  return median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}
