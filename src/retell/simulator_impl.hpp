#pragma once

#include "simulator_account.hpp"
#include "simulator_faults.hpp"
#include "simulator_routes.hpp"
#include "telephony.hpp"

#include <trunkline/retell/simulator.hpp>

namespace trunkline::retell {

/// Dispatch: control path, faults, limits, key, route, account; and the record of it all.
class simulator::impl {
public:
    impl(simulator_options o, time_source& t)
        : options(std::move(o)),
          time(t),
          account(options, t),
          calls(options, t, account),
          limited_since(t.steady())
    {}
    impl(impl const&) = delete; // the account refers to the options
    impl& operator=(impl const&) = delete;

    http::reply handle(http::request const& r);

    void load(json::value const& state);
    std::string state_text() const;

    // simulator_control.cpp
    http::reply control(http::request const& r, std::string_view path, std::string_view query);

    simulator_options options;
    time_source& time;
    simulation::account account;
    simulation::telephony calls;
    simulation::fault_plan faults;
    std::vector<request_log_entry> log;
    std::uint64_t sequence = 0;
    std::uint64_t reads = 0, writes = 0;
    std::map<std::string, std::uint64_t> by_operation;

private:
    http::reply run(
        http::request const& r, simulation::destination const& to, std::string_view query);
    http::reply act(
        http::request const& r, simulation::destination const& to, std::string_view query);
    http::reply act_under(simulation::fault const& f, http::request const& r,
        simulation::destination const& to, std::string_view query, request_log_entry& entry);
    void check_key(http::request const& r) const;
    bool within_rate(std::chrono::milliseconds& wait);
    void add_rate_headers(http::reply& reply) const;
    void record(request_log_entry entry);

    double tokens = 0;
    bool bucket_filled = false;
    std::chrono::steady_clock::time_point limited_since;
};

} // namespace trunkline::retell
