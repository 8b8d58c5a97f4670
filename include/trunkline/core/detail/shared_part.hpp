#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace trunkline::json::detail {

/**
 * What an array or object holds, kept once for all copies until one of them is written to.
 *
 * Whoever was given a reference to write through may keep it, so a part that was once exposed is
 * copied whenever its value is: the reference writes to the one it was taken from, and no other.
 */
template <class T>
class shared_part {
public:
    explicit shared_part(T content) : held_(new counted(std::move(content))) {}
    shared_part(shared_part const& other)
        : held_(other.held_->exposed ? new counted(other.held_->content) : other.held_->shared())
    {}
    shared_part(shared_part&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
    shared_part& operator=(shared_part const& other) { return *this = shared_part(other); }
    shared_part& operator=(shared_part&& other) noexcept
    {
        std::swap(held_, other.held_);
        return *this;
    }
    ~shared_part()
    {
        if (held_ && held_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) delete held_;
    }

    T const& read() const noexcept { return held_->content; }
    /// For one writer at a time, as for any value.
    T& write()
    {
        if (held_->owners.load(std::memory_order_acquire) != 1) *this = shared_part(held_->content);
        held_->exposed = true;
        return held_->content;
    }
    bool is_same(shared_part const& other) const noexcept { return held_ == other.held_; }
    /// No reference to write through is in use any more; `inside` says so of the content.
    template <class F>
    void settle(F inside) noexcept
    {
        if (held_->owners.load(std::memory_order_acquire) != 1) return;
        held_->exposed = false;
        inside(held_->content);
    }

private:
    class counted {
    public:
        explicit counted(T c) : content(std::move(c)) {}
        counted* shared() noexcept
        {
            owners.fetch_add(1, std::memory_order_relaxed);
            return this;
        }
        std::atomic<std::uint32_t> owners{1};
        bool exposed = false;
        T content;
    };
    counted* held_;
};

} // namespace trunkline::json::detail
