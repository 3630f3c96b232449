import type { Provider } from '@nestjs/common';
import { DqRuntime } from '../core/runtime.js';
import { isNamed, nameOf, type TubeList } from './dq.declared-tubes.js';
import { tokenOf } from './dq.tokens.js';

/**
 * A producer for each tube. A list or a tube that is none gets no provider here: it is refused at boot, where all tubes are
 * checked.
 */
export function producerProviders(tubes: TubeList): Provider[] {
  return uniqueTubes(tubes).map((tube) => {
    const name = nameOf(tube);
    return {
      provide: tokenOf(name),
      inject: [DqRuntime],
      useFactory: (runtime: DqRuntime) => {
        // All tubes are known when the application starts, but for those of a module that is loaded later.
        if (!runtime.options.tubes.has(name)) runtime.declare(tube);
        return runtime.producer(name);
      },
    };
  });
}

export function exportedTokens(tubes: TubeList): string[] {
  return uniqueTubes(tubes).map((tube) => tokenOf(nameOf(tube)));
}

function uniqueTubes(tubes: TubeList): TubeList {
  const named = Array.isArray(tubes) ? (tubes as TubeList).filter(isNamed) : [];
  return named.filter((tube, at) => named.findIndex((other) => nameOf(other) === nameOf(tube)) === at);
}
