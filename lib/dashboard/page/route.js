import { useEffect, useState } from 'preact/hooks';

/**
 * Where the reader is: `#/tubes/orders?copies=1`. It stands behind the `#`, so that the page works below every path, and that reload and back keep it.
 *
 * @typedef {{ readonly view: string, readonly name: string | null, readonly query: URLSearchParams }} Route
 */

/**
 * @param {string} hash
 * @returns {Route}
 */
export function parseRoute(hash) {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [view = '', name] = path.split('/', 2);
  return { view: view || 'tubes', name: name ? decoded(name) : null, query: new URLSearchParams(query) };
}

/** @param {string} name */
function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/**
 * @param {string} view
 * @param {string | null} [name]
 * @param {Record<string, string | null | undefined>} [query] what is empty is left out
 */
export function href(view, name = null, query = {}) {
  const kept = Object.entries(query).flatMap(([key, value]) => (value ? [[key, value]] : []));
  const search = new URLSearchParams(kept).toString();
  return `#/${view}${name === null ? '' : `/${encodeURIComponent(name)}`}${search === '' ? '' : `?${search}`}`;
}

/**
 * Where a job is looked at: by its handle, which says more, where that is known.
 *
 * @param {{ tube: string, id: string, handle?: string | null }} job
 */
export function jobHref({ tube, id, handle }) {
  return href('job', null, handle ? { handle } : { tube, id });
}

/**
 * Goes there. `replace`: without a step for the button "back".
 *
 * @param {string} to
 * @param {{ replace?: boolean }} [options]
 */
export function go(to, { replace = false } = {}) {
  if (replace) {
    history.replaceState(null, '', to);
    dispatchEvent(new HashChangeEvent('hashchange'));
  } else location.hash = to;
}

/**
 * Goes there; whoever is there already looks again.
 *
 * @param {string} to
 * @param {() => void} again
 */
export function goOr(to, again) {
  if (to === location.hash) again();
  else go(to);
}

/** @returns {Route} */
export function useRoute() {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = () => setHash(location.hash);
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return parseRoute(hash);
}
