#pragma once

#include "support/event_loop.hpp"

#include <trunkline/http/client.hpp>
#include <trunkline/http/server.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace trunkline::http::test {

using namespace std::chrono_literals;

/// How one async_send ended.
class outcome {
public:
    outcome() {}
    error_code ec;
    http::exchange exchange;
    diagnostics diag;
    bool completed = false;
};

/// Server, client and test share one thread and one context: no race, no sleep.
class loop : public trunkline::test::event_loop {
public:
    void start(client& c, request r, outcome& out)
    {
        c.async_send(std::move(r), out.diag, [&out](error_code ec, exchange e) {
            CHECK_FALSE(out.completed);
            out.ec = ec;
            out.exchange = std::move(e);
            out.completed = true;
        });
        CHECK_FALSE(out.completed); // never inside the initiating function
    }
    outcome send(client& c, request r = {})
    {
        outcome out;
        start(c, std::move(r), out);
        run_until([&] { return out.completed; });
        return out;
    }
};

inline request get(std::string target)
{
    request r;
    r.target = std::move(target);
    return r;
}

inline request post(std::string target, std::string body)
{
    request r;
    r.method = "POST";
    r.target = std::move(target);
    r.body = std::move(body);
    return r;
}

inline url parsed(std::string const& text)
{
    auto const u = parse_url(text);
    REQUIRE(u);
    return *u;
}

/// A server that answers by a function.
inline server serve(loop& l, std::function<reply(request const&)> f, server_options o = {})
{
    return server(l.context.get_executor(), std::move(o),
        [f = std::move(f)](request r, server::responder answer) { answer(f(r)); });
}

} // namespace trunkline::http::test
