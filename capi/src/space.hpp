#pragma once

#include "guard.hpp"

#include <trunkline/resilience/space.hpp>

#include <chrono>
#include <memory>
#include <optional>

/// What was made from a space keeps it: closing them in any order is safe.
struct trunkline_space {
    std::shared_ptr<trunkline::resilience::resilience_space> space;
};

namespace trunkline::capi {

namespace res = trunkline::resilience;

inline res::time_point time_of(std::int64_t ns) noexcept
{
    return res::time_point(std::chrono::nanoseconds(ns));
}
inline res::time_point time_or_now(std::int64_t ns) noexcept
{
    return ns < 0 ? res::coarse_clock::now() : time_of(ns);
}

/// (service, tenant, group) as they came in. Throws std::invalid_argument if they are no key.
class key_parts {
public:
    key_parts(char const* s, std::size_t s_len, char const* t, std::size_t t_len, char const* g,
        std::size_t g_len)
        : service(required_name(s, s_len, "service")),
          tenant(std::string(required_name(t, t_len, "tenant"))),
          group(text(g, g_len, "group", longest_name))
    {}
    std::string_view service;
    tenant_id tenant;
    std::string_view group;
};

} // namespace trunkline::capi
