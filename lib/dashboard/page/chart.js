import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from './html.js';

/**
 * `colour` names a custom property, `--line-a`. `none`: the value of a step in which nothing happened; a handler may well have taken 0 ms.
 *
 * @typedef {{ readonly label: string, readonly colour: 'a' | 'b' | 'c', readonly values: readonly (number | null)[], readonly none: 0 | null }} Series
 */

// Its package has no small file that is a module: the page loads one before its own.
const { uPlot } = /** @type {{ uPlot: typeof import('uplot') }} */ (/** @type {unknown} */ (globalThis));
const HEIGHT = 160;
/** Half of the last time below the plot, `23:59:59`, stands beyond it. */
const RIGHT = 30;
/** Between two lines of the grid: whole jobs and milliseconds, then seconds, minutes and hours. */
const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 3e4, 6e4, 12e4, 3e5, 6e5, 18e5, 36e5, 144e5, 864e5,
];
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const clockSeconds = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/**
 * Lines over time, a sentence that says the same, and the figures as a table.
 *
 * @param {{ title: string, summary: string, times: readonly number[], series: readonly Series[], valueText: (value: number) => string }} props
 */
export function Chart({ title, summary, times, series, valueText }) {
  const [at, setAt] = useState(/** @type {number | null} */ (null));
  const frame = usePlot({ times, series, valueText, onPoint: setAt });
  const shown = at === null ? lastIndex(series) : at;
  const moment = times[shown];
  return html`<figure class="chart">
    <figcaption>
      <h3>${title}</h3>
      <p class="note">${summary}.</p>
    </figcaption>
    <p class="legend">
      ${series.map(
        ({ label, colour, values }) =>
          html`<span key=${label}><i class=${`swatch ${colour}`}></i>${label} <b>${shownValue(values[shown], valueText)}</b></span>`,
      )}
      <span class="muted">${moment === undefined ? '' : `until ${clockSeconds.format(moment)}`}</span>
    </p>
    <div class="plot" ref=${frame} role="img" aria-label=${`${title}. ${summary}.`}></div>
    <${Figures} title=${title} times=${times} series=${series} valueText=${valueText} />
  </figure>`;
}

/** @param {{ title: string, times: readonly number[], series: readonly Series[], valueText: (value: number) => string }} props */
function Figures({ title, times, series, valueText }) {
  const [open, setOpen] = useState(false);
  const told = times
    .map((time, index) => ({ time, values: series.map(({ values }) => values[index]) }))
    .filter((_, index) => series.some((one) => isThere(one, one.values[index])))
    .toReversed();
  return html`<details onToggle=${(/** @type {Event} */ event) => setOpen(/** @type {HTMLDetailsElement} */ (event.currentTarget).open)}>
    <summary>As a table</summary>
    ${
      open &&
      html`<div class="scroll short" tabindex="0" role="region" aria-label=${`${title}, as a table`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Until</th>
              ${series.map(({ label }) => html`<th scope="col" class="number" key=${label}>${label}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${told.map(
              ({ time, values }) =>
                html`<tr key=${time}>
                  <th scope="row">${clockSeconds.format(time)}</th>
                  ${values.map((value, index) => html`<td class="number" key=${index}>${shownValue(value, valueText)}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`
    }
  </details>`;
}

/**
 * @param {number | null | undefined} value
 * @param {(value: number) => string} valueText
 */
function shownValue(value, valueText) {
  return value === null || value === undefined ? '–' : valueText(value);
}

/** @param {readonly Series[]} series */
function lastIndex(series) {
  return Math.max(0, ...series.map((one) => one.values.findLastIndex((value) => isThere(one, value))));
}

/**
 * @param {Series} series
 * @param {number | null | undefined} value
 */
function isThere({ none }, value) {
  return value !== null && value !== undefined && value !== none;
}

/**
 * A plot in the element that gets the reference: as wide as that is, in the colours of the page, with the data of the last call.
 *
 * @param {{ times: readonly number[], series: readonly Series[], valueText: (value: number) => string, onPoint: (index: number | null) => void }} what
 * @returns {{ current: HTMLDivElement | null }}
 */
function usePlot({ times, series, valueText, onPoint }) {
  const frame = useRef(/** @type {HTMLDivElement | null} */ (null));
  const plot = useRef(/** @type {uPlot | null} */ (null));
  const [look, setLook] = useState(0);
  const data = /** @type {uPlot.AlignedData} */ ([
    times.map((time) => time / 1_000),
    ...series.map(({ values }) => values),
  ]);
  useEffect(() => {
    const again = () => setLook((number) => number + 1);
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', again);
    addEventListener('themechange', again);
    return () => {
      system.removeEventListener('change', again);
      removeEventListener('themechange', again);
    };
  }, []);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const made = new uPlot(optionsOf(element, series, valueText, onPoint), data, element);
    plot.current = made;
    const resized = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== made.width)
        made.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [look]);
  useEffect(() => plot.current?.setData(data), [times, series]);
  return frame;
}

/**
 * @param {HTMLElement} element
 * @param {readonly Series[]} series
 * @param {(value: number) => string} valueText
 * @param {(index: number | null) => void} onPoint
 * @returns {uPlot.Options}
 */
function optionsOf(element, series, valueText, onPoint) {
  const text = colourOf(element, 'muted');
  const grid = { stroke: colourOf(element, 'grid'), width: 1 };
  const axis = { stroke: text, grid, ticks: { show: false }, font: '12px system-ui, sans-serif' };
  return {
    width: Math.max(element.clientWidth, 200),
    height: HEIGHT,
    padding: [null, RIGHT, null, null],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 5 } },
    scales: { y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.05 : 1] } },
    axes: [
      {
        ...axis,
        size: 28,
        values: (_plot, ticks) => ticks.map((tick) => (areClose(ticks) ? clockSeconds : clock).format(tick * 1_000)),
      },
      { ...axis, size: 58, incrs: STEPS, values: (_plot, ticks) => ticks.map(valueText) },
    ],
    series: [
      {},
      ...series.map(({ label, colour, values }) => ({
        label,
        stroke: colourOf(element, `line-${colour}`),
        width: 1.75,
        // Between two steps without an attempt there is no line to see.
        points: { show: values.includes(null), size: 3.5 },
        spanGaps: false,
      })),
    ],
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] },
  };
}

/** @param {readonly number[]} ticks seconds */
function areClose([first = 0, second = Infinity]) {
  return second - first < 60;
}

/**
 * The value of a custom property, as a canvas understands it: `light-dark()` is resolved where a colour is used.
 *
 * @param {HTMLElement} element
 * @param {string} name
 */
function colourOf(element, name) {
  const probe = document.createElement('i');
  probe.className = `probe ${name}`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
