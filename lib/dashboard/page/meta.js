import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

/** @typedef {import('../wire.js').MetaView} MetaView */

/** What does not change while the application runs. */
export const Meta = createContext(/** @type {MetaView | null} */ (null));

/** @returns {MetaView} */
export function useMeta() {
  const meta = useContext(Meta);
  if (meta === null) throw new Error('views are drawn when the application has said what it is');
  return meta;
}
