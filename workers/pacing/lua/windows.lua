-- Where the vendor's windows end, and of what kind they are: learned from the numbers in its answers.

-- So many windows must turn within one and the same bracket before we believe that they stand still in time.
-- A window that starts at the first call drifts by a round trip each time: eight leave any bracket.
local AGREE = 8
-- A turn seen in a bracket wider than this part of the window says nothing about where windows stand.
local SHARP = 0.25

-- The length of windows that lies between two observations: one that vendors use, or the middle.
local function nice_length(least, most)
    for _, length in ipairs({60000, 3600000, 1000, 10000, 900000, 86400000}) do
        if least <= length and length <= most then return length end
    end
    return math.max(1000, math.min(LONGEST_WINDOW, math.floor((least + most) / 2)))
end

local function begin_window(S, reported)
    S.epoch = S.epoch + 1
    S.prev = S.fresh and S.reported or nil
    S.reported, S.fresh = reported, false
    S.own, S.base, S.unexplained, S.bulk, S.batch = 0, reported, 0, 0, nil
    S.pace_at, S.opened, S.resumed = now, now, nil
end

-- The time has come for the present window to be over: believe so, and let one call find out.
local function turn_by_time(S)
    if S.kind == 'sliding' or not S.known or now < S.hi + slack(S) then return end
    S.old_hi = S.hi
    -- More than one window has passed unseen: what the last one had left says nothing.
    local unseen = now > S.hi + S.window
    begin_window(S, S.limit)
    if unseen then
        S.prev, S.turned = nil, nil
    end
    if S.kind == 'fixed' then
        local steps = math.floor((now - S.hi - slack(S)) / S.window) + 1
        S.lo, S.hi = S.lo + steps * S.window, S.hi + steps * S.window
    else
        S.lo, S.hi = now + S.window, now + S.window
    end
    -- What was uncertain before the old window's end has gone with it.
    local kept = {}
    for _, one in ipairs(S.uncertain) do
        if one[1] > S.old_hi - S.window / 10 then table.insert(kept, one) end
    end
    S.uncertain = kept
end

-- Two turns of which none lies between: is the window as long as we think?
local function check_length(S, after, by)
    if not S.turned then return end
    local least, most = after - S.turned[2], by - S.turned[1]
    if most < S.window or least > S.window then
        S.window = nice_length(least, most)
        S.kind, S.phase, S.agree = 'first', nil, 0
        correct(S, 'window')
    end
end

-- The vendor's window turned after `after` and not later than `by`; `opened` is the earliest time at which
-- the new one can have begun.
local function turned(S, after, by, opened)
    check_length(S, after, by)
    S.turned = {after, by}
    local sharp = by - after < SHARP * S.window
    if sharp and S.phase then
        local middle = (S.phase[1] + S.phase[2]) / 2
        local steps = math.floor(((after + by) / 2 - middle) / S.window + 0.5) * S.window
        local least, most = math.max(S.phase[1] + steps, after), math.min(S.phase[2] + steps, by)
        if least <= most then
            S.phase, S.agree = {least, most}, S.agree + 1
            if S.kind == 'first' and S.agree >= AGREE then S.kind, S.scouts = 'fixed', 0 end
        else
            if S.kind == 'fixed' then
                S.kind = 'first'
                correct(S, 'kind')
            end
            S.phase, S.agree = {after, by}, 0
        end
    elseif sharp then
        S.phase, S.agree, S.scouts = {after, by}, 0, 0
    end
    if S.kind == 'fixed' and S.phase then
        local steps = math.floor((by - S.phase[1]) / S.window) * S.window
        S.lo, S.hi = S.phase[1] + steps + S.window, S.phase[2] + steps + S.window
    else
        S.lo, S.hi = opened + S.window, by + S.window
    end
    S.alive, S.opened = opened, now
end

-- The vendor says in how many seconds it gives calls again: that is the window's end, to the second.
local function told_end(S, sent, seconds)
    -- Nobody says on what day, and means it.
    if S.kind == 'sliding' or seconds * 1000 > LONGEST_WINDOW then return end
    local least, most = sent + (seconds - 1) * 1000, now + seconds * 1000
    if most - now > S.window + 2000 then
        S.window = nice_length(most - now - 2000, math.huge)
        S.phase, S.agree, S.turned = nil, 0, nil
        correct(S, 'window')
    end
    if least > S.hi or most < S.lo then
        if S.kind == 'fixed' then S.kind = 'first' end
        S.phase, S.agree = nil, 0
        S.lo, S.hi = least, most
        correct(S, 'end')
    else
        S.lo, S.hi = math.max(S.lo, least), math.min(S.hi, most)
    end
end

-- Sliding windows: what we spent, in up to 64 pieces of the window, each {first sent, last answered, calls}.
local function log_spending(S, sent, cost)
    local last = S.log[#S.log]
    if last and now - last[1] < S.window / 64 then
        last[1], last[2], last[3] = math.min(last[1], sent), now, last[3] + cost
    elseif cost > 0 then
        table.insert(S.log, {sent, now, cost})
    end
    while S.log[1] and S.log[1][2] + S.window < now - S.window / 8 do table.remove(S.log, 1) end
end

-- The calls that a sliding window counts for certain in the answer to a call sent at `sent`.
local function spent_within(S, sent)
    local calls = 0
    for _, piece in ipairs(S.log) do
        if piece[1] + S.window > now and piece[2] <= sent then calls = calls + piece[3] end
    end
    return calls
end

-- The calls that have come back since the vendor last told what is left, and when the next ones will.
local function come_back(S)
    local calls, next_at = 0, nil
    for _, piece in ipairs(S.log) do
        local back = piece[2] + S.window
        if back > now then
            next_at = next_at or back
        elseif piece[1] + S.window > S.seen_at then
            calls = calls + piece[3]
        end
    end
    return calls, next_at
end

-- More is left than before, though a call was charged. Has a whole window turned ('turn'), does a sliding one
-- give calls back ('sliding'), or can nobody tell ('maybe')? What a sliding window still counts is never left.
local function judge(S, left, early)
    local refuted = left > S.limit - spent_within(S, ARG.sent)
    if S.kind == 'sliding' then
        S.sliding = refuted and S.sliding - 1 or 2
        if S.sliding > 0 then return 'sliding' end
        S.kind, S.phase, S.agree, S.turned = 'first', nil, 0, nil
        correct(S, 'kind')
        return 'maybe'
    end
    if refuted then
        S.sliding = 0
        return 'turn'
    end
    -- A window of a standing or starting kind neither turns early nor turns half spent.
    if not early and left >= S.limit / 2 then return 'maybe' end
    S.sliding = S.sliding + 1
    if S.sliding >= 2 then
        S.kind = 'sliding'
        correct(S, 'kind')
    end
    return 'sliding'
end
