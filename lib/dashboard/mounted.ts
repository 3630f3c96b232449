import { applyDecorators, Controller, SetMetadata, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import type { ResolvedMount } from './dashboard-options.js';
import { keepContext } from './visitors.js';

/** A controller of a dashboard, behind its guards. `@nestjs/swagger`, which need not be there, leaves it out, as what has `@ApiExcludeController`. */
export function Mounted({ path, guards }: ResolvedMount, below = ''): ClassDecorator {
  return applyDecorators(
    Controller({ path: `${path}${below}`, version: VERSION_NEUTRAL }),
    UseGuards(...guards, keepContext),
    SetMetadata('swagger/apiExcludeController', [true]),
  );
}
