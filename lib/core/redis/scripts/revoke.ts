import { SLOT } from './key-slot.js';
import { PRELUDE } from './prelude.js';

/**
 * KEYS: one claim, and the admission under its name, unless the claim is a generation's; either may be left out. ARGV: copies, keep ms
 * after the due time, due ms or '' when unknown, '1' when every copy was looked for and none is left: without a claim such a job was over
 * long ago, and its tombstone is only a precaution; keep ms when the due time is unknown, unless a claim says how long copies may come.
 * Returns the state that holds now: 'V' revoked, 'R' running, 'D' done, 'X' dead, 'foreign', 'unknown'; 'P:' or 'S:' and the generation
 * whose claim is to be revoked in place of this one; 'none' where no claim was given and no admission is there. No tombstone is forgotten
 * sooner than what it stands on.
 */
export const REVOKE = revokeScript('', '', '');

/** The same of a job with a key, whose slot is the first of the KEYS: the key is free from then on, where it was this job's. */
export const REVOKE_KEYED = revokeScript(
  `local slot = table.remove(KEYS, 1)
`,
  SLOT,
  `leave(slot, key, state == 'B')
`,
);

/** `begin` stands before all, `more` before the work, `end` where the job has been revoked. */
function revokeScript(begin: string, more: string, end: string): string {
  return `${begin}${PRELUDE}${more}
local key = KEYS[1]
local admitted = with_ids and call('GET', KEYS[#KEYS])
if admitted == 'dq1:F' then return 'V' end
if admitted and sub(admitted, 1, 4) == 'dq1:' then
  local state, generation, _, more = admission(admitted)
  if state == 'S' and more == '4' then return 'D' end
  if not state or (state == 'S' and more ~= '') then return 'unknown' end
  return state .. ':' .. generation
end
if claims == 0 then return 'none' end
local value = call('GET', key)
local left, state = -1, nil
if value then
  state = state_of(value)
  if state ~= 'W' and state ~= 'V' and state ~= 'B' then return state end
  left = call('PTTL', key)
end
local next = 'dq1:V:0:-:' .. ARGV[1] .. ':0'
local ms = tonumber(ARGV[2])
if ARGV[3] ~= '' then ms = math.max(ms + math.max(tonumber(ARGV[3]) - clock(), 0), left)
elseif left > 0 then ms = left
elseif ARGV[4] ~= '1' then ms = tonumber(ARGV[5]) end
call('SET', key, next, 'PX', whole(ms))
${end}return not value and ARGV[4] == '1' and 'D' or 'V'
`;
}
