#pragma once

#include <trunkline/http/client.hpp>
#include <trunkline/retell/simulator.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

/**
 * Makes the requests a simulator wants made and lets its calls go on in real time. Everything runs
 * on one executor of one thread; the simulator is used on it alone.
 */
class sender {
public:
    /// `changed` is called after each step that may have changed the simulator's state. Unless
    /// `allow_remote`, targets that are not loopback are refused: events for them go to the
    /// account's own URL, whatever waits for an answer fails.
    sender(boost::asio::any_io_executor executor, trunkline::retell::simulator& sim,
        bool allow_remote, std::function<void()> changed);
    ~sender();

    /// Sends what is due and waits for what comes next. To be called after each request too: it may
    /// have begun something.
    void pump();
    void stop();

private:
    class transfer;
    trunkline::http::client* client_for(std::string const& address);
    void send(trunkline::retell::webhook_delivery d);
    void done(trunkline::retell::webhook_delivery const& attempt,
        trunkline::retell::webhook_outcome outcome);
    void wait();

    boost::asio::any_io_executor executor_;
    trunkline::retell::simulator& sim_;
    bool allow_remote_;
    std::function<void()> changed_;
    std::map<std::string, trunkline::http::client> clients_; ///< By origin.
    std::set<std::shared_ptr<transfer>> under_way_;
    boost::asio::steady_timer timer_;
    bool stopped_ = false;
};
