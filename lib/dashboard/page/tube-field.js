import { valueOf } from './dialog.js';
import { html } from './html.js';

/** @param {{ tubes: readonly import('../wire.js').TubeMeta[], value: string, onChange: (tube: string) => void }} props */
export function TubeField({ tubes, value, onChange }) {
  return html`<label class="field"
    ><span>Tube</span>
    <select name="tube" value=${value} onChange=${(/** @type {Event} */ event) => onChange(valueOf(event))}>
      ${tubes.map(({ name }) => html`<option key=${name} value=${name}>${name}</option>`)}
    </select></label
  >`;
}
