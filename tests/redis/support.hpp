#pragma once

#include "support/event_loop.hpp"

#include <trunkline/redis/client.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>

namespace trunkline::redis::test {

using namespace std::chrono_literals;

/// How one async_call ended.
class outcome {
public:
    outcome() {}
    error_code ec;
    redis::reply reply;
    diagnostics diag;
    bool completed = false;
};

/// Client and test share one thread and one context: no race, no sleep.
class loop : public trunkline::test::event_loop {
public:
    void start(client& c, command const& what, outcome& out)
    {
        c.async_call(what, out.diag, [&out](error_code ec, reply r) {
            CHECK_FALSE(out.completed);
            out.ec = ec;
            out.reply = std::move(r);
            out.completed = true;
        });
        CHECK_FALSE(out.completed); // never inside the initiating function
    }
    outcome call(client& c, command const& what)
    {
        outcome out;
        start(c, what, out);
        run_until([&] { return out.completed; });
        return out;
    }
};

inline client make_client(loop& l, std::string const& url, client_options const& o = {})
{
    return client(l.context.get_executor(), address::parse(url), o);
}

} // namespace trunkline::redis::test
