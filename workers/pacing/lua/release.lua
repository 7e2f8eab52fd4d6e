-- The call was not made after all: its permit goes back. ARG: id

local S, permits = load_state()
if not S then return cold(permits) end
local permit = permits[ARG.id]
if permit then
    drop(permits, ARG.id)
    if S.batch then S.batch.clean = false end
    if permit.lane == 'bulk' then S.bulk = math.max(0, S.bulk - permit.cost) end
end
save_state(S)
return cjson.encode({released = permit ~= nil})
