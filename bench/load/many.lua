-- Many at once: request k brings the next 128 votes. Vote v belongs to agent v mod 3 of group (v div 3) mod G, so that three votes in a
-- row close a round, and a group's next round comes only long after all answers of the last one.
local perRequest = 128
local threads = {}
function setup(thread)
  thread:set("id", #threads)
  table.insert(threads, thread)
end
local groups = 1
local v = 0
local headers = { ["Content-Type"] = "application/x-ndjson" }
local first = false
refused = 0
function request()
  if first then
    first = false
    return wrk.format("GET", "/healthz")
  end
  local lines = {}
  for i = 1, perRequest do
    local group = math.floor(v / 3) % groups
    local round = math.floor(v / (3 * groups)) + 1
    lines[i] = string.format('{"group":"bench-%s-%d-%d","round":%d,"agent":"a%d","value":7}\n', run, id, group, round, v % 3)
    v = v + 1
  end
  return wrk.format("POST", "/v1/proposals", headers, table.concat(lines))
end
function response(status, _, body)
  local _, taken = body:gsub('"status":201', '')
  refused = refused + perRequest - taken
end
function init(args)
  run = args[1] or "0"
  groups = tonumber(args[2] or "1")
  -- wrk tries the first thread's script once without sending what it gives.
  first = id == 0
end
function done(summary, latency, requests)
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  for _, thread in ipairs(threads) do errors = errors + thread:get("refused") end
  io.write(string.format('JSON {"requests":%d,"us":%d,"p50":%d,"p99":%d,"errors":%d}\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), errors))
end
