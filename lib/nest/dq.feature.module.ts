import { type DynamicModule, Module } from '@nestjs/common';
import type { TubeList } from './dq.declared-tubes.js';
import { exportedTokens, producerProviders } from './dq.producer-providers.js';
import { DQ_FEATURE_TUBES } from './dq.tokens.js';

/** What `DqModule.forFeature` returns: tubes and their producers, without the root's providers, which exist once. */
@Module({})
export class DqFeatureModule {
  static with(tubes: TubeList): DynamicModule {
    return {
      module: DqFeatureModule,
      providers: [{ provide: DQ_FEATURE_TUBES, useValue: tubes }, ...producerProviders(tubes)],
      exports: exportedTokens(tubes),
    };
  }
}
