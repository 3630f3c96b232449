import { PRELUDE } from './prelude.js';

/**
 * KEYS: the mark of a tube. ARGV: the word of the mark as this process knows it ('' for none), a new word, keep ms of a mark, '1' where
 * the connection is new, '1' where INFO may be asked. Returns Redis' time, the word of the mark that stands now, the moment up to which
 * claims may be missing (0 for none), and 1 where INFO was refused.
 *
 * A mark is there as long as Redis is, and names the process of Redis (`run_id`) that it was made in. Where it is gone, Redis was emptied;
 * where it names another process, that one may have known more: it was restarted, or another server has taken its place. Then a new mark is
 * made. Who finds another word than the one it knows tells Redis again what it has, and until others have had the time, jobs that
 * were due before are given to nobody who has no claim to show for it.
 *
 * It is also the trial of a Redis: it makes use of every command that the scripts have.
 */
export const LOOK = `${PRELUDE}
local key, known, word, keep, fresh = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1'
local now = clock()
local run, refused = '', 0
if ARGV[5] == '1' then
  local info = redis.pcall('INFO', 'server')
  run = type(info) == 'string' and match(info, 'run_id:(%w+)') or ''
  if run == '' then refused = 1 end
end
local value = call('MGET', key)[1] or ''
local stands, since, made = match(value, '^dq1:M:([^:]*):(%d+):(%w*)$')
-- Nobody can tell whether it is another process: it is taken for one.
local unsure = run == '' and fresh and known ~= ''
-- Made for a new tube, by one who did not know what another knows.
local unaware = since == '0' and known ~= '' and stands ~= known
if not stands or (run ~= '' and made ~= '' and run ~= made) or (unsure and stands == known) or unaware then
  since = (stands or known ~= '') and string.format('%.0f', now) or '0'
  stands, made = word, run
elseif made == '' then made = run end
call('SET', key, 'dq1:M:' .. stands .. ':' .. since .. ':' .. made, 'PX', keep)
if call('PTTL', key) > 0 and call('GET', key) then call('PEXPIRE', key, keep) end
return { now, stands, tonumber(since), refused }
`;
