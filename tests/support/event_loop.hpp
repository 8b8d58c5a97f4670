#pragma once

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <chrono>

namespace trunkline::test {

/// What a test of an asynchronous client runs on: all its parts share one thread and one context.
class event_loop {
public:
    boost::asio::io_context context;

    /// Runs until nothing is left to do. A test that hangs fails here instead.
    void run()
    {
        context.restart();
        context.run_for(patience);
        REQUIRE_MESSAGE(context.stopped(), "the operations did not come to an end");
    }
    /// Runs until the condition holds.
    template <class Condition>
    void run_until(Condition holds)
    {
        auto const limit = std::chrono::steady_clock::now() + patience;
        while (!holds()) {
            REQUIRE_MESSAGE(std::chrono::steady_clock::now() < limit, "the condition never held");
            if (context.stopped()) context.restart();
            context.run_one_for(std::chrono::milliseconds(10));
        }
    }

private:
    static constexpr std::chrono::seconds patience{5};
};

} // namespace trunkline::test
