-- The circuit breakers of a vendor ("*") and of each of its operations. Closed, open until a time, or half
-- open: then one call at a time finds out.

-- One operation that fails this often in a row stands alone; the whole vendor when nothing else succeeds.
local OPERATION_FAILS, VENDOR_FAILS = 5, 8
-- A restart takes seconds; an outage of hours is looked at every five minutes.
local FIRST_REST, LONGEST_REST = 5000, 300000

-- When it may be tried again, or nil if the call may go.
local function breaker_shut(S, permits, operation)
    for _, name in ipairs({'*', operation}) do
        local one = S.breakers[name]
        if one and one.opened then
            if now < one.until_ then return one.until_, name end
            for _, permit in pairs(permits) do
                -- The half-open breaker's one call is still out.
                if permit.operation == operation or name == '*' then return now + S.latency, name end
            end
        end
    end
end

local function breaker_failed(S, name, most)
    local one = S.breakers[name] or {fails = 0, times = 0}
    one.fails = one.fails + 1
    -- Those that were under way when it opened do not count again.
    if one.fails >= most and not (one.opened and now < one.until_) then
        one.opened, one.times = true, one.times + 1
        one.until_ = now + math.min(LONGEST_REST, FIRST_REST * 2 ^ math.min(one.times - 1, 10))
    end
    S.breakers[name] = one
end

-- `ok`: true for any answer that shows the vendor at work, false when it failed, nil when nothing was learned.
local function breaker_learn(S, operation, ok)
    if ok == true then
        S.breakers['*'], S.breakers[operation] = nil, nil
    elseif ok == false then
        breaker_failed(S, operation, OPERATION_FAILS)
        breaker_failed(S, '*', VENDOR_FAILS)
    end
end
