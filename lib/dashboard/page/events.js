import { useEffect, useState } from 'preact/hooks';
import { read, urlOf } from './api.js';
import { connection } from './connection.js';
import { useStore } from './store.js';

/**
 * @typedef {import('../wire.js').LiveEvent} LiveEvent
 * @typedef {'connecting' | 'open' | 'hidden' | 'refused'} State
 * @typedef {{ readonly events: readonly LiveEvent[], readonly state: State }} Events
 */

/** Older ones are forgotten. */
const MOST = 500;
/** Milliseconds for which events gather before they are drawn. */
const GATHER = 200;
/** Milliseconds until it is asked again for a stream that was refused: the browser does so only for one that broke. */
const AGAIN = 5_000;

/**
 * Events of a process as they happen, the newest first. A hidden tab lets go of its connection: a browser has only a few for each site.
 *
 * @param {string} process another one counts its events from the beginning
 * @returns {Events}
 */
export function useEvents(process) {
  const [events, setEvents] = useState(/** @type {readonly LiveEvent[]} */ ([]));
  const [state, setState] = useState(/** @type {State} */ ('connecting'));
  const { away } = useStore(connection);
  useEffect(() => () => setEvents([]), [process]);
  useEffect(() => {
    if (away) return undefined;
    /** @type {EventSource | undefined} */
    let source;
    /** @type {LiveEvent[]} */
    let gathered = [];
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let again;
    const draw = () => {
      if (gathered.length === 0) return;
      const come = gathered.toReversed();
      gathered = [];
      setEvents((before) => newestOf(come, before));
    };
    const take = (/** @type {MessageEvent<string>} */ { data }) => {
      gathered = [...gathered, /** @type {LiveEvent} */ (JSON.parse(data))].slice(-MOST);
    };
    const fail = () => {
      const isRefused = source?.readyState === EventSource.CLOSED;
      setState(isRefused ? 'refused' : 'connecting');
      // An application that closes refuses, and there is another one soon.
      if (isRefused) again = setTimeout(connect, AGAIN);
      // A stream does not say why it ended: this does.
      void read('meta').catch(() => undefined);
    };
    const connect = () => {
      source = new EventSource(urlOf('live'));
      source.addEventListener('open', () => setState('open'));
      source.addEventListener('error', fail);
      source.addEventListener('message', take);
    };
    const leave = () => {
      clearTimeout(again);
      source?.close();
      source = undefined;
    };
    const follow = () => {
      leave();
      const isVisible = document.visibilityState === 'visible';
      setState(isVisible ? 'connecting' : 'hidden');
      if (isVisible) connect();
    };
    const timer = setInterval(draw, GATHER);
    document.addEventListener('visibilitychange', follow);
    follow();
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', follow);
      leave();
    };
  }, [away, process]);
  return { events, state: away ? 'connecting' : state };
}

/**
 * Whoever connects again is told once more what the log had.
 *
 * @param {readonly LiveEvent[]} come
 * @param {readonly LiveEvent[]} before
 */
function newestOf(come, before) {
  const known = new Set(before.map(({ seq }) => seq));
  return [...come.filter(({ seq }) => !known.has(seq)), ...before].slice(0, MOST);
}
