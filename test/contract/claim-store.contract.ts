// What every claim store must do, whatever stands behind it: a spec runs this against its own.
import { afterAll, beforeAll } from '@jest/globals';
import { admissionRules } from './admission.contract.js';
import { descriptionRules } from './claim-description.contract.js';
import { endRules } from './claim-ends.contract.js';
import { ClaimLab, type ClaimStoreFixture } from './claim-lab.js';
import { runRules } from './claim-runs.contract.js';
import { settlementRules } from './claim-settlements.contract.js';
import { toldAgainRules } from './claim-told-again.contract.js';
import { historyRules } from './history.contract.js';
import { idLifeRules } from './id-life.contract.js';
import { scheduleRules } from './schedules.contract.js';
import { pauseRules } from './pauses.contract.js';
import { keyCommitmentRules } from './key-commitments.contract.js';
import { keyReservationRules } from './key-reservations.contract.js';
import { keyRunRules } from './key-runs.contract.js';
import { slotRules } from './key-slots.contract.js';
import { standingJobRules } from './standing-jobs.contract.js';
import { unknownRules } from './unknown-claims.contract.js';

export function claimStoreContract(open: () => Promise<ClaimStoreFixture>): void {
  const lab = new ClaimLab();
  beforeAll(() => lab.open(open));
  afterAll(() => lab.close());
  runRules(lab);
  settlementRules(lab);
  toldAgainRules(lab);
  endRules(lab);
  admissionRules(lab);
  idLifeRules(lab);
  unknownRules(lab);
  pauseRules(lab);
  descriptionRules(lab);
  historyRules(lab);
  scheduleRules(lab);
  keyReservationRules(lab);
  keyCommitmentRules(lab);
  standingJobRules(lab);
  keyRunRules(lab);
  slotRules(lab);
}
