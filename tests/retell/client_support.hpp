#pragma once

#include <trunkline/http/server.hpp>
#include <trunkline/retell/client.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// A client and a scripted service on loopback, on one thread.
namespace client_test {

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;
namespace asio = boost::asio;

inline constexpr char const* api_key = "key_canary_0123456789";

inline operation const& op(std::string_view name)
{
    auto const* found = find_operation(name);
    REQUIRE(found != nullptr);
    return *found;
}

inline http::reply reply(int status, std::string body = {})
{
    http::reply r(status, std::move(body));
    r.headers.set("Content-Type", "application/json");
    return r;
}

inline http::reply ending(http::ending e)
{
    auto r = reply(200, "{\"a\":\"0123456789\"}");
    r.ending = e;
    return r;
}

/// What one operation came to.
template <class Result>
class ended {
public:
    std::optional<error_code> code; ///< Nothing until it completed.
    Result result{};
    diagnostics diag;
};

class bench {
public:
    using script = std::function<http::reply(http::request const&, std::size_t number)>;

    explicit bench(script s) : script_(std::move(s))
    {
        server = std::make_unique<http::server>(
            ctx.get_executor(), http::server_options(), [this](http::request r, auto respond) {
                seen.push_back(r);
                respond(script_(r, seen.size()));
            });
        options.base_url = server->url();
        options.api_key = api_key;
        options.retry_base = 1ms;
        options.retry_cap = 2ms;
        options.seed = 1;
    }

    retell::client& client()
    {
        if (!client_) {
            client_ = std::make_unique<retell::client>(ctx.get_executor(), options);
            client_->on_event([this](call_event const& e) { events.push_back(e); });
        }
        return *client_;
    }
    void destroy_client() { client_.reset(); }

    std::shared_ptr<ended<answer>> start(call c, asio::cancellation_slot slot = {})
    {
        auto const o = std::make_shared<ended<answer>>();
        client().async_call(
            std::move(c), o->diag, asio::bind_cancellation_slot(slot, [o](error_code ec, answer a) {
                REQUIRE_FALSE(o->code.has_value());
                o->code = ec;
                o->result = std::move(a);
            }));
        return o;
    }

    std::shared_ptr<ended<std::vector<json::value>>> start_list(
        call c, asio::cancellation_slot slot = {})
    {
        auto const o = std::make_shared<ended<std::vector<json::value>>>();
        client().async_list(std::move(c), o->diag,
            asio::bind_cancellation_slot(slot, [o](error_code ec, std::vector<json::value> rows) {
                REQUIRE_FALSE(o->code.has_value());
                o->code = ec;
                o->result = std::move(rows);
            }));
        return o;
    }

    /// Runs until a condition holds; a test that waits for nothing fails instead of hanging.
    void run_until(std::function<bool()> const& holds)
    {
        auto const deadline = std::chrono::steady_clock::now() + 20s;
        while (!holds()) {
            REQUIRE(std::chrono::steady_clock::now() < deadline);
            if (ctx.run_one_for(100ms) == 0) ctx.restart();
        }
    }

    template <class O>
    std::string finish(std::shared_ptr<O> const& o)
    {
        run_until([&] { return o->code.has_value(); });
        CHECK(o->diag.message.find(api_key) == std::string::npos);
        CHECK(o->diag.message.find('\n') == std::string::npos);
        if (!*o->code) {
            CHECK(o->diag.message.empty());
            return "success";
        }
        CHECK(o->diag.message.find(o->diag.operation) == 0);
        return std::string(name(static_cast<errc>(o->code->value())));
    }

    std::string run(call c) { return finish(start(std::move(c))); }

    asio::io_context ctx;
    client_options options;
    std::unique_ptr<http::server> server;
    std::vector<http::request> seen;
    std::vector<call_event> events;

private:
    script script_;
    std::unique_ptr<retell::client> client_;
};

} // namespace client_test
