-- Propose and wait: request i belongs to agent i mod 3 of group (i div 3) mod G, so that three requests in a row
-- close a round, and a group's next round comes only long after all answers of the last one.
local threads = 0
function setup(thread)
  thread:set("id", threads)
  threads = threads + 1
end
local groups = 1
local i = 0
local headers = { ["Content-Type"] = "application/json" }
function request()
  if i < 0 then
    i = 0
    return wrk.format("GET", "/healthz")
  end
  local group = math.floor(i / 3) % groups
  local round = math.floor(i / (3 * groups)) + 1
  local path = string.format("/v1/groups/bench-%s-%d-%d/rounds/%d/proposals/a%d?wait=10s", run, id, group, round, i % 3)
  i = i + 1
  return wrk.format("PUT", path, headers, '{"value":7}')
end
function init(args)
  run = args[1] or "0"
  groups = tonumber(args[2] or "1")
  -- wrk tries the first thread's script once without sending what it gives.
  if id == 0 then i = -1 end
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('JSON {"requests":%d,"us":%d,"p50":%d,"p99":%d,"errors":%d}\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
