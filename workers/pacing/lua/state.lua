-- The shared state of one vendor account: a Redis hash. Times are whole milliseconds of Redis' own clock,
-- costs are calls. Every script begins with this file, and is atomic: Redis runs one at a time.
--
--   field "state"   everything but the permits, as JSON (the names: see `fresh_state` below)
--   field "p:<id>"  a permit: a call that was allowed and is not settled
--
-- The one argument is a JSON object. `now` in it is for simulations; without it Redis' clock is asked.

local KEY, ARG = KEYS[1], cjson.decode(ARGV[1])

-- Of what is kept: another program's or another release's state is not read, but begun anew.
local VERSION = 2
-- Redis' clock was set back when it is this much behind what it said before.
local SET_BACK = 1000
-- Every number above this is a time, and every time is above it.
local TIMES = 1e11
-- A vendor's pause and window are not longer than this, whatever a damaged state says.
local LONGEST_FREEZE, LONGEST_WINDOW = 4000000, 86400000
-- So many answers in a row without a word on what is left, and the vendor is taken for one that does not
-- report: rate and concurrency are those of the settings, until it does.
local SILENT = 5
-- Calls that may have been charged, each with its time; of more than this the rest is one sum.
local MOST_UNCERTAIN = 64

local function redis_now()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

local now = ARG.now or redis_now()

-- The cost of a class is learned from this many clean samples: the smallest of them, because other programs
-- can only add to a difference. With twelve, others at half the quota mislead once in 60,000 calls.
local SAMPLES = 12
-- The spending of others is smoothed over two windows, but over two minutes at least and ten at most.
local OTHERS_LEAST, OTHERS_MOST = 120000, 600000

local function fresh_state(guess)
    return {
        version = VERSION,
        at = now,                      -- when it was kept last
        silent = 0,                    -- good answers in a row that did not tell what is left
        mode = guess.mode,             -- 'reported': the vendor counts in its answers; 'configured': it does not
        limit = guess.limit,           -- calls in a window (nil: nobody has said)
        window = guess.window,         -- length of the window
        kind = guess.kind,             -- 'fixed', 'first' (starts at the first call) or 'sliding'
        epoch = 0,                     -- number of the present window
        known = false,                 -- has any answer told what is left?
        fresh = false,                 -- has an answer in this window?
        reported = 0,                  -- the lowest remaining reported in this window
        lo = now, hi = now,            -- bracket around the present window's end
        alive = now,                   -- latest sending of a call that this window has counted
        seen = now, seen_at = now,     -- when the call was sent, and answered, that told `reported`
        uncertain = {},                -- {time, cost}: charged perhaps, until an answer of a later call
        costs = guess.costs,           -- class of call -> calls
        samples = {}, log = {},
        base = 0, own = 0, unexplained = 0, others = 0, others_at = now, others_since = now,
        demand = 0, demand_at = now,   -- smoothed calls that people's work has asked for
        bulk = 0, pace_at = 0, opened = now,
        frozen = 0,
        latency = 500, typical = 300,  -- the slow and the usual answer; a guess until they are measured
        next = {},                     -- lane -> when somebody comes for the next call
        lines = {},                    -- lane -> key -> who waits, and how much it had
        breakers = {},
        refused = {},                  -- operation -> subjects that access was refused to
        pauser = '',                   -- whose call was answered with a wish for a pause, last
        agree = 0, sliding = 0, scouts = 0, sizes = {},
        refusals = 0, corrections = {},
    }
end

local function correct(S, what)
    S.corrections[what] = (S.corrections[what] or 0) + 1
end

local function decoded(text)
    local read, value = pcall(cjson.decode, text)
    return read and type(value) == 'table' and value or nil
end

-- Is it a state as this release keeps it?
local function is_sound(S)
    if not S or S.version ~= VERSION then return false end
    for name, value in pairs(fresh_state({mode = '', window = 0, kind = '', costs = {}})) do
        if type(S[name]) ~= type(value) then return false end
    end
    local limit = S.limit
    return S.window >= 1000 and S.window <= LONGEST_WINDOW
        and (limit == nil or (type(limit) == 'number' and limit >= 1))
end

local function is_permit(permit)
    for _, name in ipairs({'sent', 'epoch', 'floor', 'cost', 'lease'}) do
        if type(permit[name]) ~= 'number' then return false end
    end
    return true
end

-- All times in `value` by `by` later.
local function shifted(value, by)
    if type(value) == 'number' then return value > TIMES and value + by or value end
    if type(value) == 'table' then
        for name, inner in pairs(value) do value[name] = shifted(inner, by) end
    end
    return value
end

-- The state and its permits by id; no state where there is none, or none that can be used, which is dropped.
local function load_state()
    local flat = redis.call('HGETALL', KEY)
    local S, permits = nil, {}
    for i = 1, #flat, 2 do
        local value = decoded(flat[i + 1])
        if flat[i] == 'state' then
            S = value
        elseif value and is_permit(value) then
            permits[string.sub(flat[i], 3)] = value
        else
            redis.call('HDEL', KEY, flat[i])
        end
    end
    if not is_sound(S) then
        redis.call('DEL', KEY)
        return nil, #flat > 0
    end
    if now < S.at - SET_BACK then
        -- What was to last an hour lasts an hour, and not as long again as the clock was set back.
        local by = now - S.at
        shifted(S, by)
        for id, permit in pairs(permits) do
            redis.call('HSET', KEY, 'p:' .. id, cjson.encode(shifted(permit, by)))
        end
    end
    S.frozen = math.min(S.frozen, now + LONGEST_FREEZE)
    S.hi = math.min(S.hi, now + 2 * S.window)
    S.lo = math.min(S.lo, S.hi)
    return S, permits
end

-- What is answered where no state is: it is begun anew, and asked again.
local function cold(damaged)
    return cjson.encode({cold = true, damaged = damaged == true})
end

local function save_state(S)
    S.at = now
    redis.call('HSET', KEY, 'state', cjson.encode(S))
end

-- Charged perhaps, at `time`.
local function charge_perhaps(S, time, cost)
    if #S.uncertain < MOST_UNCERTAIN then
        table.insert(S.uncertain, {time, cost})
    else
        local last = S.uncertain[#S.uncertain]
        last[1], last[2] = math.max(last[1], time), last[2] + cost
    end
end

-- Is it paced by the settings, because it does not tell what is left?
local function by_settings(S)
    return S.mode == 'configured' or S.silent >= SILENT
end

local function drop(permits, id)
    permits[id] = nil
    redis.call('HDEL', KEY, 'p:' .. id)
end

-- The leases of dead workers end. Whether their calls were made nobody knows: they count as charged until
-- an answer to a later call says what is really left.
local function lapse(S, permits)
    for id, permit in pairs(permits) do
        if now >= permit.lease then
            charge_perhaps(S, permit.lease, permit.cost)
            S.own = S.own + permit.cost
            drop(permits, id)
        end
    end
end

local function in_flight(permits)
    local calls, number = 0, 0
    for _, permit in pairs(permits) do
        calls, number = calls + permit.cost, number + 1
    end
    return calls, number
end

local function sum(list)
    local total = 0
    for _, one in ipairs(list) do total = total + one[2] end
    return total
end

local function decayed(value, since, time)
    return value * math.exp(-math.max(0, now - since) / time)
end

local function memory(S)
    return math.min(OTHERS_MOST, math.max(OTHERS_LEAST, 2 * S.window))
end

-- Calls a millisecond that other programs spend.
local function others_rate(S)
    local time = memory(S)
    local known = math.min(time, math.max(now - S.others_since, S.window / 4))
    return decayed(S.others, S.others_at, time) / known
end

-- Calls a millisecond that people's work asks for.
local function demand_rate(S)
    return decayed(S.demand, S.demand_at, memory(S)) / memory(S)
end

-- How long after the supposed end a window is taken for over: clocks and rounding.
local function slack(S)
    return math.max(20, math.floor(S.window / 2000))
end

-- What the dashboard shows and a cold start begins with.
local function summary(S, permits)
    local calls = in_flight(permits)
    local open = {}
    for name, one in pairs(S.breakers) do
        if one.opened then table.insert(open, {name, one.until_}) end
    end
    return {
        at = now, mode = S.mode, limit = S.limit, left = S.known and S.reported or nil, window = S.window,
        reports = not by_settings(S), kind = S.kind, lo = S.lo, hi = S.hi, phase = S.phase, agree = S.agree, costs = S.costs,
        in_flight = calls, others = others_rate(S) * S.window, demand = demand_rate(S) * S.window,
        latency = S.latency, frozen = S.frozen, known = S.known, fresh = S.fresh,
        refusals = S.refusals, corrections = S.corrections, open = open,
    }
end
