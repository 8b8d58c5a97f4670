#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <string_view>
#include <system_error>

using namespace trunkline;

namespace {

/// Every value that has a name.
std::set<errc> all_codes()
{
    std::set<errc> out;
    for (int value = -10; value < 1000; ++value)
        if (!name(static_cast<errc>(value)).empty()) out.insert(static_cast<errc>(value));
    return out;
}

} // namespace

TEST_CASE("error: every code has a name and a message of its own")
{
    std::set<std::string_view> names;
    std::set<std::string> messages;
    for (auto const code : all_codes()) {
        CAPTURE(name(code));
        CHECK(names.insert(name(code)).second);
        auto const text = error_code(code).message();
        CHECK(messages.insert(text).second);
        CHECK(text.find('\n') == std::string::npos);
    }
    CHECK(names.size() > 40);
    CHECK(name(errc::outcome_unknown) == "outcome_unknown");
    CHECK(name(static_cast<errc>(9999)).empty());
    CHECK(error_code(9999, trunkline_category()).message() == "unknown error 9999");
}

TEST_CASE("error: values are stable, they are written to journals")
{
    CHECK(static_cast<int>(errc::invalid_argument) == 1);
    CHECK(static_cast<int>(errc::outcome_unknown) == 28);
    CHECK(static_cast<int>(errc::not_found) == 44);
    CHECK(static_cast<int>(errc::backup_failed) == 79);
    CHECK(static_cast<int>(errc::merge_conflict) == 91);
    CHECK(static_cast<int>(errc::internal) == 120);
}

TEST_CASE("error: zero is no error")
{
    CHECK_FALSE(error_code().failed());
    for (auto const code : all_codes()) CHECK(error_code(code).failed());
}

TEST_CASE("error: conditions group codes by what a caller can do")
{
    auto const is = [](errc code, failure f) { return error_code(code) == make_error_condition(f); };
    CHECK(is(errc::rate_limited, failure::retryable));
    CHECK(is(errc::circuit_open, failure::retryable));
    CHECK_FALSE(is(errc::outcome_unknown, failure::retryable));
    CHECK_FALSE(is(errc::unprocessable, failure::retryable));
    CHECK(is(errc::outcome_unknown, failure::ambiguous));
    CHECK(is(errc::empty_answer, failure::ambiguous));
    CHECK_FALSE(is(errc::connect_failed, failure::ambiguous));
    CHECK_FALSE(is(errc::circuit_open, failure::ambiguous));
    CHECK(is(errc::unauthorized, failure::auth));
    CHECK_FALSE(is(errc::not_found, failure::auth));
    CHECK(is(errc::tls_failed, failure::transport));
    CHECK_FALSE(is(errc::server_error, failure::transport));
    CHECK(is(errc::not_found, failure::not_found));
    CHECK_FALSE(is(errc::unprocessable, failure::not_found));
}

TEST_CASE("error: what the key forbids is never worth a retry, and foreign codes match nothing")
{
    for (auto const code : all_codes())
        if (error_code(code) == make_error_condition(failure::auth))
            CHECK_FALSE(error_code(code) == make_error_condition(failure::retryable));
    auto const foreign = boost::system::errc::make_error_code(boost::system::errc::timed_out);
    CHECK_FALSE(foreign == make_error_condition(failure::retryable));
    for (int f = 1; f <= 5; ++f)
        CHECK_FALSE(make_error_condition(static_cast<failure>(f)).message().empty());
}

TEST_CASE("error: codes convert to the standard library and back to the same meaning")
{
    std::error_code const standard = error_code(errc::timeout);
    CHECK(standard.value() == static_cast<int>(errc::timeout));
    CHECK(standard.message() == error_code(errc::timeout).message());
    CHECK(std::string_view(standard.category().name()) == "trunkline");
}

TEST_CASE("error: the exception carries code and diagnostics")
{
    diagnostics diag;
    diag.operation = "get-agent";
    diag.message = "get-agent: the API key is invalid; set RETELL_API_KEY";
    diag.http_status = 401;
    error const full(errc::unauthorized, diag);
    CHECK(full.code() == errc::unauthorized);
    CHECK(std::string_view(full.what()) == diag.message);
    CHECK(full.diag().http_status == 401);

    CHECK(std::string_view(error(errc::store_full, diagnostics()).what()) ==
        error_code(errc::store_full).message());
    error const worded(errc::store_full, "no space left");
    CHECK(worded.diag().message == "no space left");

    diag.clear();
    CHECK(diag.message.empty());
    CHECK(diag.http_status == 0);
    CHECK_FALSE(diag.retry_after);
}
