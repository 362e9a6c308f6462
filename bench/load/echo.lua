-- The peer: the same number of bytes to a bare JSON echo.
function request()
  return wrk.format("PUT", "/echo", { ["Content-Type"] = "application/json" }, '{"value":7}')
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('JSON {"requests":%d,"us":%d,"p50":%d,"p99":%d,"errors":%d}\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
