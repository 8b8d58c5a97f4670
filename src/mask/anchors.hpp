#pragma once

#include "bit_search.hpp"
#include "policy_data.hpp"
#include "window.hpp"

#include <array>
#include <cstring>

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
    anchors(policy_data const& policy, mask_zone zone, met_keys const& met) noexcept
        : policy_(policy), met_(met), digits_go_(zone == mask_zone::transcript)
    {}

    /// Places are asked for up to character `stop`, seldom behind it.
    void assign(window const& w, std::size_t stop) noexcept;
    /// Makes block `k` the current one: characters 64 k and following.
    void load(std::size_t k) noexcept
    {
        if (k != current_) prepare(k);
    }

    /// Whether the quotes of block `k` are known: it is current, or near the one that is.
    bool knows(std::size_t k) const noexcept { return k - first_ < held_; }
    std::uint64_t quotes_of(std::size_t k) const noexcept
    {
        return planes_.of(kind::quote, k - first_);
    }
    std::uint64_t deep_quotes_of(std::size_t k) const noexcept
    {
        return planes_.of(kind::deep, k - first_);
    }

    /// Where in block `k` an odd number of double quotes stands before, counted from the first
    /// block that is held: what lies between two places is told by the bits of both.
    std::uint64_t odd_quotes_of(std::size_t k) const noexcept
    {
        return finds_.odd_quotes[k - first_];
    }
    /// Whether the double quotes in [b, e) are odd in number; knows() of the blocks of both.
    bool odd_between(std::size_t b, std::size_t e) const noexcept
    {
        return ((odd_quotes_of(b / 64) >> (b % 64)) ^ (odd_quotes_of(e / 64) >> (e % 64))) & 1u;
    }

    /// Whether [b, e) is known to hold no double quote.
    bool no_quote_in(std::size_t b, std::size_t e) const noexcept
    {
        auto k = b / 64;
        auto const last = e / 64;
        if (!knows(k) || !knows(last)) return false;
        auto quotes = quotes_of(k) >> (b % 64) << (b % 64);
        for (; k < last; quotes = quotes_of(++k))
            if (quotes != 0) return false;
        return (quotes & ((std::uint64_t{1} << (e % 64)) - 1)) == 0;
    }

    std::uint64_t places() const noexcept { return places_; }
    std::uint64_t quotes() const noexcept { return quotes_; }
    std::uint64_t odd_quotes() const noexcept { return odd_quotes_; }
    std::uint64_t deep_quotes() const noexcept { return here(kind::deep); }
    /// Where brackets open and close: asked for inside a transcript or a list of tools.
    std::uint64_t brackets() const noexcept { return here(kind::opening) | here(kind::closing); }
    /// Where what is in quotes before `i` begins, which is in the current block; 0: far away.
    [[gnu::hot]] std::size_t quoted_before(std::size_t i) const noexcept;
    /// Whether places() knows of the separator at `i`, in the current block, though nothing before
    /// `floor` is to be seen: it stands behind a key in quotes.
    bool sees_key(std::size_t i, std::size_t floor) const noexcept
    {
        if (i < 2 || !is_double_quote(data_[i - 1])) return false;
        auto const b = quoted_before(i);
        return b > floor && data_[b - 1] == data_[i - 1];
    }
    /// Whether "-u" may stand shortly before something in the current block.
    bool after_option() const noexcept { return option_until_ != 0 && current_ <= option_until_; }
    std::uint64_t closing() const noexcept { return here(kind::closing); }
    /// Separators of the current block from `i` on.
    std::uint64_t separators_from(std::size_t i) const noexcept
    {
        return (here(kind::colon) | here(kind::equals)) >> (i % 64) << (i % 64);
    }
    /// Of these, `all`, those of which nothing before `floor` is to be seen: where one is known to
    /// stand behind a whole key in quotes, others behind quotes do as well.
    [[gnu::noinline]] std::uint64_t separators_of_cut_keys(
        std::size_t i, std::size_t floor, std::uint64_t all) const noexcept
    {
        if (mapped_ && (here(kind::deep) | planes_.before(kind::deep, lane())) != 0) return all;
        auto const quoted = finds_.quoted[lane()];
        auto const first = quoted >> (i % 64) << (i % 64);
        if (first == 0) return all;
        auto const k = static_cast<std::size_t>(std::countr_zero(first));
        return sees_key(i - i % 64 + k, floor) ? all & ~quoted : all;
    }
    /// Where words and numbers begin: asked for where a word before expects something.
    std::uint64_t words() const noexcept { return words_; }
    std::uint64_t numbers() const noexcept { return words_ & here(kind::digit); }
    /// Of those, what six digits may begin, with what may stand between.
    std::uint64_t long_numbers() const noexcept { return finds_.six[lane()]; }
    /// Places of words that may be a context, and nothing else.
    std::uint64_t contexts() const noexcept { return contexts_; }
    /// Keys in quotes that are known and say something, by the separator behind each.
    class key_before {
    public:
        key_class const* value;
        std::size_t size;
    };
    std::uint64_t known_keys() const noexcept { return known_keys_; }
    key_before const& known_key_at(std::size_t k) const noexcept { return key_at_[k]; }
    /// Everything at which the engine does something, but words.
    std::uint64_t signs() const noexcept
    {
        return here(kind::digit) | here(kind::plus) | here(kind::paren) | here(kind::colon) |
            here(kind::equals) | here(kind::tag) | here(kind::at) | brackets() | here(kind::minus);
    }
    std::uint64_t letters() const noexcept { return here(kind::alpha) | here(kind::high); }
    /// Whether the word or number at `i`, in the current block, may be base64 or hex.
    bool is_run(std::size_t i) const noexcept { return ((runs_ >> (i % 64)) & 1u) != 0; }

private:
    [[gnu::hot]] void prepare(std::size_t k) noexcept;
    [[gnu::hot]] void prepare_block(std::size_t k) noexcept;
    [[gnu::hot]] void prepare_block_avx2(std::size_t k) noexcept;
    void prepare_groups_plain(std::size_t k) noexcept;
    void prepare_groups_avx2(std::size_t k) noexcept;
    [[gnu::hot]] void prepare_groups_avx512(std::size_t k) noexcept;
    template <scan_path Path, class Lanes>
    void prepare_groups(std::size_t k) noexcept;
    template <scan_path Path>
    void classify_at(std::size_t k, std::size_t column) noexcept;
    void classify_eight(std::size_t k, std::size_t column) noexcept;
    [[gnu::hot]] void look_for_option(std::size_t k) noexcept;
    void find_option(std::size_t end) noexcept;
    class search;
    bool starts_word(std::size_t i) const noexcept;
    [[gnu::hot]] bool may_follow_key(std::size_t i) const noexcept;
    [[gnu::hot]] bool ends_key(std::size_t end, byte quote, bool colon) const noexcept;
    std::size_t lane() const noexcept { return current_ - first_; }
    std::uint64_t here(kind k) const noexcept { return planes_.of(k, lane()); }

    byte at(std::size_t i) const noexcept { return i < size_ ? data_[i] : byte{0}; }

    policy_data const& policy_;
    met_keys const& met_; ///< Of this call.
    bool digits_go_;
    bool mapped_ = false;
    bool wide_digits_ = false; ///< See window.
    byte const* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t current_ = SIZE_MAX;
    std::size_t option_until_ = 0; ///< Up to this block, "-u" may stand before a colon.
    // The blocks that planes_ and finds_ speak of.
    std::size_t first_ = 0, held_ = 0;
    std::size_t until_ = 0; ///< Blocks that are asked for.
    std::uint64_t places_ = 0;
    std::uint64_t words_ = 0;
    std::uint64_t quotes_ = 0;
    std::uint64_t odd_quotes_ = 0;
    std::uint64_t runs_ = 0;
    std::uint64_t contexts_ = 0;
    std::uint64_t known_keys_ = 0;
    std::array<key_before, 64> key_at_;
    planes planes_;
    bit_finds finds_;
    /// As word_filter has them: of the same blocks, and one more for what is read behind a word.
    std::array<byte, (planes::blocks + 3) * 64> folded_;
};

} // namespace trunkline::mask_detail
