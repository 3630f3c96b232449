import { Refusal } from './failure.js';
import type { Incoming } from './incoming.js';

const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

/**
 * An action comes from the page itself. Another site's page can send neither the type nor the header without asking first, which nobody allows it; and a browser
 * says where a request comes from. No state, and no cookie of ours. @throws Refusal
 */
export function requireSameSite({ headers }: Incoming): void {
  if (!JSON_TYPE.test(headers['content-type'] ?? '')) throw crossSite('content-type: application/json');
  if (headers['x-dq-dashboard'] !== '1') throw crossSite('the header x-dq-dashboard: 1');
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') throw crossSite('Sec-Fetch-Site: same-origin');
  // Browsers leave it out where the page came without TLS.
  if (site === undefined && hostOf(headers.origin) !== headers.host) throw crossSite('an Origin that is the Host');
}

/**
 * The page of another site reads. What the dashboard's own page reads, and who follows a link, has no `Origin`. An application that allows all origins would
 * let that page see the answer.
 */
export function isReadFromElsewhere({ method, headers }: Incoming, host: unknown): boolean {
  const { origin, 'sec-fetch-site': site } = headers;
  return method !== 'POST' && origin !== undefined && site !== 'same-origin' && hostOf(origin) !== host;
}

function hostOf(origin: string | undefined): string | null {
  return origin !== undefined && URL.canParse(origin) ? new URL(origin).host : null;
}

function crossSite(wanted: string): Refusal {
  return new Refusal(
    403,
    'CROSS_SITE',
    `Expected an action of the dashboard's own page, with ${wanted}, got another request.`,
  );
}
