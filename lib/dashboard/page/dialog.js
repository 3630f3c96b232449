import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { useAction } from './action.js';
import { Field } from './fields.js';
import { html } from './html.js';
import { spelt } from './text.js';

/** @typedef {import('../wire-actions.js').ActionView} ActionView */

/**
 * A question in front of an action. The browser keeps the focus inside, closes it with Escape and gives the focus back.
 *
 * `word`: has to be typed before the action can be asked for; `body` is given what was typed. Children are what the reader has to know, and fields.
 *
 * @param {{
 *   title: string,
 *   label: string,
 *   danger?: boolean,
 *   word?: string,
 *   path: string,
 *   body: (confirm: string) => object,
 *   onDone?: (outcome: ActionView) => void,
 *   onClose: () => void,
 *   children?: unknown,
 * }} props
 */
export function Confirm({ title, label, danger = false, word, path, body, onDone, onClose, children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  const [typed, setTyped] = useState('');
  const [failure, setFailure] = useState('');
  const { busy, run } = useAction(setFailure);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const close = () => dialog.current?.close();
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (busy) return;
    setFailure('');
    const outcome = await run(path, body(typed));
    if (outcome === null) return;
    close();
    onDone?.(outcome);
  };
  return html`<dialog ref=${dialog} aria-labelledby=${id} onClose=${onClose}>
    <form onSubmit=${submit}>
      <h2 id=${id}>${title}</h2>
      ${children}
      ${
        word !== undefined &&
        html`<${Field} label=${html`Type <b class="word">${spelt(word)}</b> to confirm`} name="confirm" autocapitalize="off" value=${typed} onInput=${setTyped} />`
      }
      ${failure !== '' && html`<p class="box bad" role="alert">${spelt(failure)}</p>`}
      <div class="buttons end">
        <button type="button" onClick=${close}>Leave it</button>
        <button
          type="submit"
          class=${danger ? 'danger' : 'primary'}
          disabled=${word !== undefined && typed !== word}
          aria-disabled=${busy}
        >
          ${label}
        </button>
      </div>
    </form>
  </dialog>`;
}
