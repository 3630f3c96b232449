// The code of docs/guides/with-go.md, compiled and run.
import { Injectable, Module } from '@nestjs/common';
import { DqHandler, DqModule, type DqProducer, type DqRevokeOutcome, InjectDqProducer } from 'nestjs-dq';

interface Order {
  readonly id: string;
}

@Injectable()
export class OrderJobs {
  readonly cancelled: string[] = [];

  // What Go services schedule: dq.NewProducer(...).Delay([]byte(`{"id":"42"}`), 30*time.Minute)
  @DqHandler('orders', { attempts: 5 })
  async cancelUnpaid(order: Order): Promise<void> {
    this.cancelled.push(order.id);
  }
}

@Injectable()
export class MailService {
  constructor(
    @InjectDqProducer('mails') private readonly mails: DqProducer<{ readonly to: string }>,
    @InjectDqProducer('frames') private readonly frames: DqProducer<Buffer>,
  ) {}

  // What Go services run. Whole seconds: a Go consumer would run '1500ms' half a second early.
  remind(to: string): Promise<string> {
    return this.mails.delay({ to }, '2d');
  }

  // Bytes as they are; they must not begin with 0x01.
  sendFrame(frame: Buffer): Promise<string> {
    return this.frames.delay(frame, '10s');
  }

  // Of this application's handles, and of Go's.
  forget(handle: string): Promise<DqRevokeOutcome> {
    return this.mails.revoke(handle);
  }
}

@Module({
  imports: [
    DqModule.forRoot({
      beanstalks: ['10.0.0.1:11300', '10.0.0.2:11300', '10.0.0.3:11300'], // spelt as in the Go services
      redis: 'redis://10.0.0.9:6379/0', // database 0: dq knows no other
      tubes: [
        'orders', // Go schedules, this application runs
        { name: 'mails', format: 'plain' }, // this application schedules, Go runs
        { name: 'frames', format: 'plain', codec: 'raw' }, // the same, with payloads that are no JSON
      ],
      consume: ['orders'], // not what Go consumers read
    }),
  ],
  providers: [OrderJobs, MailService],
})
export class AppModule {}
