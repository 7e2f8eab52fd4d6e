-- The vendor refused a call for the quota (429, or a 403 that says so), or asked for a pause (Retry-After).
-- Nothing goes until the time that it named. A refusal is a mistake of ours: it is counted. A pause that the
-- same subject meets again is about that subject: its own work waits, the others' goes on.
--
-- ARG: id, sent, operation, subject, seconds (to be quiet), told (did the vendor name them?), u (chance, from 0 to 1),
--      refused (false: it only asked for a pause)

local S, permits = load_state()
if not S then return cold(permits) end
lapse(S, permits)
-- Sent before the clock was set back.
ARG.sent = math.min(ARG.sent, now)
if permits[ARG.id] then drop(permits, ARG.id) end
-- Not all workers of all installations at once: up to a second more, or a tenth of a longer pause.
local quiet = ARG.seconds * 1000 + ARG.u * math.min(1000, ARG.seconds * 100)
if ARG.refused or S.pauser ~= ARG.subject then S.frozen = math.max(S.frozen, now + math.floor(quiet)) end
if not ARG.refused then S.pauser = ARG.subject end
if ARG.refused then
    S.refusals = S.refusals + 1
    breaker_learn(S, ARG.operation, ARG.subject, true)
    if S.mode == 'reported' and S.known then
        S.reported, S.fresh, S.batch = 0, true, nil
        S.prev = nil
        if ARG.told then told_end(S, ARG.sent, ARG.seconds) else S.hi = math.max(S.hi, now) end
        -- The window ends when the freeze does, as far as we know: a probe goes then.
        S.hi = math.min(S.hi, S.frozen - slack(S))
        S.lo = math.min(S.lo, S.hi)
    end
end
save_state(S)
return cjson.encode(summary(S, permits))
