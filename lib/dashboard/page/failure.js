/** What a call of the API came to when it did not work out. */
export class Failure extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{ away?: boolean, cause?: unknown }} [more] away: nobody answered
   */
  constructor(code, message, { away = false, cause } = {}) {
    super(message, { cause });
    this.name = 'Failure';
    this.code = code;
    this.away = away;
  }
}

/** @type {Record<string, string>} */
const advice = {
  AWAY: 'The page goes on by itself as soon as the application answers.',
  HTTP_401: 'Sign in to the application, then reload this page.',
  HTTP_403: 'Sign in to the application as somebody who may see this page, then reload it.',
  HTTP_404: 'It may be gone, or this page may be older than the application: reload it.',
  READ_ONLY: 'The application allows you to look, not to change.',
  CROSS_SITE: 'Open the dashboard by its own address, not inside of another site, and try again.',
  NOT_CONFIRMED: "Type the tube's name exactly as it is shown.",
  DQ_CLAIM_STORE: 'Redis did not answer: see Nodes. Nothing has been changed unless it is said above.',
};

/** What was asked for cannot be: asked again it is the same, and the message says what to do. All others are about servers. */
const SAID = /^(?:BAD_REQUEST$|DQ_(?!CLOSED|CONNECTION|DEADLINE|FILE|PROTOCOL|QUORUM))/;

/**
 * What to do about it, as a sentence; empty where its message has said it.
 *
 * @param {Failure} failure
 */
export function adviceOn({ code }) {
  return advice[code] ?? (SAID.test(code) ? '' : 'Try again. If it stays so, the log of the application says more.');
}
