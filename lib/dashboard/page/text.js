import { html } from './html.js';

// Controls, what turns the direction of the text around it, and what has no width: a reader would not see them, or would see another text than is there.
const UNSEEN =
  // oxlint-disable-next-line no-control-regex
  /([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb])/;

/**
 * What somebody else wrote, as text: its direction ends where it ends, and what cannot be seen is spelt out.
 *
 * @param {{ text: string }} props
 */
export function Foreign({ text }) {
  return html`<bdi>${spelt(text)}</bdi>`;
}

/**
 * @param {string} text
 * @returns {import('./html.js').Child[]}
 */
export function spelt(text) {
  return text
    .split(UNSEEN)
    .map((part, index) => (index % 2 === 0 ? part : html`<span class="spelt">${nameOf(part)}</span>`));
}

/** @param {string} char */
function nameOf(char) {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/**
 * @param {number} count
 * @param {string} noun
 */
export function counted(count, noun) {
  return `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
}

const digits = new Intl.NumberFormat('en');

/** @param {number} value */
export function number(value) {
  return digits.format(value);
}

/** @param {number} bytes */
export function bytesText(bytes) {
  if (bytes < 1_024) return counted(bytes, 'byte');
  if (bytes < 1_024 * 1_024) return `${number(Math.round(bytes / 102.4) / 10)} KiB`;
  return `${number(Math.round(bytes / 104_857.6) / 10)} MiB`;
}
