#pragma once

#include <trunkline/retell/simulator.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <string>
#include <vector>

/// Begins inbound calls at a steady rate, each from another caller, to the account's numbers in
/// turn.
class call_load {
public:
    /// Throws std::runtime_error if no number of the account has an inbound agent or webhook.
    call_load(boost::asio::any_io_executor executor, trunkline::retell::simulator& sim,
        double per_second, trunkline::json::value script, std::function<void()> begun);
    void start();
    void stop() { timer_.cancel(); }

private:
    void begin_owed();
    void begin_one();

    trunkline::retell::simulator& sim_;
    double per_second_;
    trunkline::json::value script_;
    std::function<void()> begun_;
    std::vector<std::string> numbers_;
    boost::asio::steady_timer timer_;
    std::chrono::steady_clock::time_point since_;
    std::uint64_t count_ = 0;
};
