import { DqOptionsError } from '../index.js';

/** The peer, which may be missing. */
export type Terminus = typeof import('@nestjs/terminus');

/** @throws DqOptionsError when it is not installed */
export async function loadTerminus(): Promise<Terminus> {
  try {
    return await import('@nestjs/terminus');
  } catch (cause) {
    throw new DqOptionsError(
      'Expected the package @nestjs/terminus for DqHealthModule, got none that can be loaded. Install it: npm install @nestjs/terminus. ' +
        'Without it, DqHealth of nestjs-dq tells the same.',
      { cause },
    );
  }
}
