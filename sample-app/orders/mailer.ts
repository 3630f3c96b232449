import { Injectable } from '@nestjs/common';

export interface Mail {
  /** A mail of an id that was sent before is not sent again. */
  readonly id: string;
  readonly to: string;
  readonly text: string;
}

/** Nobody has this address. */
export class MailBouncedError extends Error {}

/** Stands for the mail server of a shop of yours. As everywhere, there is nobody in the domain `.invalid`. */
@Injectable()
export class Mailer {
  readonly sent = new Map<string, Mail>();

  async send(mail: Mail): Promise<void> {
    if (mail.to.endsWith('.invalid')) throw new MailBouncedError(`the mail bounced: nobody has the address ${mail.to}`);
    this.sent.set(mail.id, mail);
  }
}
