// @ts-check
import { curve, gridLine, legend, sides, svg, text } from './svg.mjs';

/** @typedef {import('../figures/figure.mjs').Figure} Figure */

const [LEFT, TOP, WIDTH, HEIGHT, GAP] = [50, 90, 220, 180, 30];
const ticks = [1, 10, 100, 1000];
const [LEAST, MOST] = [0.5, 2000];

/**
 * How many jobs had begun how late, a panel for each rate.
 *
 * @param {string} title
 * @param {readonly (readonly [string, Figure])[]} panels each with its heading
 */
export function latenessCurves(title, panels) {
  const parts = [text(16, 26, title, { kind: 'title' }), ...legend(16, 48, ['ours', 'bullmq'])];
  panels.forEach(([heading, figure], at) => {
    const left = LEFT + at * (WIDTH + GAP);
    const x = (/** @type {number} */ ms) =>
      left + (Math.log(Math.min(MOST, Math.max(LEAST, ms)) / LEAST) / Math.log(MOST / LEAST)) * WIDTH;
    const y = (/** @type {number} */ part) => TOP + (1 - part) * HEIGHT;
    parts.push(text(left, TOP - 12, heading));
    for (const part of [0, 0.25, 0.5, 0.75, 1]) {
      parts.push(gridLine(left, y(part), left + WIDTH, y(part)));
      if (at === 0) parts.push(text(left - 6, y(part) + 4, `${part * 100} %`, { anchor: 'end', kind: 'soft' }));
    }
    for (const tick of ticks) {
      const label = tick === 1 ? '1 ms' : tick === 1000 ? '1 s' : String(tick);
      parts.push(gridLine(x(tick), TOP, x(tick), TOP + HEIGHT));
      parts.push(text(x(tick), TOP + HEIGHT + 16, label, { anchor: 'middle', kind: 'soft' }));
    }
    for (const { name, colour } of sides) {
      const points = name === 'ceiling' ? undefined : figure.curves?.[name];
      if (points)
        parts.push(
          curve(
            points.map(([part, ms]) => /** @type {const} */ ([x(ms), y(part)])),
            colour,
          ),
        );
    }
  });
  parts.push(
    text(LEFT, TOP + HEIGHT + 36, 'milliseconds late, on a scale of tenfold steps; share of jobs', { kind: 'soft' }),
  );
  return svg(LEFT + panels.length * (WIDTH + GAP) + 10, TOP + HEIGHT + 50, title, parts);
}
