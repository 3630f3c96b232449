import { useCallback, useEffect, useState } from 'preact/hooks';
import { read } from './api.js';
import { connected } from './connection.js';
import { Failure } from './failure.js';

/** Milliseconds between an answer and the next question. */
const EVERY = 2_000;

const wake = new EventTarget();

/** Has what is shown read again at once, as after an action. */
export function refresh() {
  wake.dispatchEvent(new Event('wake'));
}

/**
 * What was read last, and what has gone wrong since.
 *
 * @template T
 * @typedef {{ readonly view: T | null, readonly failure: Failure | null }} Shown
 */

/** @type {Shown<never>} */
const NOTHING = { view: null, failure: null };

/**
 * Reads a view again and again while the tab is visible and the application answers. `null`: reads nothing.
 *
 * @template T
 * @param {string | null} path
 * @returns {Shown<T>}
 */
export function usePoll(path) {
  const [state, setState] = useState(/** @type {Shown<T> & { of: string | null }} */ ({ ...NOTHING, of: path }));
  useEffect(() => {
    if (path === null) return undefined;
    const end = new AbortController();
    const keep = (/** @type {Partial<Shown<T>>} */ change) =>
      setState((before) => ({ ...(before.of === path ? before : NOTHING), ...change, of: path }));
    void poll(path, end.signal, keep);
    return () => end.abort();
  }, [path]);
  return state.of === path ? state : NOTHING;
}

/**
 * @template T
 * @param {string} path
 * @param {AbortSignal} signal
 * @param {(change: Partial<Shown<T>>) => void} keep
 */
async function poll(path, signal, keep) {
  for (;;) {
    await visible(signal);
    await connected(signal);
    if (signal.aborted) return;
    try {
      /** @type {T} */
      const view = await read(path, signal);
      if (!signal.aborted) keep({ view, failure: null });
    } catch (error) {
      if (signal.aborted) return;
      const failure = asFailure(error);
      keep({ failure });
      // That it does not answer is said once, at the top.
      if (failure.away) continue;
    }
    await pause(signal);
  }
}

/**
 * @template T
 * @typedef {Shown<T> & { readonly loading: boolean, load: (path: string) => Promise<void> }} Loaded
 */

/**
 * Reads a view when it is asked to, and not again: that at `path` at once.
 *
 * @template T
 * @param {string | null} [path]
 * @returns {Loaded<T>}
 */
export function useLoad(path = null) {
  const [state, setState] = useState(/** @type {Shown<T> & { loading: boolean }} */ ({ ...NOTHING, loading: false }));
  const load = useCallback(async (/** @type {string} */ path) => {
    setState((before) => ({ ...before, loading: true }));
    try {
      /** @type {T} */
      const view = await read(path);
      setState({ view, failure: null, loading: false });
    } catch (error) {
      setState({ view: null, failure: asFailure(error), loading: false });
    }
  }, []);
  useEffect(() => {
    if (path !== null) void load(path);
  }, [load, path]);
  return { ...state, load };
}

/** @param {unknown} error */
export function asFailure(error) {
  if (error instanceof Failure) return error;
  return new Failure('PAGE', error instanceof Error ? error.message : String(error), { cause: error });
}

/** @param {AbortSignal} signal */
function visible(signal) {
  if (document.visibilityState === 'visible') return Promise.resolve();
  return first(signal, (done) => {
    const look = () => document.visibilityState === 'visible' && done();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  });
}

/** @param {AbortSignal} signal */
function pause(signal) {
  return first(signal, (done) => {
    const timer = setTimeout(done, EVERY);
    wake.addEventListener('wake', done);
    return () => {
      clearTimeout(timer);
      wake.removeEventListener('wake', done);
    };
  });
}

/**
 * Resolves when `begin` calls what it is given, or when the signal fires.
 *
 * @param {AbortSignal} signal
 * @param {(done: () => void) => () => void} begin returns what ends it
 * @returns {Promise<void>}
 */
function first(signal, begin) {
  return new Promise((resolve) => {
    const done = () => {
      end();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const end = begin(done);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
