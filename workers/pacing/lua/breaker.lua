-- The circuit breakers of a vendor ("*") and of each of its operations. Closed, open until a time, or half
-- open: then one call at a time finds out. What fails is counted by subject: one thing that the vendor cannot
-- stomach says nothing of the others.

-- One operation that fails this often in a row stands alone; the whole vendor when nothing else succeeds, and
-- more than one operation fails. By so many subjects at least.
local OPERATION_FAILS, VENDOR_FAILS, SUBJECTS = 5, 8, 3
-- A restart takes seconds; an outage of hours is looked at every five minutes.
local FIRST_REST, LONGEST_REST = 5000, 300000
-- Those that have failed let others find out first, for so long.
local OTHERS_FIRST = 2000
-- How many of those that failed are remembered.
local MOST_FAILED = 32
-- Access refused to so many subjects in a row, within this time, is refused to all.
local REFUSED_WITHIN = 300000

local function has(list, one)
    for _, other in ipairs(list) do
        if other == one then return true end
    end
    return false
end

local function add(list, one)
    if has(list, one) then return end
    table.insert(list, one)
    if #list > MOST_FAILED then table.remove(list, 1) end
end

-- When it may be tried again by the subject, or nil if the call may go.
local function breaker_shut(S, permits, operation, subject)
    for _, name in ipairs({'*', operation}) do
        local one = S.breakers[name]
        if one and one.opened then
            local rests = math.min(one.until_, now + LONGEST_REST)
            -- One that has not failed yet need not wait for as long as those that have, again and again.
            local at = has(one.subjects, subject) and rests + OTHERS_FIRST
                or math.min(rests, one.failed_at + FIRST_REST)
            if now < at then return at, name end
            for _, permit in pairs(permits) do
                -- The half-open breaker's one call is still out.
                if permit.operation == operation or name == '*' then return now + S.latency, name end
            end
        end
    end
end

local function breaker_failed(S, name, operation, subject, most, operations)
    local one = S.breakers[name] or {fails = 0, times = 0, subjects = {}, operations = {}}
    one.fails, one.failed_at = one.fails + 1, now
    add(one.subjects, subject)
    add(one.operations, operation)
    local enough = one.fails >= most and #one.subjects >= SUBJECTS and #one.operations >= operations
    -- Those that were under way when it opened do not count again.
    if enough and not (one.opened and now < one.until_) then
        one.opened, one.times = true, one.times + 1
        one.until_ = now + math.min(LONGEST_REST, FIRST_REST * 2 ^ math.min(one.times - 1, 10))
    end
    S.breakers[name] = one
end

-- `ok`: true for any answer that shows the vendor at work, false when it failed, nil when nothing was learned.
-- Answers whether a breaker was closed by it.
local function breaker_learn(S, operation, subject, ok)
    local closed = false
    if ok == true then
        for _, name in ipairs({'*', operation}) do
            closed = closed or (S.breakers[name] ~= nil and S.breakers[name].opened == true)
            S.breakers[name] = nil
        end
    elseif ok == false then
        breaker_failed(S, operation, operation, subject, OPERATION_FAILS, 1)
        breaker_failed(S, '*', operation, subject, VENDOR_FAILS, 2)
    end
    return closed
end

-- The vendor refused access to one thing: is it refused to everybody? A good answer to the same operation
-- says that it is not.
local function access_learn(S, operation, subject, refused, ok)
    if refused then
        local one = S.refused[operation]
        if not one or now > one.at + REFUSED_WITHIN then one = {subjects = {}} end
        one.at = now
        add(one.subjects, subject)
        S.refused[operation] = one
        return #one.subjects >= SUBJECTS
    end
    if ok then S.refused[operation] = nil end
    return false
end
