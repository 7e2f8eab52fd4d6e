-- How a call ended. Answers the state's summary for the ledger's mirror.
--
-- ARG: id, sent, cost, class, operation, subject (as acquire gave them: the state may have been lost meanwhile),
--      left, limit, retry_after (seconds), as the vendor told them, or none;
--      ok (true: it answered; false: it failed; none: nothing is learned), charged (false: it was never sent),
--      denied (true: access to the subject's thing was refused)

local S, permits = load_state()
if not S then return cold(permits) end
lapse(S, permits)
local permit = permits[ARG.id]
-- A clock that was set back has moved the permit's time too.
ARG.sent = math.min(permit and permit.sent or ARG.sent, now)
local took = now - ARG.sent
-- A window of no calls is none.
if ARG.limit and ARG.limit < 1 then ARG.limit = nil end

local freed = breaker_learn(S, ARG.operation, ARG.subject, ARG.ok)
local denied = access_learn(S, ARG.operation, ARG.subject, ARG.denied, ARG.ok)
if permit and permit.forced and ARG.ok == true and now < S.frozen then S.frozen, freed = now, true end
if ARG.ok == true then
    -- The 95th hundredth of the vendor's answering times: up by a lot, seldom; down by little, often.
    S.typical = S.typical + (math.min(took, 20000) - S.typical) / 16
    S.latency = math.min(20000, math.max(20, S.latency * (took > S.latency and 1.095 or 0.995)))
end

-- The cost of a class is learned between two quiet moments, in which nothing is in flight: what is missing
-- then was spent by the calls between them, and by others.
local function learn_cost(left)
    local batch = S.batch
    local _, others_out = in_flight(permits)
    if batch and batch.clean and others_out == 0 and now < S.lo and S.kind ~= 'sliding' then
        local class, number
        for name, count in pairs(batch) do
            if S.costs[name] then
                if class then number = nil break end
                class, number = name, count
            end
        end
        local spent = number and (batch.left - left) / number
        if spent and spent >= 0 and spent == math.floor(spent) then
            local samples = S.samples[class] or {}
            table.insert(samples, spent)
            if #samples > SAMPLES then table.remove(samples, 1) end
            S.samples[class] = samples
            local least = math.huge
            for _, one in ipairs(samples) do least = math.min(least, one) end
            if #samples == SAMPLES and least ~= S.costs[class] then
                S.costs[class], S.samples[class] = least, {}
                -- What was taken for others was the wrong cost.
                S.others, S.others_since = 0, now
                correct(S, 'cost')
            end
        end
    end
    S.batch = others_out == 0 and {left = left, clean = true} or batch
end

local function learn_size(left)
    if ARG.limit then
        if S.limit ~= ARG.limit then
            if S.limit then correct(S, 'size') end
            local grown = S.limit and ARG.limit > S.limit
            S.limit, S.told_size = ARG.limit, true
            return grown
        end
        S.told_size = true
    elseif not S.limit or left + permit.cost > S.limit then
        if S.limit then correct(S, 'size') end
        S.limit = left + permit.cost
    elseif not S.told_size and not S.fresh and permit.epoch == S.epoch then
        -- The first call of a window shows its size, less what others spent before: the largest of five.
        table.insert(S.sizes, left + permit.cost)
        if #S.sizes > 5 then table.remove(S.sizes, 1) end
        local most = 0
        for _, one in ipairs(S.sizes) do most = math.max(most, one) end
        if #S.sizes == 5 and most < S.limit then
            S.limit, S.sizes = most, {}
            correct(S, 'size')
        end
    end
    return false
end

local function learn_others(left)
    local calls = in_flight(permits)
    local unexplained = S.base - left - S.own - calls
    if unexplained > S.unexplained then
        S.others = decayed(S.others, S.others_at, memory(S)) + unexplained - S.unexplained
        S.others_at, S.unexplained = now, unexplained
    end
end

local function first_answer(left)
    S.fresh, S.reported, S.base, S.own, S.unexplained, S.resumed = true, left, left, 0, 0, nil
end

local function note(left)
    if ARG.sent >= S.seen then
        S.seen, S.seen_at = ARG.sent, now
        if S.kind == 'sliding' then S.reported = left end
    end
    S.reported = math.min(S.reported, left)
    -- An answer to a call that was sent after the uncertain ones ended tells of them too.
    local kept = {}
    for _, one in ipairs(S.uncertain) do
        if one[1] > ARG.sent then table.insert(kept, one) end
    end
    S.uncertain = kept
end

-- A new window began between the last call of the old one and this answer.
local function new_window(left, after, early)
    -- Nothing but this call can have begun it when nothing else was out.
    local _, others_out = in_flight(permits)
    local opened = others_out == 0 and ARG.sent or after
    opened = math.max(opened, after)
    if judge(S, left, early) == 'turn' then
        turned(S, after, now, opened)
    elseif S.kind == 'fixed' and not early then
        S.alive = opened
    elseif S.kind ~= 'sliding' then
        S.lo, S.hi, S.alive, S.turned = opened + S.window, now + S.window, opened, nil
    end
end

local function own_window(left, grown)
    if not S.fresh and not S.known then
        -- The first answer of all: the window's end lies anywhere within a window's length.
        S.known = true
        first_answer(left)
        if not S.phase then S.lo, S.hi = ARG.sent, now + S.window end
        S.alive = ARG.sent
    elseif not S.fresh and S.resumed and left < S.reported then
        -- The window that ran when the state was lost.
        first_answer(left)
        S.alive = ARG.sent
    elseif not S.fresh then
        local old = S.prev
        first_answer(left)
        if old and left < old and others_rate(S) * S.window < 1 then
            -- It goes on counting where the old window was: that has not ended.
            correct(S, 'end')
            if S.kind == 'fixed' then S.kind, S.phase, S.agree = 'first', nil, 0 end
            S.lo, S.hi, S.alive = ARG.sent, now + S.window, ARG.sent
        else
            new_window(left, S.alive, false)
        end
    elseif grown or left < permit.floor or (permit.cost == 0 and left == permit.floor) then
        if grown then S.reported, S.base, S.own, S.unexplained = left, left, 0, 0 end
        S.own = S.own + permit.cost
        S.alive = math.max(S.alive, ARG.sent)
        learn_others(left)
        learn_cost(left)
    elseif S.kind == 'sliding' then
        S.own, S.base, S.unexplained = 0, left, 0
        if judge(S, left, true) ~= 'sliding' then S.lo, S.hi = now, now + S.window end
    else
        local after = S.alive
        begin_window(S, left)
        first_answer(left)
        new_window(left, after, now < S.lo)
    end
    note(left)
end

-- Sent in the last window: which one has counted it?
local function older_window(left)
    S.own = S.own + permit.cost
    if left >= permit.floor then
        if not S.fresh then
            first_answer(left)
            new_window(left, math.max(S.alive, 0), false)
        end
        note(left)
    elseif not S.turned or now > S.turned[1] then
        -- Nobody can tell: it counts as charged until a later call's answer says what is left.
        charge_perhaps(S, now, permit.cost)
    end
end

if S.mode == 'reported' then
    if ARG.left then
        S.silent = 0
    elseif ARG.ok == true then
        S.silent = math.min(S.silent + 1, SILENT)
        -- What was known of a window is not true any more when it tells again.
        if by_settings(S) then S.known, S.fresh, S.uncertain, S.batch = false, false, {}, nil end
    end
end

if S.mode == 'reported' and permit then
    drop(permits, ARG.id)
    if ARG.charged ~= false then log_spending(S, ARG.sent, permit.cost) end
    if ARG.left then
        local grown = learn_size(ARG.left)
        if permit.epoch == S.epoch then own_window(ARG.left, grown) else older_window(ARG.left) end
        if ARG.left == 0 and ARG.retry_after then told_end(S, ARG.sent, ARG.retry_after) end
    elseif ARG.charged ~= false and not by_settings(S) then
        S.own = S.own + permit.cost
        S.batch = nil
        charge_perhaps(S, now, permit.cost)
    end
elseif permit then
    drop(permits, ARG.id)
elseif S.mode == 'reported' and ARG.left and (not S.known or S.resumed) then
    -- The state was lost while the call was out; its answer is as good as a probe's.
    permit = {cost = ARG.cost, epoch = S.epoch, floor = 1e9}
    learn_size(ARG.left)
    own_window(ARG.left, false)
end
save_state(S)
local answer = summary(S, permits)
answer.freed, answer.denied = freed, denied
return cjson.encode(answer)
