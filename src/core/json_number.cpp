#include "core/json_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace trunkline::json {
namespace {

bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

char const* skip_digits(char const* at, char const* end) noexcept
{
    while (at != end && is_digit(*at)) ++at;
    return at;
}

/**
 * A lexeme taken apart without copying: its digits from the first to the last that is not zero,
 * and its exponent. Exponents may be longer than any integer type, and are exact all the same.
 */
class decimal {
public:
    explicit decimal(std::string_view lexeme) noexcept
    {
        auto const* at = lexeme.data();
        auto const* const end = at + lexeme.size();
        negative = at != end && *at == '-';
        if (negative) ++at;
        whole_ = take_digits(at, end);
        if (at != end && *at == '.') fraction_ = take_digits(++at, end);
        if (at != end) take_exponent(++at, end);
        trim();
    }

    bool negative = false;

    bool is_zero() const noexcept { return count() == 0; }
    /// Significant digits.
    std::size_t count() const noexcept { return last_ - first_; }
    char digit(std::size_t i) const noexcept { return raw(first_ + i); }
    std::string digits() const
    {
        std::string out(count(), '0');
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = digit(i);
        return out;
    }

    /// Whether the exponent needs more than an int64; if so only huge_scale() tells it.
    bool is_huge() const noexcept { return exponent_.size() > 18; }
    /// The power of ten of the first digit: 2 for 314.5. Precondition: !is_huge().
    std::int64_t scale() const noexcept
    {
        std::int64_t given = 0;
        std::from_chars(exponent_.data(), exponent_.data() + exponent_.size(), given);
        return (exponent_negative_ ? -given : given) + first_digit_scale();
    }
    /// Whether the first digit stands left of the decimal point.
    bool at_least_one() const noexcept { return is_huge() ? !exponent_negative_ : scale() >= 0; }
    /// scale() as signed decimal text. Precondition: is_huge().
    std::string huge_scale() const
    {
        auto const shift = first_digit_scale();
        std::string out(1, exponent_negative_ ? '-' : '+');
        return out + add(std::string(exponent_), exponent_negative_ ? -shift : shift);
    }

private:
    static std::string_view take_digits(char const*& at, char const* end) noexcept
    {
        auto const* const start = at;
        at = skip_digits(at, end);
        return {start, at};
    }
    void take_exponent(char const* at, char const* end) noexcept
    {
        exponent_negative_ = *at == '-';
        if (*at == '-' || *at == '+') ++at;
        while (at != end && *at == '0') ++at;
        exponent_ = {at, end};
    }
    void trim() noexcept
    {
        last_ = whole_.size() + fraction_.size();
        while (last_ > 0 && raw(last_ - 1) == '0') --last_;
        while (first_ < last_ && raw(first_) == '0') ++first_;
    }
    char raw(std::size_t i) const noexcept
    {
        return i < whole_.size() ? whole_[i] : fraction_[i - whole_.size()];
    }
    std::int64_t first_digit_scale() const noexcept
    {
        return static_cast<std::int64_t>(whole_.size()) - 1 - static_cast<std::int64_t>(first_);
    }
    /// Precondition: the number in `text` is greater than |by|.
    static std::string add(std::string text, std::int64_t by)
    {
        for (auto at = text.size(); at-- > 0 && by != 0;) {
            by += text[at] - '0';
            auto const rest = (by % 10 + 10) % 10;
            text[at] = static_cast<char>('0' + rest);
            by = (by - rest) / 10;
        }
        if (by > 0) text.insert(0, std::to_string(by));
        return text.substr(text.find_first_not_of('0'));
    }

    std::string_view whole_;
    std::string_view fraction_;
    std::string_view exponent_; ///< Without sign and leading zeros.
    bool exponent_negative_ = false;
    std::size_t first_ = 0; ///< Into the digits of whole_ and fraction_ together.
    std::size_t last_ = 0;  ///< One past the last digit that is not zero.
};

std::string in_scientific(std::string_view digits, std::string_view signed_scale)
{
    std::string out(digits.substr(0, 1));
    if (digits.size() > 1) (out += '.') += digits.substr(1);
    return (out += 'e') += signed_scale;
}

/// Spells d.ddd * 10^scale as ECMAScript's Number::toString does.
std::string spell(std::string_view digits, std::int64_t scale)
{
    constexpr std::int64_t most_plain_digits = 21;
    constexpr std::int64_t most_leading_zeros = 6;
    auto const count = static_cast<std::int64_t>(digits.size());
    auto const zeros = [](std::int64_t n) { return std::string(static_cast<std::size_t>(n), '0'); };
    if (scale >= most_plain_digits || scale < -most_leading_zeros)
        return in_scientific(digits, (scale < 0 ? "" : "+") + std::to_string(scale));
    if (scale < 0) return "0." + zeros(-scale - 1) + std::string(digits);
    if (scale + 1 >= count) return std::string(digits) + zeros(scale + 1 - count);
    auto const point = static_cast<std::size_t>(scale + 1);
    return std::string(digits.substr(0, point)) + '.' + std::string(digits.substr(point));
}

/// The shortest decimal that reads back as `d`. Precondition: d is normal.
std::string shortest(double d)
{
    char text[32];
    auto const written = std::to_chars(text, text + sizeof text, std::fabs(d));
    decimal const n(std::string_view(text, written.ptr));
    return spell(n.digits(), n.scale());
}

double out_of_range(decimal const& n) noexcept
{
    double const magnitude =
        !n.is_zero() && n.at_least_one() ? std::numeric_limits<double>::infinity() : 0.0;
    return n.negative ? -magnitude : magnitude;
}

double nearest_double(std::string const& lexeme, decimal const& n) noexcept
{
    double out = 0;
    auto const read = std::from_chars(lexeme.data(), lexeme.data() + lexeme.size(), out);
    return read.ec == std::errc() ? out : out_of_range(n);
}

} // namespace

char const* scan_number(char const* at, char const* end) noexcept
{
    if (at != end && *at == '-') ++at;
    if (at == end || !is_digit(*at)) return nullptr;
    at = *at == '0' ? at + 1 : skip_digits(at, end);
    if (at != end && *at == '.') {
        auto const* const fraction = ++at;
        at = skip_digits(at, end);
        if (at == fraction) return nullptr;
    }
    if (at != end && (*at == 'e' || *at == 'E')) {
        if (++at != end && (*at == '+' || *at == '-')) ++at;
        auto const* const exponent = at;
        at = skip_digits(at, end);
        if (at == exponent) return nullptr;
    }
    return at;
}

number::number(std::string lexeme) : text_(std::move(lexeme))
{
    auto const* const end = text_.data() + text_.size();
    if (scan_number(text_.data(), end) != end)
        throw std::invalid_argument("not the spelling of a JSON number");
}

number::number(double v)
{
    if (!std::isfinite(v)) throw std::invalid_argument("JSON has no number for NaN and infinity");
    char text[32];
    text_.assign(text, std::to_chars(text, text + sizeof text, v).ptr);
}

std::optional<std::int64_t> number::to_int64() const noexcept
{
    auto const* const end = text_.data() + text_.size();
    std::int64_t plain = 0;
    auto const read = std::from_chars(text_.data(), end, plain);
    if (read.ptr == end && read.ec == std::errc()) return plain;

    decimal const n(text_);
    if (n.is_zero()) return 0;
    constexpr std::int64_t most_digits = 19;
    if (n.is_huge() || n.scale() >= most_digits) return std::nullopt;
    auto const places = n.scale() + 1; // digits left of the point; 19 of them fit an uint64
    if (static_cast<std::int64_t>(n.count()) > places) return std::nullopt;
    std::uint64_t magnitude = 0;
    for (std::int64_t i = 0; i < places; ++i) {
        auto const at = static_cast<std::size_t>(i);
        magnitude =
            magnitude * 10 + static_cast<std::uint64_t>(at < n.count() ? n.digit(at) - '0' : 0);
    }
    constexpr auto limit = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (magnitude > limit + (n.negative ? 1 : 0)) return std::nullopt;
    return static_cast<std::int64_t>(n.negative ? 0 - magnitude : magnitude);
}

double number::to_double() const noexcept
{
    return nearest_double(text_, decimal(text_));
}

void append_canonical(std::string& out, number const& n)
{
    // Most numbers are small integers, and these are spelled in one way only. But for "-0".
    constexpr std::size_t surely_plain = 15;
    auto const& text = n.text();
    if (text.size() <= surely_plain && std::ranges::all_of(text, is_digit)) out += text;
    else out += n.canonical();
}

std::string number::canonical() const
{
    constexpr std::size_t exact_digits = 15; // every decimal of so many survives a double
    decimal const n(text_);
    if (n.is_zero()) return "0";
    std::string const sign = n.negative ? "-" : "";
    if (n.is_huge()) return sign + in_scientific(n.digits(), n.huge_scale());
    bool const is_integer = static_cast<std::int64_t>(n.count()) <= n.scale() + 1;
    if (n.count() > exact_digits && !is_integer) {
        auto const nearest = nearest_double(text_, n);
        if (std::isnormal(nearest)) return sign + shortest(nearest);
    }
    return sign + spell(n.digits(), n.scale());
}

} // namespace trunkline::json
