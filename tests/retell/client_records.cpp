#include "client_support.hpp"

using namespace client_test;

namespace {

/// "1/1 503 sick: transient, ..."
std::string line_of(call_record const& r)
{
    return std::to_string(r.call) + "/" + std::to_string(r.attempt) + " " +
        std::to_string(r.status) + " " + std::string(name(r.outcome)) + ": " + r.why;
}

} // namespace

TEST_CASE("client records: what was done and why, an entry an attempt")
{
    bench b([](http::request const& r, std::size_t n) {
        if (r.method == "POST") return ending(http::ending::reset_before);
        auto answer = n == 1 ? reply(503) : n == 2 ? reply(429) : reply(200, "{}");
        answer.headers.set("x-request-id", "req_" + std::to_string(n));
        if (n == 2) answer.headers.set("retry-after-ms", "3");
        return answer;
    });
    b.options.tenant = tenant_id("praxis");
    CHECK(b.run(get_agent("a", 7)) == "success");
    CHECK(b.run(create_agent(json::object{{"agent_name", "secret plan"}})) == "outcome_unknown");
    CHECK(b.run(get_agent("", 1)) == "invalid_argument");
    auto const calls = b.client().recent_calls();
    REQUIRE(calls.size() == 5);
    CHECK(line_of(calls[0]) == "1/1 503 sick: transient, repeated after a backoff");
    CHECK(line_of(calls[1]) ==
        "1/2 429 throttled: repeated after the wait that the service asks for");
    CHECK(line_of(calls[2]) == "1/3 200 ok: success");
    CHECK(line_of(calls[3]) ==
        "2/1 0 unknown_outcome: of class once and sent, no answer says what came of it: never "
        "repeated");
    CHECK(line_of(calls[4]) ==
        "3/0 0 local: get-agent: parameter \"agent_id\" is missing; it takes agent_id, version "
        "(optional)");
    CHECK(calls[0].request_id == "req_1");
    CHECK(calls[1].retry_in == 3ms);
    CHECK(calls[2].request_id == "req_3");
    CHECK(calls[2].code == error_code());
    CHECK(calls[3].code == errc::outcome_unknown);

    auto const text = json::to_text(to_json(calls[1]));
    for (auto const* part : {R"("call":1,"attempt":2)", R"("operation":"get-agent","method":"GET")",
             R"("target":"/get-agent/a")", R"("class":"safe","traffic":"read")",
             R"("tenant":"praxis","priority":"background")", R"("status":429,"code":"rate_limited")",
             R"("outcome":"throttled","retry_in_ms":3)", R"("request_id":"req_2","key":"current")"})
        CHECK_MESSAGE(text.find(part) != std::string::npos, text);
    CHECK(json::to_text(to_json(calls[3])).find("secret plan") == std::string::npos);
}

TEST_CASE("client records: are bounded, and none are kept if none are wanted")
{
    bench b([](auto const&, auto) { return reply(200, "{}"); });
    b.options.recent_calls = 3;
    for (int i = 0; i < 5; ++i) CHECK(b.run(get_agent("a", i)) == "success");
    auto const calls = b.client().recent_calls();
    REQUIRE(calls.size() == 3);
    CHECK(calls[0].call == 3);
    CHECK(calls[2].call == 5);

    bench none([](auto const&, auto) { return reply(200, "{}"); });
    none.options.recent_calls = 0;
    CHECK(none.run(get_agent("a", 1)) == "success");
    CHECK(none.client().recent_calls().empty());
}

TEST_CASE("client records: say that a call was cancelled or refused")
{
    bench b([](auto const&, auto) { return ending(http::ending::hang); });
    b.options.concurrency = 1;
    asio::cancellation_signal stop;
    auto const hangs = b.start(get_agent("a", 1));
    b.run_until([&] { return b.seen.size() == 1; });
    auto const waits = b.start(get_agent("a", 2), stop.slot());
    b.ctx.poll();
    stop.emit(asio::cancellation_type::terminal);
    CHECK(b.finish(waits) == "canceled");
    auto const calls = b.client().recent_calls();
    REQUIRE(calls.size() == 1);
    CHECK(line_of(calls[0]) == "2/0 0 cancelled: cancelled by the caller");
}

TEST_CASE("client records: a target shows no query and of a phone number its end")
{
    CHECK(masked_target("/get-agent/agent_12345678?version=3") == "/get-agent/agent_12345678");
    CHECK(masked_target("/get-phone-number/+493023125001") == "/get-phone-number/+**********01");
    CHECK(masked_target("/get-phone-number/%2B493023125001?x=y") ==
        "/get-phone-number/+**********01");
    CHECK(masked_target("/get-phone-number/(030) 2312-5001") == "/get-phone-number/(***) ****-**01");
    CHECK(masked_target("/v2/list-agents") == "/v2/list-agents");
    CHECK(masked_target("") == "");
}
