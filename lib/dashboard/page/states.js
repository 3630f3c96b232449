import { adviceOn } from './failure.js';
import { html } from './html.js';
import { href } from './route.js';
import { Foreign, spelt } from './text.js';
import { Time } from './time.js';

/** @typedef {import('./failure.js').Failure} Failure */

/** It comes into sight a moment later: most answers are faster. */
export function Loading() {
  return html`<p class="loading" role="status">Loading …</p>`;
}

/** @param {{ children?: unknown }} props */
export function Empty({ children }) {
  return html`<p class="box empty">${children}</p>`;
}

/** @param {{ failure: Failure }} props */
export function Problem({ failure }) {
  return html`<div class="box bad" role="alert">
    <p><b>${spelt(failure.message)}</b></p>
    <p>${adviceOn(failure)} <small>${failure.code}</small></p>
  </div>`;
}

/**
 * Who did not answer, and, as children, what that means here.
 *
 * @param {{ nodes: readonly string[], children?: unknown }} props
 */
export function Silent({ nodes, children }) {
  if (nodes.length === 0) return null;
  return html`<p class="box warn">
    ${nodes.length === 1 ? 'A node does not answer' : 'Nodes do not answer'}: ${nodes.map((node, index) => html`${index > 0 && ', '}<b><${Foreign} text=${node} /></b>`)}.${' '}${children} <a href=${href('nodes')}>Nodes</a>
  </p>`;
}

/**
 * What was read, or why there is nothing to show. What was read before a failure stays, and says how old it is.
 *
 * @template {{ readonly at: number }} T
 * @param {{ of: import('./poll.js').Shown<T>, children: (view: T) => unknown }} props
 */
export function Shown({ of: { view, failure }, children }) {
  if (view === null) return failure === null ? Loading() : html`<${Problem} failure=${failure} />`;
  return html`${
    failure !== null &&
    !failure.away &&
    html`<div class="box warn" role="alert">
        <p><b>${spelt(failure.message)}</b> What is shown was read <${Time} at=${view.at} />. ${adviceOn(failure)}</p>
      </div>`
  }
    ${children(view)}`;
}
