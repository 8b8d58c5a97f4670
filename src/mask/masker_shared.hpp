#pragma once

#include <trunkline/mask/masker.hpp>

#include "engine.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>

namespace trunkline {

inline constexpr std::string_view limit_marker = "[MASKER_LIMIT]";
inline constexpr std::string_view error_marker = "[MASKER_ERROR]";

constexpr std::string_view marker_of(mask_status s) noexcept
{
    return s == mask_status::limit ? limit_marker : error_marker;
}

/// What handles share: the policy, which register_secret replaces, and the sums of all calls.
class masker::shared {
public:
    explicit shared(mask_policy p) : policy(std::make_shared<mask_policy const>(std::move(p))) {}

    std::shared_ptr<mask_policy const> current() const noexcept
    {
        return std::atomic_load(&policy);
    }
    void add(mask_counts const& c) noexcept;
    void fail() noexcept { failures.fetch_add(1, std::memory_order_relaxed); }
    mask_counts sum() const noexcept;

    std::shared_ptr<mask_policy const> policy;
    std::mutex writing;
    std::array<std::atomic<std::uint64_t>, mask_type_count> types{};
    std::array<std::atomic<std::uint64_t>, mask_reason_count> reasons{};
    std::atomic<std::uint64_t> failures{0};
};

} // namespace trunkline
