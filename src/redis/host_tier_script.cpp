#include <trunkline/redis/host_tier.hpp>

namespace trunkline::redis {
namespace {

// One round trip of one host. Amounts are thousandths of requests a second, times ms of the server.
//
// KEYS     1 hosts: host -> "seen fence members heard"
//          2 birth: when this memory began
//          3.. one a key
// ARGV     host, fence, for how long it heard nothing, how many hosts it knows of (0: it never heard),
//          member_ttl, live, hold, settle, number of limiters; for each limiter rate, held, demand;
//          for each breaker how long it is open here (0: it is not)
// Answers  {'fenced'}, or {'ok', birth, members, alive, now}, and in it for each limiter its grant,
//          for each breaker {hosts that see it open, shortest of their times}
//
// A limiter is host -> "reserved demand". Reserved is the larger of what a host holds and what it
// was granted, so that a grant that shrinks counts only once its host has said that it holds no
// more. A host that has heard nothing for `hold` is on its own, even if we hear it: it may use
// rate / members, as it knew them.
constexpr std::string_view text = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function number(n) return string.format('%.0f', n) end
local me, fence = ARGV[1], tonumber(ARGV[2])
local silence, known = tonumber(ARGV[3]), tonumber(ARGV[4])
local ttl, live, hold, settle = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])

local seen, heard, knew, members, alive = {}, {}, {}, 1, 1
local hosts = redis.call('HGETALL', KEYS[1])
for i = 1, #hosts, 2 do
    local at, newest, count, last = hosts[i + 1]:match('^(%d+) (%d+) (%d+) (%d+)$')
    at = tonumber(at)
    if hosts[i] == me then
        if tonumber(newest) > fence and now - at <= live then return {'fenced'} end
    elseif now - at > ttl then
        redis.call('HDEL', KEYS[1], hosts[i])
    else
        seen[hosts[i]], heard[hosts[i]], knew[hosts[i]] = at, tonumber(last), tonumber(count)
        members = members + 1
        if now - at <= live then alive = alive + 1 end
    end
end
known = (known > 0) and math.min(known, members) or members
redis.call('HSET', KEYS[1], me, table.concat(
    {number(now), number(fence), number(known), number(now - silence)}, ' '))
redis.call('PEXPIRE', KEYS[1], ttl)

redis.call('SET', KEYS[2], number(now), 'NX')
redis.call('PEXPIRE', KEYS[2], ttl)
local birth = redis.call('GET', KEYS[2])
local settling = now - tonumber(birth) < settle

local answer = {'ok', birth, members, alive, now}
local limiters, at = tonumber(ARGV[9]), 10
for k = 3, #KEYS do
    local all = redis.call('HGETALL', KEYS[k])
    if k - 2 <= limiters then
        local rate, held, wanted = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
        at = at + 3
        local taken, demand = 0, wanted
        for i = 1, #all, 2 do
            local host = all[i]
            if host ~= me and not seen[host] then
                redis.call('HDEL', KEYS[k], host)
            elseif host ~= me then
                local reserved, asked = all[i + 1]:match('^(%d+) (%d+)$')
                if now - heard[host] > hold then reserved = rate / knew[host] end
                taken = taken + tonumber(reserved)
                if now - seen[host] <= live then demand = demand + tonumber(asked) end
            end
        end
        local least = rate / members / 10
        local grant = rate / members
        if demand > 0 then grant = least + (rate - least * members) * wanted / demand end
        if settling then grant = math.min(grant, held) end
        grant = math.floor(math.max(0, math.min(grant, rate - taken)))
        redis.call('HSET', KEYS[k], me, number(math.max(grant, held)) .. ' ' .. number(wanted))
        redis.call('PEXPIRE', KEYS[k], ttl)
        answer[#answer + 1] = grant
    else
        local open = tonumber(ARGV[at])
        at = at + 1
        local votes, shortest, longest = 0, 0, open
        for i = 1, #all, 2 do
            local left = tonumber(all[i + 1]) - now
            if left <= 0 then
                redis.call('HDEL', KEYS[k], all[i])
            elseif all[i] ~= me then
                votes = votes + 1
                shortest = (votes == 1) and left or math.min(shortest, left)
                longest = math.max(longest, left)
            end
        end
        if open > 0 then
            redis.call('HSET', KEYS[k], me, number(now + open))
        else
            redis.call('HDEL', KEYS[k], me)
        end
        if longest > 0 then redis.call('PEXPIRE', KEYS[k], longest) end
        answer[#answer + 1] = {votes, shortest}
    end
end
return answer
)lua";

} // namespace

std::string_view host_tier::script() noexcept
{
    return text;
}

} // namespace trunkline::redis
