import type { LazyModuleLoader } from '@nestjs/core';

/** Has `look` called after each module that is loaded later: Nest calls no hook of such a module, and tells nobody of it. What it throws, the loading one gets. */
export function afterEachLazyModule(loader: LazyModuleLoader, look: () => void): void {
  const load = loader.load.bind(loader);
  loader.load = async (...args) => {
    const moduleRef = await load(...args);
    look();
    return moduleRef;
  };
}
