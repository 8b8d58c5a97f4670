#pragma once

#include "simulator_model.hpp"

#include <chrono>

namespace trunkline::retell::simulation {

enum class fault_action : std::uint8_t {
    status, ///< Answer `status` and `body` without acting (with `commit`: after acting).
    delay,  ///< Act, answer late.
    reset_before_commit, ///< Do not act, reset the connection.
    reset_after_commit,  ///< Act, reset the connection.
    empty_body,          ///< Act, answer the success without its body.
    cut_body,            ///< Act, send half of the body.
    hang,                ///< Never answer (with `commit`: after acting).
    edit,                ///< Somebody else's edit goes first; then act and answer as usual.
};

/// A failure to play, and the requests it befalls.
class fault {
public:
    fault_action action = fault_action::status;
    std::string method;      ///< Empty: any.
    std::string path;        ///< Contained in the target; empty: any.
    std::uint64_t nth = 1;   ///< The first matching request it befalls, from 1.
    std::uint64_t count = 1; ///< How many in a row; 0: all from there on.
    bool commit = false;
    int status = 500;
    std::string body;
    std::chrono::milliseconds delay{0};
    json::object headers; ///< Added to the answer: Retry-After, x-should-retry ...
    json::value edit;
    std::uint64_t matched = 0, fired = 0;

    /// Refuses with 400 what is no fault.
    static fault from_json(json::value const& v);
    json::value to_json() const;
    std::string_view action_name() const noexcept;
};

class fault_plan {
public:
    void add(fault f) { faults_.push_back(std::move(f)); }
    void clear() noexcept { faults_.clear(); }
    json::value to_json() const;
    /// Counts the request in every fault it matches; the first one due befalls it. May be null.
    fault const* strike(std::string_view method, std::string_view target);

private:
    std::vector<fault> faults_;
};

} // namespace trunkline::retell::simulation
