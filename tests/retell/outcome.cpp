#include <trunkline/retell/outcome.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace trunkline;
using namespace trunkline::retell;

namespace {

operation const& row_of(std::string_view name)
{
    auto const* found = find_operation(name);
    REQUIRE(found != nullptr);
    return *found;
}

/// The outcome of an attempt for an operation of each class: "sick sick unknown_outcome".
std::string judged(errc code, http::progress progress, bool concurrency = false)
{
    attempt_outcome a;
    a.code = code;
    a.progress = progress;
    a.concurrency = concurrency;
    std::string out;
    for (auto const* op : {"get-agent", "update-agent", "create-phone-call"})
        out.append(out.empty() ? "" : " ").append(name(classify(row_of(op), a)));
    return out;
}

bool names(int status, std::string body)
{
    http::response r;
    r.status = status;
    r.body = std::move(body);
    return names_concurrency(r);
}

} // namespace

TEST_CASE("outcome: success is ok, whatever it brought")
{
    CHECK(classify(row_of("publish-agent-version"), attempt_outcome()) == outcome::ok);
}

TEST_CASE("outcome: by error, way and class of the operation")
{
    using http::progress;
    CHECK(judged(errc::bad_request, progress::answered) == "rejected rejected rejected");
    CHECK(judged(errc::not_found, progress::answered) == "rejected rejected rejected");
    CHECK(judged(errc::conflict, progress::answered) == "rejected rejected rejected");
    CHECK(judged(errc::precondition_failed, progress::answered) == "rejected rejected rejected");
    CHECK(judged(errc::unprocessable, progress::answered) == "rejected rejected rejected");
    for (auto const key : {errc::unauthorized, errc::payment_required, errc::forbidden})
        CHECK(judged(key, progress::answered) == "misconfigured misconfigured misconfigured");
    CHECK(judged(errc::tls_failed, progress::not_sent) ==
        "misconfigured misconfigured misconfigured");
    CHECK(judged(errc::resolve_failed, progress::not_sent) == "sick sick sick");
    CHECK(judged(errc::connect_failed, progress::not_sent) == "sick sick sick");
    CHECK(judged(errc::timeout, progress::not_sent) == "sick sick sick");
    CHECK(judged(errc::timeout, progress::sent) == "sick sick unknown_outcome");
    CHECK(judged(errc::connection_lost, progress::sent) == "sick sick unknown_outcome");
    CHECK(judged(errc::server_error, progress::answered) == "sick sick unknown_outcome");
    CHECK(judged(errc::empty_answer, progress::answered) == "sick sick unknown_outcome");
    CHECK(judged(errc::too_large, progress::sent) == "local local unknown_outcome");
    CHECK(judged(errc::canceled, progress::not_sent) == "cancelled cancelled cancelled");
    CHECK(judged(errc::canceled, progress::sent) == "cancelled cancelled unknown_outcome");
    CHECK(judged(errc::rate_limited, progress::answered) == "throttled throttled throttled");
    CHECK(judged(errc::rate_limited, progress::answered, true) == "saturated saturated saturated");
    CHECK(judged(errc::unprocessable, progress::answered, true) == "saturated saturated saturated");
    CHECK(judged(errc::unauthorized, progress::answered, true) ==
        "misconfigured misconfigured misconfigured");
    CHECK(judged(errc::circuit_open, progress::not_sent) == "local local local");
    CHECK(judged(errc::invalid_argument, progress::not_sent) == "local local local");
}

TEST_CASE("outcome: only sickness and what may have happened count against the service")
{
    std::set<outcome> failures;
    for (std::size_t i = 0; i < outcomes; ++i)
        if (counts_as_failure(static_cast<outcome>(i))) failures.insert(static_cast<outcome>(i));
    CHECK(failures == std::set<outcome>{outcome::sick, outcome::unknown});
}

TEST_CASE("outcome: each code has one row at most, and each outcome a name")
{
    std::set<errc> codes;
    for (auto const& rule : outcome_rules()) CHECK(codes.insert(rule.code).second);
    std::set<std::string_view> found;
    for (std::size_t i = 0; i < outcomes; ++i) found.insert(name(static_cast<outcome>(i)));
    CHECK(found.size() == outcomes);
    CHECK_FALSE(found.contains(""));
}

TEST_CASE("outcome: a refusal that names concurrent calls is told from one of the rate")
{
    CHECK(names(429, R"({"message":"Concurrency limit reached"})"));
    CHECK(names(429, R"({"message":"too many CONCURRENT calls"})"));
    CHECK_FALSE(names(429, R"({"message":"Account rate limited"})"));
    CHECK_FALSE(names(429, ""));
    CHECK(names(422, R"({"message":"concurrency_limit_reached"})"));
    // A field's name is no statement about calls.
    CHECK_FALSE(names(400, R"({"message":"reserved_concurrency must be positive"})"));
    CHECK_FALSE(names(200, R"({"message":"concurrency limit"})"));
    CHECK_FALSE(names(503, R"({"message":"concurrency limit"})"));
}
