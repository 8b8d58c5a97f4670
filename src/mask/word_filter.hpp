#pragma once

#include "chars.hpp"

#include <array>

namespace trunkline::mask_detail {

/**
 * Words by their first letters, in a form that 64 places can be asked of in one step: pairs of
 * them, each with a table, eight sets of words with a bit each. A word passes if one set has all
 * its pairs; one of ten that begins nothing does as well.
 */
class pair_filter {
public:
    class pair {
    public:
        unsigned first, second;
    };
    /// Of all choices of four, and ways to part the words into sets, those that fewest words pass
    /// in calls, logs and prose. Two in both orders: what falls on one entry differs.
    static constexpr std::array<pair, 4> pairs{{{0, 1}, {1, 0}, {0, 2}, {2, 1}}};
    static constexpr std::size_t letters = 3, entries = 128;

    /// By characters as word_filter::folded() has them.
    static constexpr std::size_t entry(byte a, byte b) noexcept { return (a + 4u * b) % entries; }
    /// `size` of the four belong to the word.
    void add(std::uint32_t four, std::size_t size) noexcept
    {
        auto const letter = [four](unsigned k) { return static_cast<byte>(four >> (8 * k)); };
        // Short ones, of which what follows may be anything, have a set of their own.
        auto const set = size < 3 ? 0u : 1 + (letter(0) + 2u * letter(1)) % 7;
        for (std::size_t k = 0; k < pairs.size(); ++k)
            tables_[k][entry(letter(pairs[k].first), letter(pairs[k].second))] |=
                static_cast<byte>(1u << set);
    }
    byte const* table(std::size_t k) const noexcept { return tables_[k].data(); }

private:
    alignas(64) std::array<std::array<byte, entries>, pairs.size()> tables_{};
};

/**
 * What a word may begin. Most words of a text begin nothing, and one look says so: worth_a_look()
 * at four characters, for any word; says() at eight, for those; of() at three, for those
 * that are left.
 */
class word_filter {
public:
    enum kind : byte { token = 1, scheme = 2, number = 4, at_sign = 8, context = 16 };

    /// An ASCII character as worth_a_look() reads it: letters in lower case, others told apart roughly.
    static constexpr byte folded(byte c) noexcept
    {
        return is_alpha(c) ? lower(c) : static_cast<byte>(c & 0x1f);
    }
    /// Four characters, the first lowest.
    bool worth_a_look(std::uint32_t four) const noexcept { return has(starts_, four); }

    /// Eight characters from such a word on, of which `size` belong to it: what it may begin. A
    /// context begins with this word or one that it ends in.
    byte says(std::uint64_t eight, std::size_t size) const noexcept
    {
        auto const c = [&](unsigned i) { return static_cast<byte>(eight >> (8 * i)); };
        auto kinds = of(c(0), c(1), c(2));
        if ((kinds & ~context) != 0 && !has(others_, static_cast<std::uint32_t>(eight)))
            kinds &= context; // "call", not "cal_..."
        if (kinds != context) return kinds;
        auto const first = [eight](std::size_t n) {
            return n < 8 ? eight & ((std::uint64_t{1} << (8 * n)) - 1) : eight;
        };
        auto const word = first(size);
        if (!has(beginnings_, word)) return 0;
        if (size > 6 || has(wholes_, word)) return kinds;
        // The first word of a context in two: "their number", but not "the reason".
        auto const joint = c(static_cast<unsigned>(size)), next = c(static_cast<unsigned>(size) + 1);
        if (!joins(joint)) return 0;
        if (!is_lower(next)) return kinds;
        return has(beginnings_, word | (std::uint64_t{next} << (8 * size))) ? kinds : byte{0};
    }

    /// `word` in ASCII; of one or two letters it stands for itself alone, else for all that begin
    /// so. `noted`: worth_a_look() is to know it.
    void add(std::string_view word, kind k, bool noted = true) noexcept
    {
        auto const letter = [&](std::size_t i) {
            return i < word.size() ? fold(static_cast<byte>(word[i])) : 0u;
        };
        if (noted) note_start(word, k);
        if (k == context) note_wholes(word);
        if (word.size() == 1) { // whatever follows what is no letter
            for (unsigned third = 0; third < 32; ++third) flags_[(letter(0) << 10) | third] |= k;
            return;
        }
        flags_[(letter(0) << 10) | (letter(1) << 5) | letter(2)] |= k;
    }
    pair_filter const& pairs() const noexcept { return pairs_; }
    byte of(byte a, byte b, byte c) const noexcept
    {
        if ((a | b | c) >= 0x80) return 0xff; // an umlaut is spelled in several ways
        return flags_[(fold(a) << 10) | (fold(b) << 5) | fold(c)];
    }

private:
    static constexpr unsigned fold(byte c) noexcept { return is_alpha(c) ? c & 31u : 0u; }
    static constexpr std::uint32_t hash(std::uint32_t four) noexcept
    {
        return (four * 0x9e3779b1u) >> 15;
    }
    static constexpr std::size_t whole_hash(std::uint64_t eight) noexcept
    {
        return (eight * 0x9e3779b97f4a7c15u) >> 49;
    }
    using bit_table = std::array<std::uint32_t, 4096>;
    static bool has(bit_table const& t, std::uint32_t four) noexcept
    {
        auto const h = hash(four);
        return ((t[h / 32] >> (h % 32)) & 1u) != 0;
    }
    using word_table = std::array<std::uint32_t, 1024>;
    static bool has(word_table const& t, std::uint64_t letters) noexcept
    {
        auto const h = whole_hash(letters);
        return ((t[h / 32] >> (h % 32)) & 1u) != 0;
    }
    static void note(word_table& t, std::uint64_t letters) noexcept
    {
        auto const h = whole_hash(letters);
        t[h / 32] |= 1u << (h % 32);
    }
    /// What may stand between the two words of a context, and what is folded like it.
    static constexpr bool joins(byte c) noexcept
    {
        return c == folded(' ') || c == folded('-') || c == folded('_') || c == folded('.') ||
            c == folded('\'');
    }
    void note_start(std::string_view word, kind k) noexcept;
    void note_wholes(std::string_view word) noexcept;

    pair_filter pairs_;
    std::array<byte, 32 * 32 * 32> flags_{};
    bit_table starts_{};      ///< One bit for each hash.
    bit_table others_{};      ///< Of words that are more than a context.
    word_table beginnings_{}; ///< The same for contexts, up to eight letters of each,
    word_table wholes_{};     ///< and for those that are no longer.
};

void add_token_words(word_filter& f) noexcept;
void add_number_words(word_filter& f) noexcept;
void add_context_words(word_filter& f) noexcept;

} // namespace trunkline::mask_detail
