#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/mask/masker.hpp>
#include <trunkline/mask/stream.hpp>
#include <trunkline/resilience/space.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// The steps of scenarios.json on the C++ library itself, not on its C interface.
namespace scenarios {

namespace json = trunkline::json;
namespace res = trunkline::resilience;

inline std::int64_t int_in(json::value const& step, std::string_view name, std::int64_t otherwise)
{
    return step.at_or_null(name).int_or(otherwise);
}

inline std::string required_in(json::value const& step, std::string_view name)
{
    auto const t = step.string_at(name);
    if (t.empty()) throw std::invalid_argument(std::string(name) + " is empty");
    return std::string(t);
}

/// The place of a name in a list, or of a number that stands for itself.
inline std::int64_t index_of(json::value const& v, std::span<std::string_view const> names)
{
    if (v.is_number()) return v.int_or(-1);
    auto const at = std::ranges::find(names, v.string_or(""));
    if (at == names.end()) throw std::logic_error("no such name: " + std::string(v.string_or("?")));
    return at - names.begin();
}

template <class Map>
auto& in(Map& map, std::string_view name)
{
    auto const at = map.find(name);
    if (at == map.end())
        throw std::logic_error("nothing is open under the name " + std::string(name));
    return at->second;
}

class account; // in run_scenarios_sync.cpp

/// Everything that steps have opened, by the name they gave it.
class host {
public:
    host();
    ~host();
    /// Carries a step out and gives its result. Throws what the library throws.
    json::value run(json::value const& step);

private:
    json::value space(std::string_view what, json::value const& step);
    json::value breaker(std::string_view what, json::value const& step);
    json::value limiter(std::string_view what, json::value const& step);
    json::value lease(std::string_view what, json::value const& step);
    json::value mask(std::string_view what, json::value const& step);
    json::value webhook(std::string_view what, json::value const& step);

    template <class T>
    using named = std::map<std::string, T, std::less<>>;
    named<std::shared_ptr<res::resilience_space>> spaces_;
    std::vector<std::shared_ptr<res::resilience_space>> closed_; ///< Handles need their space.
    named<res::breaker_ref> breakers_;
    named<res::limiter_ref> limiters_;
    named<res::lease_pool> leases_;
    named<std::uint64_t> tokens_; ///< Permits, leases, generations of a limiter.
    named<trunkline::masker> maskers_;
    named<trunkline::mask_stream> streams_;
    named<std::string> texts_;
    named<std::unique_ptr<account>> accounts_;
};

/// A client of the steps `client_open` and `request`, on trunkline::control_center.
std::unique_ptr<account> open_account(json::value const& options);
json::value ask(account& a, json::value const& request);

} // namespace scenarios
