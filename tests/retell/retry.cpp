#include <trunkline/retell/retry.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;
using http::progress;

namespace {

operation const& op(std::string_view name)
{
    auto const* found = find_operation(name);
    REQUIRE(found != nullptr);
    return *found;
}

operation const& safe()
{
    return op("get-agent");
}
operation const& idempotent()
{
    return op("update-agent");
}
operation const& once()
{
    return op("create-agent");
}

attempt_outcome failed(errc code, progress p)
{
    attempt_outcome o;
    o.code = code;
    o.progress = p;
    return o;
}

attempt_outcome answered(errc code)
{
    return failed(code, progress::answered);
}

retry_decision after(operation const& o, attempt_outcome const& outcome, unsigned attempt = 1)
{
    random_source random(1);
    return decide(retry_options(), o, outcome, attempt, random);
}

/// "wait", or the name of the code the call ends with.
std::string verdict(operation const& o, attempt_outcome const& outcome, unsigned attempt = 1)
{
    auto const d = after(o, outcome, attempt);
    if (d.action == retry_action::wait) return "wait";
    return d.code ? std::string(name(static_cast<errc>(d.code.value()))) : "success";
}

} // namespace

TEST_CASE("retry: the table of operation class and outcome")
{
    struct row {
        errc code;
        progress how_far;
        char const* repeatable; ///< safe and idempotent
        char const* once;
    };
    row const rows[] = {
        {errc::resolve_failed, progress::not_sent, "wait", "wait"},
        {errc::connect_failed, progress::not_sent, "wait", "wait"},
        {errc::tls_failed, progress::not_sent, "tls_failed", "tls_failed"},
        {errc::timeout, progress::not_sent, "wait", "wait"},
        {errc::timeout, progress::sent, "wait", "outcome_unknown"},
        {errc::connection_lost, progress::not_sent, "wait", "wait"},
        {errc::connection_lost, progress::sent, "wait", "outcome_unknown"},
        {errc::protocol_error, progress::sent, "wait", "outcome_unknown"},
        {errc::too_large, progress::sent, "too_large", "outcome_unknown"},
        {errc::canceled, progress::not_sent, "canceled", "canceled"},
        {errc::canceled, progress::sent, "canceled", "outcome_unknown"},
        {errc::rate_limited, progress::answered, "wait", "wait"},
        {errc::server_error, progress::answered, "wait", "outcome_unknown"},
        {errc::protocol_error, progress::answered, "wait", "outcome_unknown"},
        {errc::empty_answer, progress::answered, "empty_answer", "outcome_unknown"},
        {errc::mistyped_answer, progress::answered, "mistyped_answer", "outcome_unknown"},
        {errc::bad_request, progress::answered, "bad_request", "bad_request"},
        {errc::unauthorized, progress::answered, "unauthorized", "unauthorized"},
        {errc::payment_required, progress::answered, "payment_required", "payment_required"},
        {errc::forbidden, progress::answered, "forbidden", "forbidden"},
        {errc::not_found, progress::answered, "not_found", "not_found"},
        {errc::conflict, progress::answered, "conflict", "conflict"},
        {errc::precondition_failed, progress::answered, "precondition_failed", "precondition_failed"},
        {errc::unprocessable, progress::answered, "unprocessable", "unprocessable"},
        {errc::unexpected_status, progress::answered, "unexpected_status", "unexpected_status"},
    };
    for (auto const& r : rows) {
        CAPTURE(name(r.code));
        CAPTURE(static_cast<int>(r.how_far));
        auto const outcome = failed(r.code, r.how_far);
        CHECK(verdict(safe(), outcome) == r.repeatable);
        CHECK(verdict(idempotent(), outcome) == r.repeatable);
        CHECK(verdict(once(), outcome) == r.once);
    }
}

TEST_CASE("retry: the last attempt ends with its own code")
{
    for (auto const* o : {&safe(), &idempotent()}) {
        CHECK(verdict(*o, answered(errc::server_error), 2) == "wait");
        CHECK(verdict(*o, answered(errc::server_error), 3) == "server_error");
    }
    CHECK(verdict(once(), failed(errc::connect_failed, progress::not_sent), 3) == "connect_failed");
    CHECK(verdict(once(), answered(errc::rate_limited), 3) == "rate_limited");
}

TEST_CASE("retry: success is success")
{
    for (auto const* o : {&safe(), &idempotent(), &once()})
        CHECK(verdict(*o, attempt_outcome()) == "success");
}

TEST_CASE("retry: a repeated delete that finds nothing is done")
{
    auto gone = answered(errc::not_found);
    CHECK(verdict(op("delete-agent"), gone, 1) == "not_found");
    gone.maybe_done_before = true;
    CHECK(verdict(op("delete-agent"), gone, 2) == "success");
    CHECK(verdict(op("delete-agent-version"), gone, 2) == "success");
    CHECK(verdict(idempotent(), gone, 2) == "not_found");

    auto refused = answered(errc::unprocessable);
    refused.maybe_done_before = true;
    CHECK(verdict(op("delete-agent"), refused, 2) == "unprocessable");
}

TEST_CASE("retry: x-should-retry overrides the table, except for once")
{
    auto refused = answered(errc::unprocessable);
    refused.should_retry = true;
    CHECK(verdict(safe(), refused) == "wait");
    CHECK(verdict(idempotent(), refused) == "wait");
    CHECK(verdict(once(), refused) == "unprocessable");
    CHECK(verdict(safe(), refused, 3) == "unprocessable");

    auto sick = answered(errc::server_error);
    sick.should_retry = false;
    CHECK(verdict(safe(), sick) == "server_error");
    CHECK(verdict(once(), sick) == "outcome_unknown");
    sick.should_retry = true;
    CHECK(verdict(once(), sick) == "outcome_unknown");
}

TEST_CASE("retry: 503 with Retry-After repeats what may be repeated, never once")
{
    auto busy = answered(errc::server_error);
    busy.retry_after = 200ms;
    CHECK(after(safe(), busy).delay == 200ms);
    CHECK(verdict(once(), busy) == "outcome_unknown");
}

TEST_CASE("retry: Retry-After is the wait, up to its cap")
{
    auto limited = answered(errc::rate_limited);
    limited.retry_after = 3s;
    CHECK(after(once(), limited).delay == 3s);
    limited.retry_after = 0ms;
    CHECK(after(safe(), limited).delay == 0ms);
    limited.retry_after = 60s;
    CHECK(verdict(safe(), limited) == "wait");
    limited.retry_after = 60'001ms;
    CHECK(verdict(safe(), limited) == "rate_limited");
    CHECK(verdict(once(), limited) == "rate_limited");
}

TEST_CASE("retry: the backoff doubles up to its cap, jittered by half")
{
    retry_options options;
    options.max_attempts = 100;
    options.base = 500ms;
    options.cap = 8s;
    for (unsigned attempt = 1; attempt < 99; ++attempt) {
        auto const full = std::min<std::int64_t>(500LL << std::min(attempt - 1, 10u), 8'000);
        std::int64_t lowest = full;
        std::int64_t highest = 0;
        random_source random(attempt);
        for (int i = 0; i < 200; ++i) {
            auto const ms =
                decide(options, safe(), answered(errc::server_error), attempt, random).delay.count();
            lowest = std::min(lowest, ms);
            highest = std::max(highest, ms);
        }
        CAPTURE(attempt);
        CHECK(lowest >= full / 2);
        CHECK(lowest < full * 6 / 10);
        CHECK(highest <= full);
        CHECK(highest > full * 9 / 10);
    }
}

TEST_CASE("retry: Retry-After is read in its three spellings")
{
    auto const read = [](std::vector<std::pair<char const*, char const*>> const& fields,
                          std::optional<std::int64_t> now = {}) {
        http::headers h;
        for (auto const& [n, v] : fields) h.add(n, v);
        auto const wait = read_retry_after(h, now);
        return wait ? wait->count() : -1;
    };
    CHECK(read({}) == -1);
    CHECK(read({{"Retry-After-Ms", "250"}}) == 250);
    CHECK(read({{"Retry-After", "2"}}) == 2'000);
    CHECK(read({{"Retry-After", " 0.2 "}}) == 200);
    CHECK(read({{"Retry-After", "9"}, {"retry-after-ms", "1.6"}}) == 2);
    CHECK(read({{"Retry-After", "9"}, {"retry-after-ms", "soon"}}) == 9'000);

    std::int64_t const now = 784'111'777'000; // 1994-11-06 08:49:37
    CHECK(read({{"Retry-After", "Sun, 06 Nov 1994 08:49:40 GMT"}}, now) == 3'000);
    CHECK(read({{"Retry-After", "Sunday, 06-Nov-94 08:49:40 GMT"}}, now) == 3'000);
    CHECK(read({{"Retry-After", "Sun Nov  6 08:49:40 1994"}}, now) == 3'000);
    CHECK(read({{"Retry-After", "Sun, 06 Nov 1994 08:49:00 GMT"}}, now) == 0);
    CHECK(read({{"Retry-After", "Sun, 06 Nov 1994 08:49:40 GMT"}}) == -1);
    // The service's own clock decides, whatever time it is here.
    CHECK(read({{"Retry-After", "Sun, 06 Nov 1994 08:49:40 GMT"},
                   {"Date", "Sun, 06 Nov 1994 08:49:30 GMT"}},
              now + 86'400'000) == 10'000);
}

TEST_CASE("retry: a Retry-After that makes no sense is ignored")
{
    for (auto const* text :
        {"", "-1", "nan", "inf", "1e400", "soon", "12 monkeys", "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 99999999999999 08:49:37 GMT",
            "06 06 06 06 06", ",,,,- - -", "Nov Nov Nov", "Sun, 06 Nov 1994 08:49:3\xff GMT"})
    {
        CAPTURE(text);
        http::headers h;
        h.set("Retry-After", text);
        CHECK_FALSE(read_retry_after(h, 784'111'777'000).has_value());
    }
    http::headers far;
    far.set("Retry-After", "1e300");
    REQUIRE(read_retry_after(far).has_value());
    CHECK(*read_retry_after(far) > 24h * 365);
}

TEST_CASE("retry: x-should-retry says true, false or nothing")
{
    http::headers h;
    CHECK_FALSE(read_should_retry(h).has_value());
    h.set("X-Should-Retry", "true");
    CHECK(read_should_retry(h) == true);
    h.set("X-Should-Retry", "false");
    CHECK(read_should_retry(h) == false);
    h.set("X-Should-Retry", "perhaps");
    CHECK_FALSE(read_should_retry(h).has_value());
}
