#include "client_support.hpp"

#include <algorithm>

using namespace client_test;

namespace {

constexpr char const* new_key = "key_canary_9876543210";

std::string key_of(http::request const& r)
{
    auto const given = r.headers.get("Authorization");
    REQUIRE(given.starts_with("Bearer "));
    return std::string(given.substr(7));
}

/// Answers 401 to every key but those it knows, and puts the key into what it says.
class gate_keeper {
public:
    explicit gate_keeper(std::vector<std::string> keys) : known(std::move(keys)) {}
    http::reply operator()(http::request const& r) const
    {
        auto const key = key_of(r);
        if (std::ranges::find(known, key) != known.end()) return reply(200, "{}");
        return reply(401, R"({"message":"no such key: )" + key + "\"}");
    }
    std::vector<std::string> known;
};

std::string keys_used(bench const& b)
{
    std::string out;
    for (auto const& r : b.seen)
        out += key_of(r) == api_key ? 'o' : key_of(r) == new_key ? 'n' : '?';
    return out;
}

void check_that_no_key_is_shown(bench& b)
{
    auto all = json::to_text(json::array());
    for (auto const& r : b.client().recent_calls()) all += json::to_text(to_json(r));
    CHECK(all.find("canary") == std::string::npos);
    CHECK(b.client().options().api_key.empty());
}

} // namespace

TEST_CASE("client keys: calls under way finish with the old key, new ones take the new")
{
    std::vector<http::server::responder> pending;
    asio::io_context ctx;
    std::vector<std::string> keys;
    http::server server(
        ctx.get_executor(), http::server_options(), [&](http::request r, auto respond) {
            keys.push_back(key_of(r));
            pending.push_back(respond);
        });
    client_options o;
    o.base_url = server.url();
    o.api_key = api_key;
    o.retry_base = o.retry_cap = 1ms;
    retell::client c(ctx.get_executor(), o);
    diagnostics diag[2];
    int done = 0;
    auto const count = [&](error_code ec, answer const&) {
        CHECK_FALSE(ec);
        ++done;
    };
    auto const run_until = [&](auto holds) {
        auto const deadline = std::chrono::steady_clock::now() + 20s;
        while (!holds()) {
            REQUIRE(std::chrono::steady_clock::now() < deadline);
            if (ctx.run_one_for(100ms) == 0) ctx.restart();
        }
    };
    c.async_call(get_agent("a", 1), diag[0], count);
    run_until([&] { return pending.size() == 1; });
    c.set_key(new_key);
    c.async_call(get_agent("b", 1), diag[1], count);
    run_until([&] { return pending.size() == 2; });
    pending[0](reply(503)); // its repetition keeps the key too
    run_until([&] { return pending.size() == 3; });
    pending[1](reply(200, "{}"));
    pending[2](reply(200, "{}"));
    run_until([&] { return done == 2; });
    CHECK(keys == std::vector<std::string>{api_key, new_key, api_key});
}

TEST_CASE(
    "client keys: a refused new key falls back once, says so, and is not tried again and again")
{
    gate_keeper door({api_key});
    bench b([&](http::request const& r, auto) { return door(r); });
    b.options.max_attempts = 1; // a repetition for a key is none of the retry table
    CHECK(b.run(get_agent("a", 1)) == "success");
    b.client().set_key(new_key);
    CHECK(b.run(create_agent(json::object())) == "success"); // class once: a 401 did nothing
    for (int i = 0; i < 5; ++i) CHECK(b.run(get_agent("a", 1)) == "success");
    CHECK(keys_used(b) == "onoooooo");

    auto const s = b.client().state_of_key();
    CHECK(s.refused);
    CHECK(s.paused);
    CHECK(s.previous_kept);
    CHECK_FALSE(s.confirmed);
    auto const calls = b.client().recent_calls();
    REQUIRE(calls.size() == 8);
    CHECK(calls[1].why == "the key was refused, repeated with the other one");
    CHECK(calls[1].status == 401);
    CHECK_FALSE(calls[1].previous_key);
    CHECK(calls[2].previous_key);
    CHECK(b.events.at(1).code == errc::unauthorized);
    CHECK(b.events.at(1).retry_in == 0ms);
    check_that_no_key_is_shown(b);
}

TEST_CASE("client keys: a good new key is confirmed, and the old one forgotten")
{
    gate_keeper door({api_key, new_key});
    bench b([&](http::request const& r, auto) { return door(r); });
    CHECK(b.run(get_agent("a", 1)) == "success");
    b.client().set_key(new_key);
    CHECK(b.run(get_agent("a", 1)) == "success");
    CHECK(b.client().state_of_key().confirmed);
    door.known = {api_key}; // the new one is revoked: there is no way back to the old one
    CHECK(b.run(get_agent("a", 1)) == "unauthorized");
    CHECK(keys_used(b) == "onn");
    check_that_no_key_is_shown(b);
}

TEST_CASE("client keys: when both are refused the call ends so, and later ones are not sent")
{
    gate_keeper const door({});
    bench b([&](http::request const& r, auto) { return door(r); });
    b.client().set_key(new_key);
    auto const o = b.start(get_agent("a", 1));
    CHECK(b.finish(o) == "unauthorized");
    CHECK(o->diag.message.find("both keys were refused") != std::string::npos);
    CHECK(o->diag.message.find("canary") == std::string::npos);
    CHECK(keys_used(b) == "no");
    auto const next = b.start(get_agent("a", 1));
    CHECK(b.finish(next) == "unauthorized");
    CHECK(next->diag.message.find("is not tried for") != std::string::npos);
    CHECK(b.seen.size() == 2);
    check_that_no_key_is_shown(b);
}

TEST_CASE("client keys: an only key refused three times in a row is left alone")
{
    gate_keeper const door({});
    bench b([&](http::request const& r, auto) { return door(r); });
    for (int i = 0; i < 6; ++i) CHECK(b.run(get_agent("a", 1)) == "unauthorized");
    CHECK(b.seen.size() == 3);
    CHECK(b.client().recent_calls().back().outcome == outcome::local);
}

TEST_CASE("client keys: a key that cannot be sent changes nothing")
{
    gate_keeper const door({api_key});
    bench b([&](http::request const& r, auto) { return door(r); });
    for (auto const* bad : {"", "with space", "line\nbreak"}) {
        try {
            b.client().set_key(bad);
            FAIL_CHECK("taken");
        } catch (trunkline::error const& e) {
            CHECK(e.code() == errc::unauthorized);
            CHECK(std::string(e.what()).find("line\nbreak") == std::string::npos);
        }
    }
    CHECK(b.run(get_agent("a", 1)) == "success");
    CHECK(b.client().state_of_key().changes == 0);
}
