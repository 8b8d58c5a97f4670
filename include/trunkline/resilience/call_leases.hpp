#pragma once

#include <trunkline/resilience/atomics.hpp>
#include <trunkline/resilience/detail/lease_word.hpp>
#include <trunkline/resilience/process.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace trunkline::resilience {

/// Which way a call goes: outbound calls leave room for inbound ones.
enum class call_direction : std::uint8_t { outbound, inbound };

/// The right to have one call under way. 8 bytes that may be kept anywhere; false if there is none.
class lease {
public:
    lease() noexcept = default;
    explicit lease(std::uint64_t token) noexcept : bits_(token) {}
    static lease make(std::uint64_t index, std::uint64_t generation) noexcept
    {
        return lease((std::uint64_t{1} << 63) | (index << 16) | generation);
    }
    explicit operator bool() const noexcept { return bits_ >> 63; }
    std::uint64_t token() const noexcept { return bits_; }
    std::uint64_t index() const noexcept { return (bits_ >> 16) & 0xffff'ffff; }
    std::uint64_t generation() const noexcept { return bits_ & 0x3ff; }

private:
    std::uint64_t bits_ = 0;
};

/// What the service says about its concurrency (GET /get-concurrency), and if somebody has listed
/// them, which calls are under way.
class concurrency_readout {
public:
    unsigned limit = 0;
    unsigned current = 0;
    std::span<std::string_view const> calls;
    bool lists_calls = false; ///< `calls` is all there is.
    time_point as_of;         ///< When it was asked for: what was taken later is not in it.
};

class lease_snapshot {
public:
    unsigned limit = 0;    ///< As the service or the configuration says.
    unsigned external = 0; ///< Part of it that is used by calls without a lease.
    unsigned reserved = 0; ///< Part that outbound calls leave alone.
    unsigned taken = 0, sending = 0, bound = 0;
    unsigned in_use() const noexcept { return taken + sending + bound; }
};

/// Up to 256 leases: a word that decides and a line that tells, each.
template <class Atomics>
class lease_words {
public:
    using word = typename Atomics::word;
    static constexpr std::size_t capacity = 256;

    /// Written by the holder before the lease's word says that there is something to read.
    class alignas(64) note {
    public:
        word since{0};  ///< When it was taken, ns.
        word length{0}; ///< Of the call's id.
        std::array<word, 6> call_id{};
    };

    alignas(64) word settings{0};
    alignas(64) std::array<word, capacity> leases{};
    std::array<note, capacity> notes{};
};

/**
 * The concurrency of a workspace as leases, one for each call, over words that processes share. A
 * lease outlives the process that took it:
 *
 *   taken     nothing was sent yet; the death of the owner frees it
 *   sending   the service may have a call; only its deadline or a read-out frees it
 *   bound     to a call's id; freed by the call's end, its deadline, or a read-out
 *
 * Thread safety: any thread, any process. Lock-free; a full pool costs a few system calls. Never throws.
 */
template <class Atomics = std_atomics>
class basic_call_leases {
public:
    using words = lease_words<Atomics>;
    /// Whether a process may still be alive.
    using liveness = bool (*)(process_identity const&) noexcept;

    explicit basic_call_leases(words& w, liveness alive = &process_table::alive) noexcept
        : words_(&w), alive_(alive)
    {}

    /// Sets the limit (0 to 256), and how much of it outbound calls leave to inbound ones.
    void configure(unsigned limit, unsigned reserved_inbound) noexcept;

    /// Takes a lease until `deadline` (up to 36 hours ahead). Full: sweeps, tries again, then false.
    lease try_take(
        process_identity owner, call_direction d, time_point deadline, time_point now) noexcept;
    /// The request is about to leave. False: the lease is gone, send nothing.
    bool sending(lease l) noexcept;
    /// The service has named the call. False: the lease is gone; take another as it is under way.
    bool bind(lease l, std::string_view call_id) noexcept;
    bool renew(lease l, time_point deadline) noexcept;
    /// False if it was released or expired before.
    bool release(lease l) noexcept;

    /// The webhook call_started: renews, or binds the lease of a worker that died before it could.
    /// False: no lease is known for this call.
    bool started(std::string_view call_id, time_point deadline, time_point now) noexcept;
    /// The webhook call_ended.
    bool ended(std::string_view call_id) noexcept;

    /// The service refused a call for concurrency: no more than are under way, until the next read-out.
    void saturated() noexcept;
    /// Brings limit and leases into line with what the service says. Returns how many it freed.
    unsigned reconcile(concurrency_readout const& r) noexcept;
    /// Frees what is past its deadline, and what dead processes took and did not use.
    unsigned sweep(time_point now) noexcept;

    lease_snapshot snapshot() const noexcept;

private:
    using word = typename Atomics::word;
    using lease_word = detail::lease_word;
    using pool_word = detail::pool_word;

    pool_word pool() const noexcept
    {
        return pool_word(words_->settings.load(std::memory_order_acquire));
    }
    lease_word at(std::size_t i) const noexcept
    {
        return lease_word(words_->leases[i].load(std::memory_order_acquire));
    }
    bool swap(std::size_t i, lease_word& seen, lease_word next) noexcept
    {
        auto expected = seen.bits();
        if (words_->leases[i].compare_exchange_strong(
                expected, next.bits(), std::memory_order_acq_rel))
            return true;
        seen = lease_word(expected);
        return false;
    }
    template <class F>
    bool change(lease l, F&& next) noexcept;
    lease take_free(
        process_identity owner, call_direction d, time_point deadline, time_point now) noexcept;
    bool fits(std::size_t index, pool_word before, call_direction d) noexcept;
    unsigned count() const noexcept;
    template <class F>
    void adjust(F&& f) noexcept;
    std::size_t find(std::string_view call_id, lease_word& seen) const noexcept;
    void write_id(std::size_t i, std::string_view call_id) noexcept;
    bool has_id(std::size_t i, std::string_view call_id) const noexcept;
    unsigned free_oldest(unsigned n, time_point before) noexcept;

    words* words_;
    liveness alive_;
};

} // namespace trunkline::resilience

#include <trunkline/resilience/detail/call_leases_impl.hpp>
