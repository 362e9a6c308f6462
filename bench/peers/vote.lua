-- One vote in a group of three where two equal ones decide. KEYS: the group. ARGV: round, agent, value.
-- The third vote closes the round: the outcome is kept and published.
local group, round = KEYS[1], ARGV[1]
local votes = group .. ':' .. round
if redis.call('HSETNX', votes, ARGV[2], ARGV[3]) == 0 then return 'repeated' end
if redis.call('HLEN', votes) < 3 then return 'WAITING' end
local outcome = 'FAILED'
local counts = {}
for _, value in ipairs(redis.call('HVALS', votes)) do
  counts[value] = (counts[value] or 0) + 1
  if counts[value] >= 2 then outcome = 'SUCCESS ' .. value end
end
redis.call('DEL', votes)
redis.call('HSET', group, round, outcome)
redis.call('HDEL', group, round - 1000)
redis.call('PUBLISH', group, round .. ' ' .. outcome)
return outcome
