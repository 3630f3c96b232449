// The code of docs/guides/getting-started.md, compiled and run.
import { type DynamicModule, Injectable, Module } from '@nestjs/common';
import { DqModule, type DqProducer, InjectDqProducer } from 'nestjs-dq';

@Injectable()
export class Config {
  readonly beanstalks = ['10.0.0.1:11300', '10.0.0.2:11300'];
  readonly redis = 'redis://10.0.0.9:6379';
}

@Module({ providers: [Config], exports: [Config] })
class ConfigModule {}

@Injectable()
export class Mailer {
  constructor(
    @InjectDqProducer('mails') readonly mails: DqProducer<string>,
    @InjectDqProducer('invoices') readonly invoices: DqProducer<string>,
  ) {}
}

@Module({
  imports: [DqModule.forFeature('mails', { name: 'invoices', attempts: 10 })],
  providers: [Mailer],
})
export class MailModule {}

export function root(): DynamicModule {
  return DqModule.forRootAsync({
    imports: [ConfigModule],
    inject: [Config],
    useFactory: (config: Config) => ({ beanstalks: config.beanstalks, redis: config.redis }),
    tubes: ['orders'], // whose producers are injected; Nest has to know them before the factory runs
  });
}
