import { SetMetadata } from '@nestjs/common';

/** What `@ApiExcludeController` of `@nestjs/swagger` leaves, which need not be there. */
export const hidden = SetMetadata('swagger/apiExcludeController', [true]);
