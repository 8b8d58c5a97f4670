#pragma once

#include <trunkline/resilience/detail/space_state.hpp>

#include <string_view>

namespace trunkline::resilience {

/**
 * The breaker of one key in a resilience_space. Look it up once and keep it; copying costs 100
 * bytes. Valid as long as the space is. If its place was given to another key because nobody used
 * it, it finds its key a new one at the next call.
 *
 * Thread safety: any thread, also one handle by several. Never throws, allocates or blocks.
 */
class breaker_ref {
public:
    permit allow(time_point now) const noexcept
    {
        if (auto const p = quick(detail::ticks::of(now))) [[likely]]
            return p;
        return rejects_quickly(now) ? permit() : allow_at(now);
    }
    permit allow() const noexcept
    {
        if (auto const p = quick(0)) [[likely]]
            return p;
        auto const now = coarse_clock::now();
        return rejects_quickly(now) ? permit() : allow_at(now);
    }
    void report(permit p, outcome o, nanoseconds duration, time_point now) const noexcept
    {
        if (o == outcome::ok && report_quickly(p, duration, now)) [[likely]]
            return;
        use([&](auto& b, breaker_change* c) { return b.report(p, o, duration, now, c), permit(); });
    }
    void report(permit p, outcome o, nanoseconds duration = nanoseconds(-1)) const noexcept
    {
        report(p, o, duration, coarse_clock::now());
    }
    breaker_snapshot snapshot(time_point now = coarse_clock::now()) const noexcept
    {
        auto const at = place();
        return space_->breaker_at(at.first, at.second).snapshot(now);
    }
    circuit state() const noexcept { return snapshot().state; }

    void force_open() const noexcept
    {
        told([](auto& b) { return b.force_open(); });
    }
    void disable() const noexcept
    {
        told([](auto& b) { return b.disable(); });
    }
    void reset() const noexcept
    {
        told([](auto& b) { return b.reset(); });
    }

    /// Shares the slot of all keys that found no place: the table is full of keys in use.
    bool is_overflow() const noexcept { return place().first < detail::key_table::first_slot; }

private:
    friend class resilience_space;
    breaker_ref(detail::space_state& s, std::string_view service, std::string_view tenant,
        std::string_view group, std::optional<std::uint64_t> wanted) noexcept
        : space_(&s), key_(s.parts.seed, slot_kind::breaker, service, tenant, group)
    {
        auto const [n, m] = s.slot_of(key_, wanted);
        slot_ = n;
        generation_ = m.generation();
        settings_ = m.settings();
        meta_ = space_->has_stripes(m) || m.extra() == 0 ? m.with_used(true).bits() : 0;
        config_ = &s.settings.breaker(settings_);
    }

    /// Nothing about the slot has changed since it was looked up. The generation of slots is short,
    /// so the key itself is compared.
    bool is_home(breaker_words<std_atomics> const& hot) const noexcept
    {
        return hot.meta.load(std::memory_order_acquire) == meta_ &&
            hot.identity.load(std::memory_order_relaxed) == key_.identity;
    }
    permit allow_at(time_point now) const noexcept
    {
        return use([&](auto& b, breaker_change* c) { return b.allow(now, c); });
    }
    /// What a closed breaker answers that is where it was looked up; false if it takes more than that.
    permit quick(std::uint64_t tick) const noexcept
    {
        auto const& hot = space_->parts.slots[slot_].hot.breaker;
        detail::control_word const w(hot.control.load(std::memory_order_acquire));
        if (!is_home(hot) || !w.plain_closed()) return {};
        return permit::make(
            (slot_ << 6) | generation_, w.generation(), -1, (tick & 0x3fff) | (tick != 0 ? 1 : 0));
    }
    /// What one answers that is open for a while yet.
    bool rejects_quickly(time_point now) const noexcept
    {
        auto& slot = space_->parts.slots[slot_];
        detail::control_word const w(slot.hot.breaker.control.load(std::memory_order_acquire));
        auto const left = detail::ticks::between(detail::ticks::of(now), w.tick());
        if (w.state() != circuit::open || !is_home(slot.hot.breaker) || left <= 0 ||
            static_cast<std::uint32_t>(left) > config_->shortest_wait ||
            config_->flags & breaker_settings::shadow_flag)
            return false;
        auto& n = slot.cold.breaker.rejected;
        n.store(n.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        return true;
    }
    /// A good call of a closed breaker that was not slow is only counted; false if there is more to it.
    bool report_quickly(permit p, nanoseconds duration, time_point now) const noexcept
    {
        auto& hot = space_->parts.slots[slot_].hot.breaker;
        detail::control_word const w(hot.control.load(std::memory_order_acquire));
        if (!p.is_of((slot_ << 6) | generation_, w.generation()) || !w.undisturbed() ||
            !is_home(hot) || config_->count_window != 0 ||
            static_cast<std::uint64_t>(duration.count()) >
                static_cast<std::uint64_t>(config_->slow_ns) ||
            hot.streak.load(std::memory_order_relaxed) != 0)
            return false;
        detail::time_window<std_atomics> const window(
            *config_, w.generation(), detail::ticks::of(now));
        auto const extra = detail::slot_meta(meta_).extra();
        auto const stripe = extra != 0 ? detail::stripe_of_this_thread() : 0;
        window.count(
            stripe == 0 ? hot.slices : space_->stripes_at(extra)[stripe - 1], detail::mark::good);
        return true;
    }
    std::pair<std::uint64_t, detail::slot_meta> place() const noexcept
    {
        auto& word = space_->parts.slots[slot_].meta();
        detail::slot_meta m(word.load(std::memory_order_acquire));
        if (m.is(slot_kind::breaker, generation_) && space_->keys.holds(slot_, key_)) [[likely]] {
            if (!m.used()) [[unlikely]]
                word.fetch_or(16, std::memory_order_relaxed);
            return {slot_, m};
        }
        space_->parts.header->stale.fetch_add(1, std::memory_order_relaxed);
        return space_->slot_of(key_, std::nullopt, settings_);
    }
    template <class F>
    permit use(F&& f) const noexcept
    {
        auto const at = place();
        auto b = space_->breaker_at(at.first, at.second);
        breaker_change c;
        auto const p = f(b, &c);
        if (c) [[unlikely]]
            space_->record(at.first, c, coarse_clock::now());
        return p;
    }
    template <class F>
    void told(F&& f) const noexcept
    {
        use([&](auto& b, breaker_change* c) { return *c = f(b), permit(); });
    }

    detail::space_state* space_;
    detail::packed_key key_;
    std::uint64_t slot_, generation_, settings_;
    std::uint64_t meta_; ///< Of the slot as it was looked up; with it the settings are these.
    breaker_settings const* config_;
};

/// The limiter of one key in a resilience_space; as breaker_ref.
class limiter_ref {
public:
    decision try_acquire(std::uint32_t cost, priority p, time_point now) const noexcept
    {
        return view().try_acquire(cost, p, now);
    }
    decision try_acquire(std::uint32_t cost, priority p) const noexcept
    {
        return view().try_acquire(cost, p);
    }
    decision try_acquire(
        std::uint32_t cost, priority p, share_of const& who, time_point now) const noexcept
    {
        return view().try_acquire(cost, p, who, now);
    }
    void refund(std::uint32_t cost) const noexcept { view().refund(cost); }
    void throttled(std::uint16_t generation, rate_headers const& h, time_point now) const noexcept
    {
        view().throttled(generation, h, now);
    }
    void accepted(rate_headers const& h, time_point now) const noexcept { view().accepted(h, now); }
    limiter_snapshot snapshot(time_point now = coarse_clock::now()) const noexcept
    {
        return view().snapshot(now);
    }

    /// As breaker_ref's.
    bool is_overflow() const noexcept { return slot_ < detail::key_table::first_slot; }

    /// All that a limiter can do, over the words of now. Not to be kept.
    basic_limiter<> view() const noexcept
    {
        auto& slot = space_->parts.slots[slot_];
        auto& word = slot.meta();
        detail::slot_meta const m(word.load(std::memory_order_acquire));
        bool const home = slot.identity().load(std::memory_order_relaxed) == key_.identity;
        if (m.bits() == meta_ && home) [[likely]]
            return {slot.hot.limiter, slot.cold.limiter, *config_, share_};
        if (m.is(slot_kind::limiter, generation_) && home) [[likely]] {
            if (!m.used()) [[unlikely]]
                word.fetch_or(16, std::memory_order_relaxed);
            return space_->limiter_at(slot_, m);
        }
        space_->parts.header->stale.fetch_add(1, std::memory_order_relaxed);
        auto const [n, now] = space_->slot_of(key_, std::nullopt, settings_);
        return space_->limiter_at(n, now);
    }

private:
    friend class resilience_space;
    limiter_ref(detail::space_state& s, std::string_view service, std::string_view tenant,
        std::string_view group, std::optional<std::uint64_t> wanted) noexcept
        : space_(&s), key_(s.parts.seed, slot_kind::limiter, service, tenant, group)
    {
        auto const [n, m] = s.slot_of(key_, wanted);
        slot_ = n;
        generation_ = m.generation();
        settings_ = m.settings();
        meta_ = m.with_used(true).bits();
        config_ = &s.settings.limiter(settings_);
        share_ = s.share_at(m);
    }

    detail::space_state* space_;
    detail::packed_key key_;
    std::uint64_t slot_, generation_, settings_;
    std::uint64_t meta_; ///< Of the slot as it was looked up; with it the settings are these.
    limiter_settings const* config_;
    basic_limiter<>::share_words* share_;
};

/// The call leases of one workspace; see basic_call_leases. Leases are taken in the name of the
/// process that asks, also after a fork.
class lease_pool {
public:
    lease try_take(call_direction d, time_point deadline, time_point now) noexcept
    {
        return view_.try_take(detail::fork_guard::self(), d, deadline, now);
    }
    basic_call_leases<>& operator*() noexcept { return view_; }
    basic_call_leases<>* operator->() noexcept { return &view_; }
    /// One for all workspaces that found no pool of their own.
    bool is_overflow() const noexcept { return overflow_; }

private:
    friend class resilience_space;
    lease_pool(basic_call_leases<> v, bool overflow) noexcept : view_(v), overflow_(overflow) {}
    basic_call_leases<> view_;
    bool overflow_;
};

} // namespace trunkline::resilience
