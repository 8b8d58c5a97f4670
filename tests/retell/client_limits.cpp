#include "client_support.hpp"

#include <trunkline/retell/limits.hpp>

using namespace client_test;

namespace {

http::reply of_size(std::size_t bytes, http::framing f)
{
    auto r = reply(200, "{\"a\":\"" + std::string(bytes, 'x') + "\"}");
    r.framing = f;
    r.headers.set("x-request-id", "req_large");
    return r;
}

} // namespace

TEST_CASE("limits: each operation belongs to one class of traffic")
{
    CHECK(traffic_of(op("get-agent")) == traffic::read);
    CHECK(traffic_of(op("list-agents")) == traffic::list);
    CHECK(traffic_of(op("list-voices")) == traffic::list);
    CHECK(traffic_of(op("update-agent")) == traffic::write);
    CHECK(traffic_of(op("create-agent")) == traffic::write);
    CHECK(traffic_of(op("clone-voice")) == traffic::upload);
    CHECK(traffic_of(op("create-phone-call")) == traffic::live_call);
    std::map<traffic, int> rows;
    for (auto const& o : operations()) ++rows[traffic_of(o)];
    CHECK(rows[traffic::live_call] == 9); // each name in the list is one of the table
    CHECK(rows[traffic::upload] == 5);
}

TEST_CASE(
    "limits: a small answer has a small limit, lists a larger one, the transport's rules both")
{
    limits const l;
    http::client_options transport;
    auto const answer = [&](char const* name) {
        return *send_limits(l, transport, op(name)).max_response_bytes;
    };
    CHECK(answer("get-agent") == 16u << 20);
    CHECK(answer("list-calls") == 64u << 20);
    CHECK(answer("delete-agent") == acknowledgement_bytes);
    transport.max_response_bytes = 1000;
    CHECK(answer("list-calls") == 1000);
    transport.max_response_bytes = 0; // none
    CHECK(answer("list-calls") == 64u << 20);
}

TEST_CASE("limits: a time belongs to a class, and the transport's holds where a class has none")
{
    limits l;
    http::client_options const transport;
    CHECK_FALSE(send_limits(l, transport, op("get-agent")).total_timeout.has_value());
    CHECK(send_limits(l, transport, op("create-phone-call")).total_timeout == 20s);
    CHECK(send_limits(l, transport, op("create-knowledge-base")).total_timeout == 600s);
    l.set_timeout(3s);
    CHECK(send_limits(l, transport, op("get-agent")).total_timeout == 3s);
    CHECK(send_limits(l, transport, op("clone-voice")).read_timeout == 3s);
}

TEST_CASE("client: an answer over its class's limit is given up, and says whose it was")
{
    for (auto const framing : {http::framing::content_length, http::framing::chunked}) {
        bench b([&](auto const&, auto) { return of_size(100'000, framing); });
        b.options.limits[traffic::read].max_answer_bytes = 50'000;
        auto const o = b.start(get_agent("a", 1));
        CHECK(b.finish(o) == "too_large");
        CHECK(b.seen.size() == 1);
        CHECK(o->diag.http_status == 200);
        CHECK(o->diag.request_id == "req_large");
        CHECK(o->diag.message.find("50000 bytes") != std::string::npos);
        CHECK(b.run(update_agent("a", 1, json::object{{"x", 1}})) == "success"); // another class
    }
}

TEST_CASE("client: a class's time ends a request, others go on with theirs")
{
    bench b([&](http::request const& r, auto) {
        return r.target.find("live") != std::string::npos ? ending(http::ending::hang)
                                                          : reply(200, "{}");
    });
    b.options.limits[traffic::live_call].total_timeout = 50ms;
    b.options.max_attempts = 1;
    auto const o = b.start(call(op("update-live-call"),
        arguments().set("call_id", "live").with_body(json::object{{"x", 1}})));
    CHECK(b.finish(o) == "outcome_unknown"); // of class once, and it was sent
    CHECK(o->diag.message.find("50 ms") != std::string::npos);
    CHECK(b.run(get_agent("a", 1)) == "success");
}

TEST_CASE("client: what a header said is in the diagnostics, also when the answer is cut short")
{
    bench b([](auto const&, auto) {
        auto r = reply(503, R"({"message":"0123456789012345678901234567890123456789"})");
        r.headers.set("x-request-id", "req_cut");
        r.headers.set("retry-after", "7");
        r.ending = http::ending::cut;
        return r;
    });
    b.options.max_attempts = 1;
    auto const o = b.start(get_agent("a", 1));
    auto const code = b.finish(o);
    CHECK((code == "connection_lost" || code == "protocol_error"));
    CHECK(o->diag.http_status == 503);
    CHECK(o->diag.request_id == "req_cut");
    CHECK(o->diag.retry_after == 7s);
    CHECK(b.events.at(0).status == 503);
}

TEST_CASE("client: a useless success keeps its request id and its wait")
{
    bench b([](auto const&, auto) {
        auto r = reply(200, "");
        r.headers.set("x-request-id", "req_empty");
        r.headers.set("retry-after", "2");
        return r;
    });
    auto const o = b.start(get_agent("a", 1));
    CHECK(b.finish(o) == "empty_answer");
    CHECK(o->diag.request_id == "req_empty");
    CHECK(o->diag.retry_after == 2s);
}

TEST_CASE("client: a body over its class's limit is not sent")
{
    bench b([](auto const&, auto) { return reply(200, "{}"); });
    b.options.limits[traffic::upload].max_request_bytes = 1000;
    attachment f;
    f.field = "file";
    f.content = std::string(2000, 'x');
    auto const o = b.start(call(op("create-asset"), arguments().with_file(f)));
    CHECK(b.finish(o) == "invalid_argument");
    CHECK(o->diag.message.find("limit of 1000") != std::string::npos);
    CHECK(b.seen.empty());
}
