#pragma once

#include "block.hpp"
#include "policy_data.hpp"
#include "window.hpp"

#include <array>

namespace trunkline::mask_detail {

/**
 * The places of a window at which something may begin, 64 characters at a time. What has no bit
 * here changes nothing, whatever the state of the engine is; what has one must be looked at.
 *
 * What detectors ask of characters before a place is asked without the engine's floor: right behind
 * a mask the engine looks at every character itself.
 */
class anchors {
public:
    anchors(policy_data const& policy, mask_zone zone) noexcept
        : policy_(policy), digits_go_(zone == mask_zone::transcript)
    {}

    void assign(window const& w) noexcept;
    /// Makes block `k` the current one: characters 64 k and following.
    void load(std::size_t k) noexcept
    {
        if (k != current_) prepare(k);
    }

    std::uint64_t places() const noexcept { return places_; }
    std::uint64_t quotes() const noexcept { return of(0, kind::quote); }
    /// Where brackets open and close: asked for inside a transcript or a list of tools.
    std::uint64_t brackets() const noexcept
    {
        return of(0, kind::opening) | of(0, kind::closing);
    }
    std::uint64_t separators() const noexcept { return of(0, kind::colon) | of(0, kind::equals); }
    /// Where words and numbers begin: asked for where a word before expects something.
    std::uint64_t words() const noexcept { return words_; }
    std::uint64_t numbers() const noexcept { return words_ & of(0, kind::digit); }

private:
    class pair;

    void prepare(std::size_t k) noexcept;
    void classify_at(std::size_t k) noexcept;
    void find_option(std::size_t end) noexcept;
    void find_places() noexcept;
    std::uint64_t of(std::size_t after, kind k) const noexcept
    {
        return blocks_[(first_ + 1 + after) % 3].of(k);
    }
    pair with_next(kind k) const noexcept;
    /// The block moved up by `n`, so that a bit stands where the one before it stood.
    std::uint64_t behind(kind k, unsigned n) const noexcept
    {
        return (of(0, k) << n) | (blocks_[first_].of(k) >> (64 - n));
    }
    std::uint64_t numbers_worth_a_look() const noexcept;
    std::uint64_t runs_worth_a_look() const noexcept;
    std::uint64_t words_worth_a_look() const noexcept;
    std::uint64_t separators_worth_a_look() const noexcept;
    std::uint64_t secrets_worth_a_look() const noexcept;
    bool starts_word(std::size_t i) const noexcept;
    bool may_follow_key(std::size_t i) const noexcept;
    bool ends_key(std::size_t end, byte quote, bool colon) const noexcept;

    byte at(std::size_t i) const noexcept { return i < size_ ? data_[i] : byte{0}; }

    policy_data const& policy_;
    bool digits_go_;
    bool mapped_ = false;
    byte const* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t current_ = SIZE_MAX;
    std::size_t option_until_ = 0; ///< Up to this block, "-u" may stand before a colon.
    std::uint64_t places_ = 0;
    std::uint64_t words_ = 0;
    std::size_t first_ = 0;        ///< Of the three, the one before the current.
    std::array<block, 3> blocks_;
    std::array<byte, window_capacity + 192> folded_; ///< One block before what is in it.
};

} // namespace trunkline::mask_detail
