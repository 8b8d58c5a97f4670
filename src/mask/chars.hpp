#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Bytes as the detectors see them: the text behind its escapes. Quotes carry how deeply they are
/// escaped, because that is what tells where a string in a string in a string ends.
namespace trunkline::mask_detail {

using byte = unsigned char;

inline constexpr unsigned deepest_quote = 6;
/// The quote that stands behind `level` layers of escapes (0: none).
constexpr byte double_quote(unsigned level) noexcept
{
    return level == 0 ? byte{'"'} : static_cast<byte>(level);
}
constexpr byte single_quote(unsigned level) noexcept
{
    return level == 0 ? byte{'\''} : static_cast<byte>(0x0d + level);
}
constexpr bool is_double_quote(byte c) noexcept
{
    return c == '"' || (c >= 1 && c <= deepest_quote);
}
constexpr bool is_single_quote(byte c) noexcept
{
    return c == '\'' || (c > 0x0d && c <= 0x0d + deepest_quote);
}
constexpr bool is_quote(byte c) noexcept
{
    return is_double_quote(c) || is_single_quote(c) || c == '`';
}
constexpr unsigned quote_level(byte c) noexcept
{
    return c == '"' || c == '\'' || c == '`' ? 0u : c <= deepest_quote ? c : c - 0x0du;
}

/// Stand for what is no letter and has no place in ASCII: typographic quotes, at which a bare value
/// ends, and other signs (ellipsis, section, euro, arrows).
inline constexpr byte printed_quote = 0x1e;
inline constexpr byte printed_sign = 0x7f;

constexpr bool is_digit(byte c) noexcept
{
    return c >= '0' && c <= '9';
}
constexpr bool is_upper(byte c) noexcept
{
    return c >= 'A' && c <= 'Z';
}
constexpr bool is_lower(byte c) noexcept
{
    return c >= 'a' && c <= 'z';
}
constexpr bool is_alpha(byte c) noexcept
{
    return is_lower(c | 0x20);
}

/// Sets of characters that take more than one comparison: a bit for each.
namespace char_sets {
inline constexpr byte alnum = 1, word = 2, hex = 4, base64 = 8, base64url = 16, grouping = 32;
inline constexpr std::array<byte, 256> of = [] {
    std::array<byte, 256> t{};
    for (unsigned n = 0; n < 256; ++n) {
        auto const c = static_cast<byte>(n);
        bool const letter = is_alpha(c) || is_digit(c);
        if (letter) t[n] |= alnum | word | base64 | base64url;
        if (c >= 0x80) t[n] |= word;
        if (is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')) t[n] |= hex;
        if (c == '+' || c == '/') t[n] |= base64;
        if (c == '-' || c == '_') t[n] |= base64 | base64url;
        if (c == ' ' || c == '/' || c == '.' || c == '(' || c == ')' || c == '-') t[n] |= grouping;
    }
    return t;
}();
} // namespace char_sets

constexpr bool is_alnum(byte c) noexcept
{
    return (char_sets::of[c] & char_sets::alnum) != 0;
}
/// Letters of any language, digits.
constexpr bool is_word(byte c) noexcept
{
    return (char_sets::of[c] & char_sets::word) != 0;
}
constexpr bool is_letter(byte c) noexcept
{
    return is_alpha(c) || c >= 0x80;
}
constexpr bool is_blank(byte c) noexcept
{
    return c == ' ' || c == '\t';
}
constexpr bool is_space(byte c) noexcept
{
    return is_blank(c) || c == '\n' || c == '\r';
}
constexpr byte lower(byte c) noexcept
{
    return is_upper(c) ? static_cast<byte>(c + 32) : c;
}
inline constexpr std::array<signed char, 256> hex_digits = [] {
    std::array<signed char, 256> t{};
    t.fill(-1);
    for (unsigned n = 0; n < 16; ++n)
        for (char const digits : {"0123456789abcdef"[n], "0123456789ABCDEF"[n]})
            t[static_cast<byte>(digits)] = static_cast<signed char>(n);
    return t;
}();
/// -1 if it is none.
constexpr int hex_digit(byte c) noexcept
{
    return hex_digits[c];
}
constexpr bool is_hex(byte c) noexcept
{
    return (char_sets::of[c] & char_sets::hex) != 0;
}
/// Both alphabets: + / and - _.
constexpr bool is_base64(byte c) noexcept
{
    return (char_sets::of[c] & char_sets::base64) != 0;
}
constexpr bool is_base64url(byte c) noexcept
{
    return (char_sets::of[c] & char_sets::base64url) != 0;
}

/// A stretch of text in which everything outside reads as 0, so that detectors need no bounds.
class text {
public:
    text() = default;
    text(byte const* p, std::size_t begin, std::size_t end) noexcept
        : p_(p), begin_(static_cast<std::uint32_t>(begin)), end_(static_cast<std::uint32_t>(end))
    {}
    byte operator[](std::size_t i) const noexcept
    {
        return i >= begin_ && i < end_ ? p_[i] : byte{0};
    }
    /// The character before.
    byte before(std::size_t i) const noexcept
    {
        return i > begin_ && i <= end_ ? p_[i - 1] : byte{0};
    }
    std::size_t begin() const noexcept { return begin_; }
    std::size_t end() const noexcept { return end_; }
    byte const* data() const noexcept { return p_; }
    text from(std::size_t begin) const noexcept { return {p_, begin < end_ ? begin : end_, end_}; }
    text part(std::size_t begin, std::size_t end) const noexcept
    {
        return {p_, begin, end < end_ ? end : end_};
    }
    std::string_view view(std::size_t b, std::size_t e) const noexcept
    {
        return {reinterpret_cast<char const*>(p_) + b, e - b};
    }

    /// Of one character or more.
    bool starts(std::size_t i, std::string_view s) const noexcept
    {
        return i >= begin_ && i + s.size() <= end_ && p_[i] == static_cast<byte>(s[0]) &&
            view(i, i + s.size()) == s;
    }
    /// The same with letters of either case; `s` is in lower case.
    [[gnu::always_inline]] bool starts_like(std::size_t i, std::string_view s) const noexcept
    {
        return i >= begin_ && i + s.size() <= end_ && lower(p_[i]) == static_cast<byte>(s[0]) &&
            goes_on_like(i, s);
    }
    template <class Is>
    std::size_t skip(std::size_t i, Is is, std::size_t at_most = SIZE_MAX) const noexcept
    {
        std::size_t const end = end_;
        auto const stop = at_most < end - (i < end ? i : end) ? i + at_most : end;
        while (i < stop && is(p_[i])) ++i;
        return i;
    }
    /// The first place of the run that ends before `i`.
    template <class Is>
    std::size_t skip_back(std::size_t i, Is is, std::size_t at_most) const noexcept
    {
        auto const stop = i - begin_ > at_most ? i - at_most : std::size_t{begin_};
        while (i > stop && is(p_[i - 1])) --i;
        return i;
    }

private:
    bool goes_on_like(std::size_t i, std::string_view s) const noexcept
    {
        for (std::size_t k = 1; k < s.size(); ++k)
            if (lower(p_[i + k]) != static_cast<byte>(s[k])) return false;
        return true;
    }

    byte const* p_ = nullptr;
    std::uint32_t begin_ = 0; // two of them, so that all of it travels in registers
    std::uint32_t end_ = 0;
};

} // namespace trunkline::mask_detail
