#pragma once

#include <trunkline/resilience/detail/key_table.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>

namespace trunkline::resilience::detail {

/// Settings by number: those of the segment, and checked copies of them in this process, so that no
/// decision depends on bytes that another may have damaged.
class settings_table {
public:
    explicit settings_table(segment_parts const& p) noexcept : p_(&p) {}

    /// The number of these settings, which are entered if they are new. If the table is full, those
    /// of `otherwise`.
    template <class Settings>
    std::uint64_t number_of(Settings const& s, std::uint64_t otherwise) noexcept
    {
        static_assert(sizeof(Settings) == sizeof(settings_entry::bytes));
        auto const tag = std::is_same_v<Settings, breaker_settings> ? 2u : 3u;
        for (std::uint64_t i = 0; i < settings_entries; ++i) {
            auto& e = p_->settings[i];
            auto seen = e.state.load(std::memory_order_acquire);
            if (seen == 0 && e.state.compare_exchange_strong(seen, 1, std::memory_order_acq_rel)) {
                std::memcpy(e.bytes.data(), &s, sizeof s);
                e.state.store(tag, std::memory_order_release);
                return i;
            }
            // One that is being written may be the same; then it is entered twice, which does no harm.
            if (seen == tag && std::memcmp(e.bytes.data(), &s, sizeof s) == 0) return i;
        }
        return otherwise;
    }

    breaker_settings const& breaker(std::uint64_t number) noexcept
    {
        return get<breaker_settings>(breakers_, number, 2);
    }
    limiter_settings const& limiter(std::uint64_t number) noexcept
    {
        return get<limiter_settings>(limiters_, number, 3);
    }

private:
    /// What is not used is not touched: a process that attaches has few pages of memory yet.
    template <class Settings>
    class copies {
    public:
        static_assert(std::is_trivially_copyable_v<Settings>);
        copies() noexcept {}                                    // the values stay raw
        std::array<std::atomic<int>, settings_entries> state{}; ///< 2: may be read.
        Settings& value(std::uint64_t i) noexcept
        {
            return *std::launder(reinterpret_cast<Settings*>(&raw_[i * sizeof(Settings)]));
        }
        void make(std::uint64_t i, Settings const& s) noexcept
        {
            new (&raw_[i * sizeof(Settings)]) Settings(s);
        }

    private:
        alignas(Settings) std::array<std::byte, settings_entries * sizeof(Settings)> raw_;
    };

    template <class Settings>
    Settings const& get(copies<Settings>& c, std::uint64_t number, std::uint64_t tag) noexcept
    {
        auto const i = number % settings_entries;
        if (c.state[i].load(std::memory_order_acquire) == 2) [[likely]]
            return c.value(i);
        auto const& e = p_->settings[i];
        if (e.state.load(std::memory_order_acquire) != tag) return defaults<Settings>();
        int idle = 0;
        if (!c.state[i].compare_exchange_strong(idle, 1, std::memory_order_acq_rel)) {
            // Another thread copies these 64 bytes. One that is not there any more, after a fork in
            // the middle of it, is not waited for.
            for (int n = 0; n < 100'000; ++n)
                if (c.state[i].load(std::memory_order_acquire) == 2) return c.value(i);
            return defaults<Settings>();
        }
        c.make(i, defaults<Settings>());
        std::memcpy(&c.value(i), e.bytes.data(), sizeof(Settings));
        mend(c.value(i));
        c.state[i].store(2, std::memory_order_release);
        return c.value(i);
    }
    template <class Settings>
    static Settings const& defaults() noexcept
    {
        static Settings const s;
        return s;
    }
    static void mend(breaker_settings& s) noexcept
    {
        s.slice_ticks = std::clamp<std::uint32_t>(s.slice_ticks, 1, ticks::longest);
        s.slice_reciprocal = ((std::uint64_t{1} << 32) + s.slice_ticks - 1) / s.slice_ticks;
        s.count_window = std::min<std::uint8_t>(s.count_window, 48);
        s.probes = std::clamp<std::uint8_t>(s.probes, 1, 8);
        s.successes = std::clamp<std::uint8_t>(s.successes, 1, 15);
        s.minimum_calls = std::max<std::uint32_t>(s.minimum_calls, 1);
        s.cap_ms = std::clamp<std::uint32_t>(s.cap_ms, 1, 86'400'000);
        s.base_ms = std::clamp<std::uint32_t>(s.base_ms, 1, s.cap_ms);
        s.lease_ticks = std::clamp<std::uint32_t>(s.lease_ticks, 1, ticks::longest);
        s.misconfigured_ticks = std::clamp<std::uint32_t>(s.misconfigured_ticks, 1, ticks::longest);
    }
    static void mend(limiter_settings& s) noexcept
    {
        auto const good = [](double v) { return v >= 0.001 && v <= 1e6; };
        bool const sound = good(s.rate) && good(s.floor) && good(s.ceiling) &&
            s.floor <= s.ceiling && s.burst >= 1 && s.burst <= 1'000'000 &&
            s.longest_penalty_ns >= 0 && s.longest_reservation_ns >= 0 &&
            std::ranges::all_of(s.reserves, [](auto r) { return r < 1000; });
        if (!sound) s = limiter_settings();
    }

    segment_parts const* p_;
    copies<breaker_settings> breakers_;
    copies<limiter_settings> limiters_;
};

} // namespace trunkline::resilience::detail
