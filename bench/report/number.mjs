// @ts-check

/**
 * Three digits that matter, thousands apart.
 *
 * @param {number} value
 */
export function shown(value) {
  if (!Number.isFinite(value)) return '?';
  const size = Math.abs(value);
  if (size >= 1000) return Number(value.toPrecision(3)).toLocaleString('en-US');
  if (size >= 100 || Number.isInteger(value)) return value.toFixed(0);
  return size < 0.1 ? value.toFixed(3) : value.toFixed(size < 10 ? 2 : 1);
}
