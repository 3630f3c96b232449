import { useState } from 'preact/hooks';
import { Confirm } from './dialog.js';
import { Field } from './fields.js';
import { html } from './html.js';

/** @typedef {import('../wire-actions.js').PauseAction} PauseAction */

/** @param {{ tube: string, onClose: () => void }} props */
export function PauseDialog({ tube, onClose }) {
  const [reason, setReason] = useState('');
  const [length, setLength] = useState('');
  /** @type {(confirm: string) => PauseAction} */
  const body = (confirm) => ({
    confirm,
    ...(reason !== '' && { reason }),
    ...(length.trim() !== '' && { for: length.trim() }),
  });
  return html`<${Confirm}
    title="Pause this tube"
    label="Pause"
    word=${tube}
    path=${`tubes/${encodeURIComponent(tube)}/pause`}
    body=${body}
    onClose=${onClose}
  >
    <p>From then on no job of it starts, in any process. What is running goes on; jobs can still be scheduled, and are late when it is resumed.</p>
    <${Field} label="Reason, for those who wonder" name="reason" spellcheck value=${reason} onInput=${setReason} />
    <${Field} label="For how long, such as 10m or 2h; empty: until it is resumed" name="for" value=${length} onInput=${setLength} />
  <//>`;
}
