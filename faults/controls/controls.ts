import type { Control } from './control.js';
import type { ControlName } from './control-name.js';
import { alwaysGrants } from './always-grants.js';
import { bareFivebeans } from './bare-fivebeans.js';
import { deletesBuried } from './deletes-buried.js';
import { deletesFirst } from './deletes-first.js';
import { forgetsEnds } from './forgets-ends.js';
import { forgetsIds } from './forgets-ids.js';
import { keepsClaims } from './keeps-claims.js';
import { neverRests } from './never-rests.js';
import { oneCopy } from './one-copy.js';
import { rawTimeouts } from './raw-timeouts.js';
import { runsEarly } from './runs-early.js';
import { sameMoment } from './same-moment.js';
import { settlesFirst } from './settles-first.js';
import { takesAnyId } from './takes-any-id.js';
import { takesSilenceForNo } from './takes-silence-for-no.js';
import { trustsDisk } from './trusts-disk.js';
import { trustsDraining } from './trusts-draining.js';
import { trustsNumbers } from './trusts-numbers.js';
import { waitsForAll } from './waits-for-all.js';

export const controls: Readonly<Record<ControlName, Control>> = {
  'always-grants': alwaysGrants,
  'bare-fivebeans': bareFivebeans,
  'deletes-buried': deletesBuried,
  'deletes-first': deletesFirst,
  'forgets-ends': forgetsEnds,
  'forgets-ids': forgetsIds,
  'keeps-claims': keepsClaims,
  'never-rests': neverRests,
  'one-copy': oneCopy,
  'raw-timeouts': rawTimeouts,
  'runs-early': runsEarly,
  'same-moment': sameMoment,
  'settles-first': settlesFirst,
  'takes-any-id': takesAnyId,
  'takes-silence-for-no': takesSilenceForNo,
  'trusts-disk': trustsDisk,
  'trusts-draining': trustsDraining,
  'trusts-numbers': trustsNumbers,
  'waits-for-all': waitsForAll,
};
