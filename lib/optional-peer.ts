import { DqOptionsError } from './index.js';

/**
 * Loads a package that may be missing, for the module that needs it. By import, which finds all forms that a package may have, and which bundlers
 * see.
 * @throws DqOptionsError when it cannot be loaded
 */
export async function optionalPeer<Peer>(name: string, module: string, load: () => Promise<Peer>): Promise<Peer> {
  try {
    return await load();
  } catch (cause) {
    throw new DqOptionsError(
      `Expected the package ${name} for ${module}, got none that can be loaded. Install it: npm install ${name}`,
      { cause },
    );
  }
}
