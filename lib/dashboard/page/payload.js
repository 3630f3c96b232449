import { html } from './html.js';
import { bytesText, spelt } from './text.js';

/**
 * A body as text: what it holds was written by others, and is only ever shown.
 *
 * @param {{ payload: import('../wire.js').PayloadView, label: string }} props
 */
export function Payload({ payload, label }) {
  if (!payload.shown) return html`<p class="muted">Bodies are not shown in this dashboard.</p>`;
  const { text, bytes, cut } = payload;
  return html`<pre class="payload" tabindex="0" role="region" aria-label=${label}>${spelt(text)}</pre>
    ${cut && html`<p class="note"><b>Cut</b>: this is the beginning of ${bytesText(bytes)}.</p>`}`;
}
