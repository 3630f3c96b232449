import { isIP, type Socket } from 'node:net';
import { type CanActivate, ForbiddenException } from '@nestjs/common';
import { shown } from '../core/errors/shown.js';
import type { Incoming } from './incoming.js';
import { isReadFromElsewhere } from './same-site.js';

const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;
const LOCALHOST = /(?:^|\.)localhost\.?$/;

/**
 * Stands before a dashboard without guards. What it rests on is that nobody reaches it who should not; but a browser of this machine does, whatever site it
 * shows, and a site can make its own name lead here: then its pages are of the dashboard's origin. Its name is in `Host`. `localhost` and addresses lead
 * nowhere else; and what another site's page reads there, where the application allows it (CORS), is refused. What comes from another machine is as before: how
 * it is called there nobody here knows.
 */
export const localNames: CanActivate = {
  canActivate(context) {
    const request = context.switchToHttp().getRequest<Incoming & { readonly socket?: Socket }>();
    const socket = request.raw?.socket ?? request.socket;
    // Of HTTP/2, where who asks may say something else in Host.
    const host = request.headers[':authority'] ?? request.headers.host;
    if (socket === undefined || !isOfThisMachine(socket)) return true;
    if (isReadFromElsewhere(request, host)) {
      throw new ForbiddenException(
        `Expected a dashboard without guards to be read by its own page, got that of ${shown(request.headers.origin)}. Give DqDashboardModule guards in place of ` +
          'unguarded: true, where others may read it.',
      );
    }
    if (leadsHere(host)) return true;
    throw new ForbiddenException(
      `Expected a dashboard without guards to be asked for as localhost or by an address, got the host ${shown(host)}: the page of another site may ask by such a ` +
        `name. Open it as http://localhost:${socket.localPort}; where it is to have a name of its own, as behind a proxy, give DqDashboardModule guards in place ` +
        'of unguarded: true.',
    );
  },
};

function isOfThisMachine({ remoteAddress, localAddress }: Socket): boolean {
  return remoteAddress !== undefined && (remoteAddress === localAddress || LOOPBACK.test(remoteAddress));
}

function leadsHere(host: unknown): boolean {
  const url = `http://${String(host)}`;
  if (typeof host !== 'string' || !URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return LOCALHOST.test(hostname) || isIP(hostname.replace(/^\[(.*)\]$/, '$1')) > 0;
}
