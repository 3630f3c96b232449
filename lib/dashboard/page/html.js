import htm from 'htm';
import { h } from 'preact';

/** @typedef {import('preact').ComponentChild} Child */

/** Templates in place of JSX. What is put into them is text, never markup. */
export const html = /** @type {(strings: TemplateStringsArray, ...values: unknown[]) => import('preact').VNode} */ (
  htm.bind(h)
);
