#include <trunkline/redis/strict_limiter.hpp>

#include <trunkline/core/diagnostics.hpp>

#include <algorithm>
#include <cmath>

namespace trunkline::redis {
namespace {

// KEYS     one a limit
// ARGV     1 take or -1 refund; for each key spacing in us, and how far ahead of now it may run
// Answers  us to wait, 0: taken. A refund never leaves more than a full burst: time that has passed
//          counts from now on.
constexpr std::string_view strict_text = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local sign, wait, next = tonumber(ARGV[1]), 0, {}
for k = 1, #KEYS do
    local spacing, ahead = tonumber(ARGV[2 * k]), tonumber(ARGV[2 * k + 1])
    local tat = math.max(tonumber(redis.call('GET', KEYS[k]) or '0'), now)
    tat = math.min(tat, now + ahead)
    next[k] = tat + sign * spacing
    wait = math.max(wait, next[k] - now - ahead)
end
if wait > 0 then return math.ceil(wait) end
for k = 1, #KEYS do
    if next[k] <= now then
        redis.call('DEL', KEYS[k])
    else
        redis.call('SET', KEYS[k], string.format('%.0f', next[k]), 'PX', math.ceil((next[k] - now) / 1000))
    end
end
return 0
)lua";

} // namespace

class strict_limiter::impl : public std::enable_shared_from_this<impl> {
public:
    impl(asio::any_io_executor const& executor, address const& where, std::string space,
        client_options const& connection)
        : client_(executor, where, connection), space_(std::move(space))
    {}

    void run(std::vector<resilience::strict_item> const& items, bool takes, done answer)
    {
        command c{"EVAL", script()};
        c.add(static_cast<std::int64_t>(items.size()));
        for (auto const& i : items) c.add("trunkline:{" + space_ + "}:s:" + i.key);
        c.add(std::int64_t{takes ? 1 : -1});
        for (auto const& i : items) {
            auto const spacing = std::clamp(1e6 / std::max(i.rate, 1e-3), 1.0, 1e9);
            c.add(std::llround(spacing)).add(std::llround(spacing * std::max(i.burst, 1u)));
        }
        auto const diag = std::make_shared<diagnostics>();
        client_.async_call(
            c, *diag, [diag, answer = std::move(answer)](error_code ec, reply const& r) {
                if (!answer) return;
                if (ec || r.kind != reply::type::integer) return answer(std::nullopt);
                resilience::decision d;
                if (r.number > 0) {
                    d.granted = false;
                    d.why = resilience::denial::rate;
                    d.retry_after = std::chrono::microseconds(r.number);
                }
                answer(d);
            });
    }

private:
    client client_;
    std::string const space_;
};

client_options strict_limiter::default_client_options()
{
    client_options o;
    o.connect_timeout = std::chrono::milliseconds(1'000);
    o.command_timeout = std::chrono::milliseconds(100);
    o.reconnect_cap = std::chrono::milliseconds(1'000);
    return o;
}

strict_limiter::strict_limiter(asio::any_io_executor executor, address const& where,
    std::string space, client_options const& connection)
{
    if (space.find_first_of("{}") != std::string::npos)
        throw error(errc::invalid_argument, "strict limiter: the space may not hold braces");
    impl_ = std::make_shared<impl>(executor, where, std::move(space), connection);
}

strict_limiter::~strict_limiter() = default;

void strict_limiter::async_take(std::vector<resilience::strict_item> const& items, done answer)
{
    impl_->run(items, true, std::move(answer));
}

void strict_limiter::refund(std::vector<resilience::strict_item> const& items)
{
    impl_->run(items, false, nullptr);
}

std::string_view strict_limiter::script() noexcept
{
    return strict_text;
}

} // namespace trunkline::redis
