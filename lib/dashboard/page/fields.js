import { html } from './html.js';

/** @param {Event} event */
export function valueOf(event) {
  return /** @type {HTMLInputElement} */ (event.currentTarget).value;
}

/**
 * A line to type. What else is given stands on its `input`.
 *
 * @param {{ label: unknown, name: string, value: string, onInput: (value: string) => void, wide?: boolean } & Record<string, unknown>} props
 */
export function Field({ label, wide, onInput, ...rest }) {
  return html`<label class=${wide ? 'field wide' : 'field'}
    ><span>${label}</span>
    <input type="text" autocomplete="off" spellcheck=${false} ...${rest} onInput=${(/** @type {Event} */ event) => onInput(valueOf(event))}
  /></label>`;
}

/** @param {{ value: string, options: readonly (readonly [value: string, label: string])[], onChange: (value: string) => void, name?: string }} props */
export function Select({ value, options, onChange, name }) {
  return html`<select name=${name} value=${value} onChange=${(/** @type {Event} */ event) => onChange(valueOf(event))}>
    ${options.map(([key, label]) => html`<option key=${key} value=${key}>${label}</option>`)}
  </select>`;
}

/** @param {{ tubes: readonly import('../wire.js').TubeMeta[], value: string, onChange: (tube: string) => void }} props */
export function TubeField({ tubes, ...rest }) {
  return html`<label class="field"><span>Tube</span> <${Select} name="tube" options=${tubes.map(({ name }) => [name, name])} ...${rest} /></label>`;
}
