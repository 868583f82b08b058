-- Orders with vouchers, each with an idempotency key of its own. The market is made by market.py,
-- which writes the table that is loaded here.
local market = dofile(os.getenv("MARKET"))
local threads = 0

function setup(thread)
  thread:set("id", threads)
  threads = threads + 1
end

function init()
  math.randomseed(id + 1)
  count = 0
end

function request()
  count = count + 1
  local buyer = market.buyers[math.random(#market.buyers)]
  local listing = market.listings[math.random(#market.listings)]
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
