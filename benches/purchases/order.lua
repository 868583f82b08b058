-- Orders with vouchers, each with an idempotency key of its own. The market is made by market.py, which writes the table
-- that is loaded here. Nobody buys a data set with support twice (R-012), so each pair of buyer and listing comes once;
-- a thread that has none left stops.
local market = dofile(os.getenv("MARKET"))
local made = 0

function setup(thread)
  thread:set("id", made)
  thread:set("threads", tonumber(os.getenv("THREADS")))
  made = made + 1
end

function init()
  count = 0
end

function request()
  local pair = count * threads + id
  count = count + 1
  local buyer = market.buyers[pair % #market.buyers + 1]
  local listing = market.listings[math.floor(pair / #market.buyers) + 1]
  if not listing then
    wrk.thread:stop()
    return wrk.format("GET", "/readyz")
  end
  local body = string.format(
    '{"listing":"%s","voucher":"%s","purpose":"process_improvement","purpose_text":"bench"}',
    listing, buyer.voucher)
  return wrk.format("POST", "/v1/contracts", {
    ["content-type"] = "application/json",
    ["authorization"] = "Bearer " .. buyer.token,
    ["idempotency-key"] = string.format("%s-%d-%d", os.getenv("RUN"), id, count),
  }, body)
end

function response(status, headers, body)
  if status ~= 201 then
    io.stderr:write(status .. " " .. string.sub(body, 1, 300) .. "\n")
  end
end
