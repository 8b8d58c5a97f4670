#include "client_support.hpp"

#include <cstdlib>

using namespace client_test;

TEST_CASE("client: sends what the operation says, with the key, under the base path")
{
    bench b([](auto const&, auto) { return reply(200, R"({"phone_number":"+14155550100"})"); });
    b.options.base_url += "/prefix/";
    auto const o = b.start(get_phone_number("+14155550100"));
    CHECK_FALSE(o->code.has_value()); // never inside the initiating function
    CHECK(b.finish(o) == "success");
    CHECK(o->result.body.string_at("phone_number") == "+14155550100");
    REQUIRE(b.seen.size() == 1);
    CHECK(b.seen[0].target == "/prefix/get-phone-number/+14155550100");
    CHECK(b.seen[0].headers.get("authorization") == std::string("Bearer ") + api_key);
    CHECK(b.seen[0].headers.get("user-agent") == "trunkline/0.1");
    CHECK(b.client().requests_sent() == 1);
}

TEST_CASE("client: 429 is waited out, also for what must not be done twice")
{
    for (auto const& c : {get_agent("a", 1), create_agent(json::object())}) {
        bench b([](auto const&, std::size_t n) {
            auto r =
                n == 1 ? reply(429, R"({"status":"error","message":"slow"})") : reply(200, "{}");
            if (n == 1) r.headers.set("retry-after-ms", "30");
            return r;
        });
        auto const begin = std::chrono::steady_clock::now();
        CHECK(b.run(c) == "success");
        CHECK(std::chrono::steady_clock::now() - begin >= 30ms);
        CHECK(b.seen.size() == 2);
        REQUIRE(b.events.size() == 2);
        CHECK(b.events[0].status == 429);
        CHECK(b.events[0].retry_in == 30ms);
        CHECK(b.events[1].attempt == 2);
        CHECK_FALSE(b.events[1].code);
    }
}

TEST_CASE("client: a 429 holds back the other calls too")
{
    std::vector<std::chrono::steady_clock::time_point> arrivals;
    bench b([&](auto const&, std::size_t n) {
        arrivals.push_back(std::chrono::steady_clock::now());
        auto r = n == 1 ? reply(429) : reply(200, "{}");
        r.headers.set("retry-after-ms", "80");
        return r;
    });
    b.options.concurrency = 1;
    auto const first = b.start(get_agent("a", 1));
    auto const second = b.start(get_agent("b", 1));
    CHECK(b.finish(first) == "success");
    CHECK(b.finish(second) == "success");
    REQUIRE(arrivals.size() == 3);
    CHECK(arrivals[1] - arrivals[0] >= 80ms);
}

TEST_CASE("client: a longer wait than allowed ends the call at once")
{
    bench b([](auto const&, auto) {
        auto r = reply(429, R"({"error_message":"slow"})");
        r.headers.set("retry-after", "3600");
        return r;
    });
    auto const o = b.start(get_agent("a", 1));
    CHECK(b.finish(o) == "rate_limited");
    CHECK(o->diag.retry_after == 1h);
    CHECK(b.seen.size() == 1);
}

TEST_CASE("client: what was sent and not answered is unknown, and never sent again")
{
    struct row {
        http::reply first;
        int status;
    };
    row const rows[] = {{ending(http::ending::reset_before), 0}, {ending(http::ending::cut), 200},
        {reply(500, R"({"message":"boom"})"), 500}, {reply(503), 503}, {reply(201), 201},
        {reply(201, "{\"agent_id\":"), 201}, {reply(201, "[]"), 201}};
    for (auto const& r : rows) {
        bench b([&](auto const&, auto) { return r.first; });
        auto const o = b.start(create_agent(json::object()));
        CHECK(b.finish(o) == "outcome_unknown");
        CHECK(b.seen.size() == 1);
        CHECK(o->diag.http_status == r.status);
        CHECK(o->diag.attempts == 1);
        CHECK(o->diag.message.find("look it up before repeating it") != std::string::npos);
        CHECK(b.events.at(0).code == errc::outcome_unknown);
    }
}

TEST_CASE("client: publish answers nothing, and that is success")
{
    auto chunked = reply(200);
    chunked.framing = http::framing::chunked;
    for (auto const& r : {reply(200), chunked, reply(204)}) {
        bench b([&](auto const&, auto) { return r; });
        auto const o = b.start(publish_agent_version("a", 1));
        CHECK(b.finish(o) == "success");
        CHECK(o->result.body.is_null());
    }
}

TEST_CASE("client: reads and updates are repeated, and end with the last error")
{
    for (auto const& c : {get_agent("a", 1), update_agent("a", 1, json::object())}) {
        bench healed([](auto const&, std::size_t n) {
            return n == 1 ? ending(http::ending::reset_before)
                : n == 2  ? reply(502)
                          : reply(200, "{}");
        });
        CHECK(healed.run(c) == "success");
        CHECK(healed.seen.size() == 3);
        CHECK(healed.seen[2].body == healed.seen[0].body);

        bench sick([](auto const&, auto) { return reply(500, R"({"message":"boom"})"); });
        auto const o = sick.start(c);
        CHECK(sick.finish(o) == "server_error");
        CHECK(sick.seen.size() == 3);
        CHECK(o->diag.attempts == 3);
        CHECK(o->diag.message.find("HTTP 500, boom") != std::string::npos);
    }
}

TEST_CASE("client: an empty or mistyped answer is an error and not repeated")
{
    bench empty([](auto const&, auto) { return reply(200); });
    CHECK(empty.run(get_agent("a", 1)) == "empty_answer");
    CHECK(empty.seen.size() == 1);
    bench mistyped([](auto const&, auto) { return reply(200, "{}"); });
    CHECK(mistyped.run(list_agents()) == "mistyped_answer");
}

TEST_CASE("client: a repeated delete that finds nothing is done; a first one is not")
{
    auto const gone = reply(422, R"({"status":"error","message":"cannot find asset"})");
    bench repeated([&](auto const&, std::size_t n) {
        return n == 1 ? ending(http::ending::reset_before) : gone;
    });
    auto const o = repeated.start(delete_agent("a"));
    CHECK(repeated.finish(o) == "success");
    CHECK(o->result.status == 422);
    CHECK(repeated.seen.size() == 2);

    bench first([&](auto const&, auto) { return gone; });
    CHECK(first.run(delete_agent("a")) == "not_found");

    // The 429 proves that the first attempt was not done, so the 404 tells something.
    bench limited([&](auto const&, std::size_t n) { return n == 1 ? reply(429) : gone; });
    CHECK(limited.run(delete_agent("a")) == "not_found");
}

TEST_CASE("client: what was not sent is sent again, also what must not be done twice")
{
    bench b([](auto const&, auto) { return reply(201, R"({"agent_id":"a"})"); });
    http::server_options same_port;
    same_port.port = b.server->port();
    b.server.reset();
    b.ctx.poll();

    auto const refused = b.start(create_agent(json::object()));
    CHECK(b.finish(refused) == "connect_failed");
    CHECK(refused->diag.attempts == 3);
    CHECK(b.seen.empty());
    CHECK(b.client().requests_sent() == 3);

    // The service comes up between two attempts.
    b.client().on_event([&](call_event const& e) {
        if (e.attempt != 1) return;
        CHECK(e.retry_in.has_value());
        b.server = std::make_unique<http::server>(b.ctx.get_executor(), same_port,
            [](http::request const&, auto respond) { respond(reply(201, "{}")); });
    });
    CHECK(b.run(create_agent(json::object())) == "success");
}

TEST_CASE("client: the key is in no message, event or exception")
{
    bench b([](http::request const& r, auto) {
        auto const key = std::string(r.headers.get("authorization"));
        auto echo = reply(401, R"({"message":"no: )" + key + " / " + key.substr(7) + R"("})");
        echo.headers.set("x-request-id", key.substr(7));
        return echo;
    });
    b.options.api_key = "plain-words-as-key"; // nothing a pattern would know
    auto const o = b.start(get_agent("a", version_ref::tag("secret-tag")));
    CHECK(b.finish(o) == "unauthorized");
    CHECK(o->diag.message.find("RETELL_API_KEY") != std::string::npos);
    CHECK(o->diag.message.find("plain-words") == std::string::npos);
    CHECK(o->diag.request_id.find("plain-words") == std::string::npos);
    REQUIRE(b.events.size() == 1);
    CHECK(b.events[0].target == "/get-agent/a");
    CHECK(b.seen.size() == 1);
}

TEST_CASE("client: a call that cannot be encoded is not sent")
{
    bench b([](auto const&, auto) { return reply(200, "{}"); });
    auto const o = b.start(get_agent("", 1));
    CHECK_FALSE(o->code.has_value());
    CHECK(b.finish(o) == "invalid_argument");
    CHECK(o->diag.message.find("agent_id") != std::string::npos);
    CHECK(b.seen.empty());
    CHECK(b.client().requests_sent() == 0);
    CHECK(b.finish(b.start_list(get_agent("a", 1))) == "invalid_argument");
}

TEST_CASE("client: refuses to be made without a usable key or address")
{
    asio::io_context ctx;
    auto const code_of = [&](std::string const& key, std::string const& base) {
        client_options o;
        o.api_key = key;
        o.base_url = base;
        try {
            retell::client const c(ctx.get_executor(), o);
        } catch (error const& e) {
            CHECK(std::string(e.what()).find("hidden") == std::string::npos);
            return std::string(name(static_cast<errc>(e.code().value())));
        }
        return std::string("made");
    };
    CHECK(code_of("k", "https://api.example.com/v1") == "made");
    CHECK(code_of("", "https://api.example.com") == "unauthorized");
    CHECK(code_of("hidden\r\nX: y", "https://api.example.com") == "unauthorized");
    CHECK(code_of("hidden key", "https://api.example.com") == "unauthorized");
    CHECK(code_of("k", "hidden") == "invalid_argument");
    CHECK(code_of("k", "ftp://hidden@example.com") == "invalid_argument");
    CHECK(code_of("k", "https://api.example.com/?a=hidden") == "invalid_argument");
    CHECK(code_of("k", "http://api.example.com") == "insecure_url");
}

TEST_CASE("client: options come from the environment as the SDK reads it")
{
    ::setenv("RETELL_API_KEY", "from-environment", 1);
    ::setenv("RETELL_BASE_URL", "http://127.0.0.1:1", 1);
    auto o = client_options::from_environment();
    CHECK(o.api_key == "from-environment");
    CHECK(o.base_url == "http://127.0.0.1:1");
    ::unsetenv("RETELL_API_KEY");
    ::setenv("RETELL_BASE_URL", "", 1);
    o = client_options::from_environment();
    CHECK(o.api_key.empty());
    CHECK(o.base_url == "https://api.retellai.com");
    ::unsetenv("RETELL_BASE_URL");
}
