#pragma once

#include <trunkline/core/ids.hpp>
#include <trunkline/retell/operation.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace trunkline::retell {

/// Who goes first when not all can go (spec/resilience.md section 6). Values are stable.
enum class priority : std::uint8_t {
    live_call = 0,  ///< Somebody is on the phone.
    booking = 1,    ///< Somebody waits for the call to begin.
    admin = 2,      ///< An operator acts; publish, rollback.
    background = 3, ///< Pull, drift, backup, lists.
};
inline constexpr std::size_t priorities = 4;

/// Who goes first, from the first to the last: each priority once.
using priority_order = std::array<priority, priorities>;
inline constexpr priority_order default_order{
    priority::live_call, priority::booking, priority::admin, priority::background};
/// The place of each priority in an order. Throws std::invalid_argument if one is missing.
std::array<std::uint8_t, priorities> ranks_of(priority_order const& order);

std::string_view name(priority p) noexcept;
/// Of an operation about whose call nothing is said.
priority default_priority(operation const& op) noexcept;

/// What one call may say beside its arguments. Copyable.
class request_options {
public:
    request_options() {}
    tenant_id tenant; ///< For whom; empty: the client's own.
    std::optional<retell::priority> priority;
    /// Counted from when the client gets it: refused instead of being sent (or repeated) later than
    /// this. For callers whose right to write runs out.
    std::optional<std::chrono::milliseconds> send_within;
    /// Whether the client's read_cache may answer; else its own list of operations says so.
    std::optional<bool> cached;
};

} // namespace trunkline::retell
