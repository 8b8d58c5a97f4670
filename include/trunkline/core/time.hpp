#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace trunkline {

/**
 * Where time comes from. Decisions take `steady()`, records take `unix_ms()`; nothing in the
 * library reads a clock by another way, so a test can own time. Thread-safe.
 */
class time_source {
public:
    virtual ~time_source() = default;
    virtual std::chrono::steady_clock::time_point steady() const noexcept = 0;
    /// Milliseconds since 1970-01-01 UTC.
    virtual std::int64_t unix_ms() const noexcept = 0;
};

/// The machine's clocks.
class system_time final : public time_source {
public:
    std::chrono::steady_clock::time_point steady() const noexcept override
    {
        return std::chrono::steady_clock::now();
    }
    std::int64_t unix_ms() const noexcept override
    {
        return std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::system_clock::now().time_since_epoch())
            .count();
    }
    /// One shared instance; it has no state.
    static system_time& instance() noexcept
    {
        static system_time s;
        return s;
    }
};

/// Time that moves only when told to.
class virtual_time final : public time_source {
public:
    explicit virtual_time(std::int64_t start_unix_ms = 1'760'000'000'000) noexcept
        : unix_ms_(start_unix_ms)
    {}
    std::chrono::steady_clock::time_point steady() const noexcept override
    {
        std::lock_guard const lock(mutex_);
        return steady_;
    }
    std::int64_t unix_ms() const noexcept override
    {
        std::lock_guard const lock(mutex_);
        return unix_ms_;
    }
    void advance(std::chrono::milliseconds by) noexcept
    {
        std::lock_guard const lock(mutex_);
        steady_ += by;
        unix_ms_ += by.count();
    }

private:
    mutable std::mutex mutex_;
    std::chrono::steady_clock::time_point steady_{};
    std::int64_t unix_ms_;
};

/// "2026-11-22T09:30:00.123Z"
std::string to_iso8601(std::int64_t unix_ms);

} // namespace trunkline
