import { render } from 'preact';
import { html } from './html.js';

const root = document.getElementById('app');
if (root) render(html`<main><h1>Jobs</h1></main>`, root);
