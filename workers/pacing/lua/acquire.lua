-- May a call be made now? Answers {id = ...}, a permit; or {why = ..., delay = ...}; or {cold = true}
-- when there is no state: then it is begun with `seed`, and asked again.
--
-- ARG: id, lane, class, key, subject, operation, forced (a person wants it now), again (waited before), lease, u (chance, from 0 to 1),
--      share (of bulk), concurrency, rate (calls a minute; both for vendors that do not report)

-- People's calls that arrive in a burst: three standard deviations, one in a thousand is surprised.
local Z = 3
-- Bulk is through with its share so long and an answer's time before the window ends: what is sent later may
-- not arrive in it, and the dispatcher looks every second. But at most this part of the window before.
local TAIL, TAIL_PART = 900, 45
-- The last call of a window finds out more about its end (see `bulk_may`) while that is known no better than
-- to this part of the window, and only so often: each may miss its window.
local BLURRED, MOST_SCOUTS = 1 / 150, 5
-- The end of a window is known well enough to pace up to it when its bracket is this part of the window.
local SHARP_END = 0.25
-- A refused call was promised this close to others of its lane: closer than they can be served, because
-- some of them will not come.
local OVERBOOK = 0.7
-- How far one key may be ahead of another that waits, and how late that one may be: the dispatcher looks
-- every second.
local AHEAD, LATE = 2, 1500
-- Work that comes late catches up with the even pace for so long: the dispatcher's second, and one more.
local CATCH_UP = 2000
-- Keys that wait share the places; with more of them than this, places are promised more than once.
local MOST_KEYS = 10
-- Who was promised the next place and has not come for so long does not come.
local MISSED = 300
-- How improbable it must be that others have spent the call that we are about to make.
local RISK = 0.003

local S, permits = load_state()
if not S then return cold(permits) end
lapse(S, permits)

local class = S.costs[ARG.class] and ARG.class or 'read'
local cost = S.costs[class]
-- What costs more than a whole window goes when that is whole.
if S.limit and not by_settings(S) then cost = math.min(cost, S.limit) end
local interactive = ARG.lane == 'interactive'
local lines = S.lines[ARG.lane] or {}
S.lines[ARG.lane] = lines
local line = lines[ARG.key] or {had = 0, tail = 0, front = 0, at = now}
lines[ARG.key] = line
line.at = now

local function per_call()
    local limit = by_settings(S) and math.max(1, (ARG.rate or 600)) or S.limit or 60
    return (by_settings(S) and 60000 or S.window) * math.max(1, cost) / limit
end

-- How many keys of the lane wait.
local function waiting_keys()
    local number = 0
    for key, one in pairs(lines) do
        if key == ARG.key or (one.promised and one.promised > now) then number = number + 1 end
    end
    return math.min(number, MOST_KEYS)
end

-- Somebody comes at the very moment when the next call may go, the others behind, and those who waited
-- before come first.
local function refuse(why, open)
    local queue = ARG.again and 'front' or 'tail'
    local step = per_call() * waiting_keys() * (ARG.again and OVERBOOK / 2 or OVERBOOK)
    local place = math.max(open, line[queue])
    local next_in_line = S.next[ARG.lane]
    if not next_in_line or next_in_line + MISSED < now or next_in_line > open + MISSED then
        -- Nobody is there yet for the moment at which a call may go.
        place, S.next[ARG.lane] = open, open
        line[queue] = math.max(line[queue], open + step)
    elseif place > open + S.window then
        place = open + S.window * ARG.u
    else
        line[queue] = place + step
    end
    if not (line.promised and line.promised > now and line.promised < place) then line.promised = place end
    save_state(S)
    return cjson.encode({why = why, delay = math.ceil(math.max(place - now, 20))})
end

local function grant()
    local permit = {
        sent = now, epoch = S.epoch, floor = S.known and S.reported or 1e9, cost = cost, class = class,
        operation = ARG.operation, lease = now + ARG.lease, lane = ARG.lane, forced = ARG.forced,
    }
    redis.call('HSET', KEY, 'p:' .. ARG.id, cjson.encode(permit))
    line.had = line.had + math.max(1, cost)
    -- A quiet moment ends: see `learn_cost` in settle.lua.
    if S.batch then S.batch[class] = (S.batch[class] or 0) + 1 end
    save_state(S)
    return cjson.encode({id = ARG.id, sent = now, cost = cost})
end

-- Keys of the lane take turns: one that is ahead lets those pass that are due to come.
local function must_yield()
    local least
    for key, other in pairs(lines) do
        if now > other.at + 10 * S.window and now > (other.promised or 0) + 10 * S.window then
            lines[key] = nil
        elseif key ~= ARG.key and other.promised and other.promised <= now + per_call()
            and now <= other.promised + LATE + per_call() then
            least = math.min(least or other.had, other.had)
        end
    end
    if line.promised and line.promised <= now + LATE then line.promised = nil end
    if not least then return false end
    -- A key that comes new, or after a pause, has no claim on the past.
    line.had = math.max(line.had, least - AHEAD)
    return line.had > least + AHEAD
end

local function configured()
    local _, number = in_flight(permits)
    if ARG.concurrency and number >= ARG.concurrency then return refuse('busy', now + S.latency / 2) end
    if ARG.rate then
        -- GCRA with a second's worth of burst; the vendor has no counter to check it by.
        local gap = 60000 / ARG.rate * math.max(1, cost)
        local theoretical = math.min(math.max(S.pace_at, now), now + math.max(1000, gap))
        if theoretical - now > math.max(1000, gap) - gap then
            return refuse('rate', theoretical - math.max(1000, gap) + gap)
        end
        S.pace_at = theoretical + gap
    end
    return grant()
end

-- What others may have spent between the vendor's last word on what is left and a call made at `time`.
local function safety(time)
    local expected = others_rate(S) * (time - S.seen + S.typical / 2)
    if expected <= 0 then return 0 end
    -- Of many the normal distribution is as good, and quick.
    if expected > 100 then return math.min(S.limit, math.ceil(expected + Z * math.sqrt(expected))) end
    local term = math.exp(-expected)
    local below, calls = term, 0
    while 1 - below > RISK and calls < S.limit do
        calls = calls + 1
        term = term * expected / calls
        below = below + term
    end
    return calls
end

local function reserve(rate, time)
    return rate * time + Z * math.sqrt(rate * time)
end

-- The time at whose end `calls` are enough for the people who may still come.
local function time_for(rate, calls)
    if rate <= 0 then return math.huge end
    local root = (math.sqrt(Z * Z + 4 * math.max(0, calls)) - Z) / 2
    return root * root / rate
end

-- What people leave of the window, while some of bulk waits: the rest of its minimum share. Less, and a crowd
-- would spend the window before bulk's time comes.
local function owed(line_of_bulk)
    local waits = false
    for _, one in pairs(line_of_bulk or {}) do
        waits = waits or (one.promised ~= nil and one.promised + LATE > now)
    end
    if not waits then return 0 end
    return math.max(0, ARG.share * S.limit - S.bulk)
end

-- The time up to which a window is certain to last, or its latest end while that is not known well enough.
local function window_end()
    return S.hi - S.lo < SHARP_END * S.window and S.lo or S.hi
end

local function bulk_may(available, opens)
    local sliding = S.kind == 'sliding'
    local ends = sliding and now + 2 * per_call()
        or window_end() - math.min(TAIL + S.latency, S.window / TAIL_PART)
    -- With others about, the last calls go one upon the other's answer: that takes a few answers' time.
    if safety(now) > 0 then ends = ends - 3 * S.typical end
    local left = math.max(0, ends - now)
    if ARG.share * S.limit * math.min(1, (now - S.opened) / S.window) - S.bulk >= cost then return true end
    local rate = demand_rate(S)
    local free = available - reserve(rate, left)
    if free < cost then
        return false, 'reserve', sliding and opens or math.max(now + 20, ends - time_for(rate, available - cost))
    end
    local step = sliding and S.window * cost / S.limit or left * cost / free
    if left == 0 then step = 0 end
    local at = math.min(S.pace_at, now + step)
    -- To wait for the even pace may be to lose the call, when others make what is known grow old.
    local keeps = available + safety(now) - safety(at) >= cost
    if now < at and keeps then return false, 'pace', at end
    -- The last call of a window whose end is known only roughly goes in the middle of the bracket.
    local middle = (S.lo + S.hi) / 2
    local blurred = S.kind == 'fixed' and window_end() == S.lo and S.hi - S.lo > S.window * BLURRED
    if blurred and available < 2 * cost and now < middle and safety(middle) == safety(now) then
        if S.scouted ~= S.epoch then S.scouts, S.scouted = S.scouts + 1, S.epoch end
        if S.scouts <= MOST_SCOUTS then return false, 'scout', middle end
    end
    S.pace_at = math.max(at, now - math.min(CATCH_UP, S.window / 10)) + step
    return true
end

-- A sliding window of which nothing is left, and nothing of ours that could come back: after a refusal that
-- others' calls brought, or that was no refusal for the quota at all. After a window nobody knows any more.
local function forget_what_is_old()
    if S.kind ~= 'sliding' or not S.known or S.reported >= 2 or now <= S.seen + S.window then return end
    local returned, next_at = come_back(S)
    if next_at or returned > 0 or in_flight(permits) > 0 then return end
    S.known, S.fresh, S.uncertain, S.epoch = false, false, {}, S.epoch + 1
end

local function reported()
    turn_by_time(S)
    forget_what_is_old()
    if interactive and not ARG.again then
        S.demand, S.demand_at = decayed(S.demand, S.demand_at, memory(S)) + cost, now
    end
    -- People do not wait for the probe of a window whose end has proved right many times.
    if not S.fresh and not (interactive and S.kind == 'fixed' and S.agree >= AGREE and S.known) then
        -- Nothing is known of this window: one call at a time finds out, another one when that takes long.
        local patience = math.min(10000, math.max(1000, 3 * S.latency))
        for _, permit in pairs(permits) do
            if permit.epoch == S.epoch and now < permit.sent + patience then
                return refuse('probe', math.max(now + 20, permit.sent + S.latency))
            end
        end
    end
    local calls = in_flight(permits)
    local returned, next_at = 0, nil
    if S.kind == 'sliding' then returned, next_at = come_back(S) end
    local opens = S.kind == 'sliding' and (next_at or now + per_call()) or S.hi + slack(S)
    -- Without a size nobody has told, or a call before: only the probe goes.
    local available = (S.limit and S.known) and S.reported + returned - calls - sum(S.uncertain) - safety(now)
        or math.huge
    if cost == 0 then return grant() end
    if available < cost then
        -- What is in flight may turn out to be less than was reserved for it.
        if calls > 0 and S.reported - sum(S.uncertain) >= cost then opens = math.min(opens, now + S.typical) end
        return refuse('spent', opens)
    end
    -- At the end of a window politeness would only waste what is left.
    local ending = S.kind ~= 'sliding' and window_end() - now < TAIL + S.latency + 3 * per_call()
    if must_yield() and not ending then return refuse('turn', now + per_call()) end
    if available == math.huge then return grant() end
    if interactive then
        if available - owed(S.lines.bulk) < cost then return refuse('share', now + per_call()) end
        return grant()
    end
    local may, why, at = bulk_may(available, opens)
    if not may then return refuse(why, at) end
    S.bulk = S.bulk + cost
    return grant()
end

if ARG.forced then return grant() end
local shut, name = breaker_shut(S, permits, ARG.operation, ARG.subject)
if shut then
    local answer = cjson.decode(refuse('breaker', shut))
    answer.breaker = name
    return cjson.encode(answer)
end
if now < S.frozen then return refuse('frozen', S.frozen) end
if by_settings(S) then
    if must_yield() then return refuse('turn', now + per_call()) end
    return configured()
end
return reported()
