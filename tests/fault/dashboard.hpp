#pragma once

#include <trunkline/retell/resources.hpp>
#include <trunkline/retell/simulator.hpp>

#include <cstdint>
#include <string>

namespace trunkline::fault {

/// How a colleague reaches the service, behind the engine's back. Throws std::logic_error for what
/// the service refuses.
class dashboard {
public:
    explicit dashboard(retell::simulator& sim) : sim_(sim) {}
    json::value ask(retell::call const& c) const;
    /// -1 if there is none.
    std::int64_t newest_published(std::string const& agent) const;
    /// The engine of the newest published version.
    json::value live_engine(std::string const& agent) const;
    json::value account() const { return sim_.state(); }

private:
    retell::simulator& sim_;
};

} // namespace trunkline::fault
