import { useEffect, useState } from 'preact/hooks';
import { urlOf } from './api.js';

/**
 * @typedef {import('../wire.js').LiveEvent} LiveEvent
 * @typedef {'connecting' | 'open' | 'hidden'} State
 * @typedef {{ readonly events: readonly LiveEvent[], readonly state: State, readonly missed: number }} Events
 */

/** Older ones are forgotten. */
const MOST = 500;
/** Milliseconds for which events gather before they are drawn. */
const GATHER = 200;

/**
 * Events as they happen, the newest first. A hidden tab lets go of its connection: a browser has only a few for each site.
 *
 * @returns {Events}
 */
export function useEvents() {
  const [events, setEvents] = useState(/** @type {readonly LiveEvent[]} */ ([]));
  const [missed, setMissed] = useState(0);
  const [state, setState] = useState(/** @type {State} */ ('connecting'));
  useEffect(() => {
    /** @type {EventSource | undefined} */
    let source;
    /** @type {LiveEvent[]} */
    let gathered = [];
    let last = 0;
    const draw = () => {
      if (gathered.length === 0) return;
      const fresh = gathered.toReversed();
      gathered = [];
      setEvents((before) => [...fresh, ...before].slice(0, MOST));
    };
    const take = (/** @type {MessageEvent<string>} */ { data }) => {
      const event = /** @type {LiveEvent} */ (JSON.parse(data));
      // Another process counts from the beginning.
      if (last > 0 && event.seq > last + 1) setMissed((count) => count + event.seq - last - 1);
      if (event.seq < last) setEvents([]);
      last = event.seq;
      gathered = [...gathered, event].slice(-MOST);
    };
    const follow = () => {
      source?.close();
      source = undefined;
      if (document.visibilityState !== 'visible') {
        setState('hidden');
        return;
      }
      setState('connecting');
      source = new EventSource(urlOf('live'));
      source.addEventListener('open', () => setState('open'));
      source.addEventListener('error', () => setState('connecting'));
      source.addEventListener('message', take);
    };
    const timer = setInterval(draw, GATHER);
    document.addEventListener('visibilitychange', follow);
    follow();
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', follow);
      source?.close();
    };
  }, []);
  return { events, state, missed };
}
