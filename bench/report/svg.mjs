// @ts-check

/** How each side is drawn. The colours are told apart on white and on black. */
export const sides = /** @type {const} */ ([
  { name: 'ours', title: 'nestjs-dq, three copies', colour: '#3b82f6' },
  { name: 'bullmq', title: 'BullMQ, one Redis', colour: '#e08a1e' },
  { name: 'ceiling', title: 'ceiling: plain sockets, three copies', colour: '#8b949e' },
]);

const style = `
    text { font: 12px system-ui, sans-serif; fill: #1f2328 }
    .title { font-weight: 600; font-size: 14px }
    .soft { fill: #59636e }
    .grid { stroke: #8b949e; stroke-opacity: 0.35 }
    @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .soft { fill: #9198a1 } }`;

/**
 * @param {number} width
 * @param {number} height
 * @param {string} title
 * @param {readonly string[]} parts
 */
export function svg(width, height, title, parts) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
  <title>${title}</title>
  <style>${style}
  </style>
${parts.map((part) => `  ${part}`).join('\n')}
</svg>
`;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} words
 * @param {{ anchor?: 'start' | 'middle' | 'end', kind?: 'title' | 'soft' }} [how]
 */
export function text(x, y, words, { anchor = 'start', kind } = {}) {
  const style = kind === undefined ? '' : ` class="${kind}"`;
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${style}>${words}</text>`;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 * @param {string} colour
 */
export function bar(x, y, width, height, colour) {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${height}" rx="2" fill="${colour}"/>`;
}

/**
 * @param {readonly (readonly [number, number])[]} points
 * @param {string} colour
 */
export function curve(points, colour) {
  const path = points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ');
  return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`;
}

/**
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 */
export function gridLine(x1, y1, x2, y2) {
  return `<line class="grid" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`;
}

/**
 * What the colours stand for, side by side.
 *
 * @param {number} x
 * @param {number} y
 * @param {readonly string[]} names
 */
export function legend(x, y, names) {
  const shownSides = sides.filter(({ name }) => names.includes(name));
  let at = x;
  return shownSides.flatMap(({ title, colour }) => {
    const parts = [bar(at, y - 10, 12, 12, colour), text(at + 18, y, title)];
    at += 40 + title.length * 6.6;
    return parts;
  });
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
