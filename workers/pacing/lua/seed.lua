-- Begins the state where there is none: from what is configured, and what the ledger's mirror knew last.
--
-- ARG: guess {mode, limit, window, kind, costs}, mirror (a summary, or none)

if redis.call('EXISTS', KEY) == 1 then return cjson.encode({seeded = false}) end
local S = fresh_state(ARG.guess)
local mirror = ARG.mirror
-- Redis' clock was set back since.
if mirror and mirror.at > now + SET_BACK then shifted(mirror, now - mirror.at) end
if mirror and mirror.mode == S.mode then
    for _, name in ipairs({'limit', 'window', 'kind', 'lo', 'hi', 'phase', 'agree', 'costs', 'latency',
                           'refusals', 'corrections', 'frozen'}) do
        if mirror[name] ~= nil and mirror[name] ~= cjson.null then S[name] = mirror[name] end
    end
    if S.window > 0 and mirror.known then
        S.known, S.epoch = true, 1
        S.others, S.demand = mirror.others / S.window * memory(S), mirror.demand / S.window * memory(S)
        S.others_since = now - memory(S)
        -- Calls that were out when the state was lost may be counted later.
        if mirror.in_flight > 0 then S.uncertain = {{now + 3 * S.latency, mirror.in_flight}} end
        if S.kind ~= 'sliding' and now < S.hi then
            -- The window of the mirror still runs. What was spent since nobody knows: a probe tells.
            S.reported, S.fresh, S.resumed = mirror.left, mirror.left == 0, true
            S.alive, S.opened = mirror.at, math.max(mirror.at, S.lo - S.window)
        else
            S.reported = S.limit or 0
            turn_by_time(S)
        end
    end
end
save_state(S)
return cjson.encode({seeded = true})
