import { Recorder } from '../support/wait.js';

/** What the handlers and other parts of a test's applications note, in order. A spec clears it before each test. */
export const seen = new Recorder<string>();
