// The code of docs/guides/embedded.md, compiled.
import { DqModule } from 'nestjs-dq';

export function embedded(): void {
  DqModule.forRoot({ embedded: true, tubes: ['orders'] }); // no server; all jobs end with this process
  DqModule.forRoot({ embedded: { file: '/var/lib/shop/jobs' }, tubes: ['orders'] }); // no server; the file keeps them
}
