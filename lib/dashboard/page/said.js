import { html } from './html.js';
import { spelt } from './text.js';
import { Moment } from './time.js';

/**
 * A sentence of the application, with what others wrote in it. Its moments are told by the reader's clock.
 *
 * @param {{ sentence: import('../wire.js').Sentence }} props
 */
export function Said({ sentence }) {
  const parts = typeof sentence === 'string' ? [sentence] : sentence;
  return html`<bdi>${parts.map((part) => (typeof part === 'number' ? html`<${Moment} at=${part} />` : spelt(part)))}</bdi>`;
}
