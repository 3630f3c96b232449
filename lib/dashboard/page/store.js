import { useEffect, useState } from 'preact/hooks';

/**
 * One value that several parts of the page show.
 *
 * @template T
 */
export class Store {
  /** @type {T} */
  #value;
  /** @type {Set<() => void>} */
  #followers = new Set();

  /** @param {T} value */
  constructor(value) {
    this.#value = value;
  }

  get value() {
    return this.#value;
  }

  set value(value) {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const follower of [...this.#followers]) follower();
  }

  /**
   * @param {() => void} follower called after each change
   * @returns {() => void} ends it
   */
  follow(follower) {
    this.#followers.add(follower);
    return () => {
      this.#followers.delete(follower);
    };
  }
}

/**
 * The value, now and after each change.
 *
 * @template T
 * @param {Store<T>} store
 * @returns {T}
 */
export function useStore(store) {
  const [value, setValue] = useState(store.value);
  useEffect(() => {
    const follow = () => setValue(() => store.value);
    follow();
    return store.follow(follow);
  }, [store]);
  return value;
}
