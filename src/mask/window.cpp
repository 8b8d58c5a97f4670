#include "window.hpp"
#include "scan_avx2.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace trunkline::mask_detail {
namespace {

constexpr unsigned percent_level =
    deepest_quote - 2; ///< Of %22 and &quot;; \\ before it is deeper.
constexpr unsigned char32_none = 0xffffffff;
constexpr byte other_control = 0x1f;
constexpr byte escape = 0x1b;
constexpr byte colour = '\t'; ///< A terminal's colour as a whole: parts words and ends values.

constexpr std::pair<std::string_view, unsigned> entities[] = {{"quot;", '"'}, {"amp;", '&'},
    {"apos;", '\''}, {"lt;", '<'}, {"gt;", '>'}, {"nbsp;", ' '}, {"commat;", '@'}, {"period;", '.'},
    {"plus;", '+'}, {"equals;", '='}, {"colon;", ':'}, {"sol;", '/'}, {"hyphen;", '-'},
    {"dash;", '-'}, {"lowbar;", '_'}, {"num;", '#'}, {"thinsp;", ' '}, {"ensp;", ' '},
    {"emsp;", ' '}, {"hairsp;", ' '}, {"numsp;", ' '}, {"puncsp;", ' '}, {"ndash;", '-'},
    {"mdash;", '-'}, {"minus;", '-'}, {"lpar;", '('}, {"rpar;", ')'}};

/// By their first character, one bit for the second: the ampersand of a query begins none.
constexpr auto second_of_entities = [] {
    std::array<std::uint32_t, 256> t{};
    for (auto const& [name, cp] : entities)
        t[static_cast<byte>(name[0])] |= 1u << (static_cast<byte>(name[1]) % 32);
    t['#'] = ~0u;
    return t;
}();
bool begins_entity(byte first, byte second) noexcept
{
    return ((second_of_entities[first] >> (second % 32)) & 1u) != 0;
}

/// Writes characters and their places; the source is never shorter than what it says.
class decoder {
public:
    /// `count` characters are there, up to `begin` of the source.
    decoder(std::string_view raw, byte* chars, stretches& places, scan_path path, std::size_t begin,
        std::size_t count) noexcept
        : raw_(raw),
          chars_(chars),
          places_(places),
          path_(path),
          p_(begin),
          count_(count),
          next_(places.end_of(count))
    {}

    std::size_t run() noexcept
    {
        return run([path = path_](std::string_view raw, byte* out) noexcept {
            return copy_plain(raw, out, path);
        });
    }
    /// The same, with `copy` for copy_plain().
    template <class Copy>
    std::size_t run(Copy const& copy) noexcept
    {
        while (p_ < raw_.size()) {
            plain(copy);
            while (p_ < raw_.size() && escapes[at(p_)]) one();
        }
        if (next_ != raw_.size()) places_.add(count_, raw_.size());
        places_.forget();
        return count_;
    }

private:
    byte at(std::size_t i) const noexcept
    {
        return i < raw_.size() ? static_cast<byte>(raw_[i]) : byte{0};
    }
    void put(byte c, std::size_t from) noexcept
    {
        if (from != next_) places_.add(count_, from);
        chars_[count_++] = c;
        next_ = from + 1;
    }

    /// Copies what stands for itself.
    template <class Copy>
    void plain(Copy const& copy) noexcept
    {
        auto const n = copy({raw_.data() + p_, raw_.size() - p_}, chars_ + count_);
        if (n == 0) return;
        if (p_ != next_) places_.add(count_, p_);
        count_ += n;
        p_ += n;
        next_ = p_;
    }

    void one() noexcept
    {
        auto const c = at(p_);
        if (c == '\\') {
            if (at(p_ + 1) != '"') return backslashes();
            put(double_quote(1), p_); // as quote() has it: far most escapes
            p_ += 2;
            return;
        }
        if (c == '%') return percent();
        if (c == '&') return entity();
        if (c >= 0x80) return bytes_above_ascii(c);
        if (c == escape && behind_colour(p_ + 1) != p_ + 1) {
            put(colour, p_);
            p_ = behind_colour(p_ + 1);
            return;
        }
        put(c < 0x20 && !is_space(c) ? other_control : c, p_);
        ++p_;
    }

    void backslashes() noexcept
    {
        auto const begin = p_;
        std::size_t n = 0;
        while (at(begin + n) == '\\') ++n;
        auto const q = begin + n;
        auto const c = at(q);
        if (c == '"' || c == '\'') return quote(begin, n, q + 1, c);
        if (c == 'u') {
            if (auto const unit = hex(q + 1, 4); unit != char32_none)
                return escaped(unit, begin, n, q + 5);
        } else if (c == 'x') {
            if (auto const unit = hex(q + 1, 2); unit != char32_none)
                return escaped(unit, begin, n, q + 3);
        } else if (c == '0' && at(q + 1) == '3' && at(q + 2) == '3' && at(q + 3) == '[') {
            return escaped(escape, begin, n, q + 3);
        }
        p_ = q + 1;
        switch (c) {
        case 'n':
        case 'r': put('\n', begin); return;
        case 't': put(begins_column(p_) ? '\t' : ' ', begin); return; // or parts groups of a number
        case 'b':
        case 'f': put(' ', begin); return;
        case '/': put('/', begin); return;
        default: break;
        }
        put('\\', begin);
        p_ = q;
    }

    /// A quote behind n backslashes closes a string that is as many layers deep as n ends in one bits.
    void quote(std::size_t begin, std::size_t n, std::size_t end, byte c) noexcept
    {
        auto const level = std::min(std::countr_one(n), static_cast<int>(deepest_quote) - 1);
        auto const own = (std::size_t{1} << level) - 1;
        if (n > own) put('\\', begin);
        auto const l = static_cast<unsigned>(level);
        put(c == '"' ? double_quote(l) : single_quote(l), begin + (n - own));
        p_ = end;
    }

    void escaped(unsigned unit, std::size_t begin, std::size_t n, std::size_t end) noexcept
    {
        p_ = end;
        if (unit == '"' || unit == '\'') {
            // Each layer takes one of two backslashes away, and the last one leaves the quote, with
            // the backslashes that are left before it.
            int level = 1;
            for (; n % 2 == 0 && n != 0; n /= 2) ++level;
            level += std::countr_one(n / 2);
            auto const l =
                static_cast<unsigned>(std::min(level, static_cast<int>(deepest_quote) - 1));
            put(unit == '"' ? double_quote(l) : single_quote(l), begin);
            return;
        }
        code_point(unit, begin);
    }

    /// %22 and &quot;, to which backslashes before them belong: {&quot;a&quot;:&quot;\&quot;...
    [[gnu::noinline]] void coded_quote(bool twofold, std::size_t begin) noexcept
    {
        std::size_t n = 0;
        while (n < count_ && n < 3 && chars_[count_ - 1 - n] == '\\') ++n;
        auto const deeper = static_cast<unsigned>(std::min(std::countr_one(n), 2));
        auto const own = (std::size_t{1} << deeper) - 1;
        if (own > 0) {
            count_ -= own;
            places_.forget();
            next_ = begin = places_.place(count_);
            places_.cut(count_);
        }
        auto const level = percent_level + deeper;
        put(twofold ? double_quote(level) : single_quote(level), begin);
    }

    void percent() noexcept
    {
        auto const begin = p_;
        std::size_t end = begin;
        int const first = percent_byte(end);
        if (first < 0) {
            put('%', begin);
            ++p_;
            return;
        }
        p_ = end;
        auto const c = static_cast<unsigned>(first);
        if (c >= 0xc2 && c < 0xf0) {
            unsigned cp = c >= 0xe0 ? c & 0x0fu : c & 0x1fu;
            auto next = end;
            bool whole = true;
            for (int k = c >= 0xe0 ? 2 : 1; k > 0 && whole; --k) {
                int const more = at(next) == '%' ? percent_byte(next) : -1;
                whole = more >= 0x80 && more < 0xc0;
                cp = (cp << 6) | (static_cast<unsigned>(more) & 0x3fu);
            }
            if (whole) {
                p_ = next;
                return code_point(cp, begin);
            }
        }
        if (c == '"' || c == '\'') coded_quote(c == '"', begin);
        else if (c == '&' || (c == '\\' && at(p_) == 'u')) coded_further(c, begin);
        else
            put(c < 0x20 && !is_space(static_cast<byte>(c)) ? other_control : static_cast<byte>(c),
                begin);
    }

    /// The byte of %40 or %2540 at `p`, which moves behind it; -1 if it is none.
    int percent_byte(std::size_t& p) const noexcept
    {
        auto digits = p + 1;
        if (at(digits) == '2' && at(digits + 1) == '5' && is_hex(at(digits + 2)) &&
            is_hex(at(digits + 3)))
            digits += 2;
        auto const value = hex(digits, 2);
        if (value == char32_none) return -1;
        p = digits + 2;
        return static_cast<int>(value);
    }

    [[gnu::noinline]] void entity() noexcept
    {
        auto const begin = p_;
        unsigned cp = char32_none;
        std::size_t end = begin;
        if (!begins_entity(at(begin + 1), at(begin + 2))) {
            put('&', begin);
            ++p_;
            return;
        }
        if (at(begin + 1) == '#') cp = numeric_entity(begin + 2, end);
        else cp = named_entity(begin + 1, end);
        if (cp == char32_none) {
            put('&', begin);
            ++p_;
            return;
        }
        p_ = end;
        if (cp == '"' || cp == '\'') coded_quote(cp == '"', begin);
        else code_point(cp, begin);
    }

    /// The sign of one code that is itself written in another, up to p_: \u002540, &#37;40,
    /// \u0026#64;, %26%2364%3B, %5Cu0040. Where that stands for no sign of ASCII it is left as it was.
    [[gnu::noinline]] void coded_further(unsigned sign, std::size_t begin) noexcept
    {
        constexpr std::size_t longest = 8;
        auto end = p_;
        auto cp = char32_none;
        if (sign == '%') {
            if (at(end) == '2' && at(end + 1) == '5' && hex(end + 2, 2) != char32_none) end += 2;
            cp = hex(end, 2);
            end += 2;
        } else if (sign == '\\') {
            cp = hex(end + 1, 4); // behind the u
            end += 5;
        } else {
            char name[longest];
            std::size_t size = 0;
            for (byte c = 0; size < longest && c != ';';) {
                c = at(end);
                auto next = end + 1;
                if (c == '%') {
                    next = end;
                    auto const coded = percent_byte(next);
                    if (coded < 0) break;
                    c = static_cast<byte>(coded);
                }
                if (!is_alnum(c) && c != '#' && c != ';') break;
                name[size++] = static_cast<char>(c);
                end = next;
            }
            cp = code_of_entity({name, size});
        }
        bool const known = cp >= ' ' && cp < 0x7f && cp != '"' && cp != '\'' && cp != '\\';
        put(static_cast<byte>(known ? cp : sign), begin);
        if (known) p_ = end;
    }

    /// Of #64; or commat;
    static unsigned code_of_entity(std::string_view name) noexcept
    {
        if (name.size() < 3 || name.back() != ';') return char32_none;
        if (name[0] != '#') {
            for (auto const& [known, cp] : entities)
                if (known == name) return cp;
            return char32_none;
        }
        bool const hexadecimal = lower(static_cast<byte>(name[1])) == 'x';
        unsigned value = 0;
        for (auto const c : name.substr(hexadecimal ? 2 : 1, name.size() - (hexadecimal ? 3 : 2))) {
            auto const d = hex_digit(static_cast<byte>(c));
            if (d < 0 || (d > 9 && !hexadecimal)) return char32_none;
            value = value * (hexadecimal ? 16 : 10) + static_cast<unsigned>(d);
        }
        return value;
    }

    unsigned numeric_entity(std::size_t p, std::size_t& end) const noexcept
    {
        unsigned const radix = lower(at(p)) == 'x' ? 16 : 10;
        if (radix == 16) ++p;
        unsigned value = 0;
        auto const first = p;
        for (; p < first + 7; ++p) {
            int const d = hex_digit(at(p));
            if (d < 0 || static_cast<unsigned>(d) >= radix) break;
            value = value * radix + static_cast<unsigned>(d);
        }
        if (p == first || at(p) != ';' || value == 0) return char32_none;
        end = p + 1;
        return value;
    }

    unsigned named_entity(std::size_t p, std::size_t& end) const noexcept
    {
        for (auto const& [name, cp] : entities)
            if (at(p) == static_cast<byte>(name[0]) && raw_.substr(p, name.size()) == name) {
                end = p + name.size();
                return cp;
            }
        return char32_none;
    }

    [[gnu::noinline]] void bytes_above_ascii(byte c) noexcept
    {
        auto const begin = p_;
        if (c == 0xc2 || c == 0xe2 || c == 0xe3 || c == 0xef) {
            std::size_t const length = c == 0xc2 ? 2 : 3;
            unsigned cp = c == 0xc2 ? c & 0x1fu : c & 0x0fu;
            bool whole = begin + length <= raw_.size();
            for (std::size_t k = 1; k < length && whole; ++k) {
                whole = (at(begin + k) & 0xc0) == 0x80;
                cp = (cp << 6) | (at(begin + k) & 0x3fu);
            }
            if (whole) {
                if (auto const ascii = look_alike(cp); ascii != cp) {
                    p_ = begin + length;
                    if (ascii != 0) put(static_cast<byte>(ascii), begin);
                    return;
                }
            }
        }
        put(c, begin);
        ++p_;
    }

    /// The ASCII character this looks like, 0 if it has no width, else itself.
    static unsigned look_alike(unsigned cp) noexcept
    {
        switch (cp) {
        case 0xa0:
        case 0x202f:
        case 0x205f:
        case 0x3000: return ' ';
        case 0xad:
        case 0x2060:
        case 0xfeff: return 0;
        case 0x2212: return '-';
        case 0x2028:
        case 0x2029: return '\n';
        case 0xaa:
        case 0xb5:
        case 0xba: return cp; // letters
        case 0xab:
        case 0xbb:
        case 0x201a:
        case 0x201c:
        case 0x201d:
        case 0x201e:
        case 0x201f:
        case 0x2039:
        case 0x203a: return printed_quote;
        default: break;
        }
        if (cp >= 0x2000 && cp <= 0x200a) return ' ';
        if (cp >= 0x200b && cp <= 0x200f) return 0;
        if (cp >= 0x202a && cp <= 0x202e) return 0;
        if (cp >= 0x2010 && cp <= 0x2015) return '-';
        if ((cp > 0xa0 && cp < 0xc0) || (cp >= 0x2016 && cp < 0x2070) ||
            (cp >= 0x20a0 && cp < 0x20d0) || (cp >= 0x2190 && cp < 0x2c00) ||
            (cp >= 0x3001 && cp <= 0x3003) || (cp >= 0x3008 && cp < 0x3012))
            return printed_sign;
        if (cp >= 0xff01 && cp <= 0xff5e && cp != 0xff02 && cp != 0xff07) return cp - 0xfee0;
        return cp;
    }

    /// Behind "[1;31m", with which a terminal changes its colour, or "[K"; `p` if that is none.
    std::size_t behind_colour(std::size_t p) const noexcept
    {
        constexpr std::size_t longest = 24;
        if (at(p) != '[') return p;
        auto e = p + 1;
        while (e < p + longest && (is_digit(at(e)) || at(e) == ';' || at(e) == ':')) ++e;
        return at(e) == 'm' || at(e) == 'K' ? e + 1 : p;
    }

    [[gnu::noinline]] void code_point(unsigned cp, std::size_t from) noexcept
    {
        if (cp == escape && behind_colour(p_) != p_) {
            put(colour, from);
            p_ = behind_colour(p_);
            return;
        }
        if (cp == '%' || cp == '&') return coded_further(cp, from);
        cp = cp < 0x80 ? cp : look_alike(cp);
        if (cp == 0) return;
        if (cp < 0x80) {
            auto const c = static_cast<byte>(cp);
            put(c < 0x20 && !is_space(c) ? other_control : c, from);
        } else if (cp < 0x800) {
            put(static_cast<byte>(0xc0 | (cp >> 6)), from);
            put(static_cast<byte>(0x80 | (cp & 0x3f)), from);
        } else {
            put(static_cast<byte>(0xe0 | ((cp >> 12) & 0x0f)), from);
            put(static_cast<byte>(0x80 | ((cp >> 6) & 0x3f)), from);
            put(static_cast<byte>(0x80 | (cp & 0x3f)), from);
        }
    }

    /// Whether at `p`, behind an escaped tabulator, something else begins than the next group of a
    /// number: +49..., 2026-03-01
    bool begins_column(std::size_t p) const noexcept
    {
        if (at(p) == '+') return true;
        for (std::size_t k = 0; k < 4; ++k)
            if (!is_digit(at(p + k))) return false;
        return at(p + 4) == '-' && is_digit(at(p + 5)) && is_digit(at(p + 6)) && at(p + 7) == '-';
    }
    unsigned hex(std::size_t p, std::size_t digits) const noexcept
    {
        unsigned value = 0;
        for (std::size_t k = 0; k < digits; ++k) {
            int const d = hex_digit(at(p + k));
            if (d < 0) return char32_none;
            value = value * 16 + static_cast<unsigned>(d);
        }
        return value;
    }

    std::string_view raw_;
    byte* chars_;
    stretches& places_;
    scan_path path_;
    std::size_t p_;
    std::size_t count_;
    std::size_t next_; ///< Where the next character stands, if nothing is undone before it.
};

#if defined(__x86_64__)
__attribute__((target("avx2"), flatten, noinline)) std::size_t decode_avx2(decoder& d) noexcept
{
    return d.run(copy_avx2);
}
#endif

std::size_t decode(decoder& d, scan_path path) noexcept
{
#if defined(__x86_64__)
    if (path >= scan_path::avx2) return decode_avx2(d);
#endif
    (void)path;
    return d.run();
}

} // namespace

[[gnu::noinline]] void stretches::look_up(std::size_t index) const noexcept
{
    auto const end_of = [&](std::size_t k) {
        return k < size_ ? std::size_t{begins_[k]} : SIZE_MAX;
    };
    auto k = known_ + 1; // most often the next one
    if (index < end_ || known_ >= size_ || index >= end_of(k))
        k = static_cast<std::size_t>(
            std::upper_bound(begins_.data(), begins_.data() + size_, index) - begins_.data());
    known_ = k;
    begin_ = k == 0 ? 0 : begins_[k - 1];
    end_ = end_of(k);
    shift_ = k == 0 ? 0 : shift(k - 1);
}

std::size_t stretches::index(std::size_t place, std::size_t count) const noexcept
{
    std::size_t k = 0; // the first one that does not begin before the place
    for (auto rest = size_; rest > 0;) {
        auto const half = rest / 2;
        bool const before = begins_[k + half] + shift(k + half) < place;
        k = before ? k + half + 1 : k;
        rest = before ? rest - half - 1 : half;
    }
    auto const before = place - (k == 0 ? 0 : shift(k - 1));
    return std::min({before, k < size_ ? std::size_t{begins_[k]} : count, count});
}

bool stretches::part_digits(byte const* chars) const noexcept
{
    bool found = false;
    for (std::size_t k = 0; k < size_; ++k)
        found |= begins_[k] != 0 && is_digit(chars[begins_[k] - 1u]);
    return found;
}

void stretches::keep(std::size_t first, std::size_t last, std::size_t moved) noexcept
{
    std::size_t count = 0;
    for (std::size_t k = 0; k < size_ && begins_[k] < last; ++k) {
        if (begins_[k] <= first) continue;
        begins_[count] = static_cast<std::uint16_t>(begins_[k] - first);
        shifts_[count++] = static_cast<std::int16_t>(shift(k) - (moved - first));
    }
    size_ = count;
    forget();
}

void window::assign(
    std::string_view raw, std::size_t base, scan_path path, std::size_t plain_until) noexcept
{
    auto const rest = raw.substr(plain_until > base ? plain_until - base : 0);
    auto const kept = mapped_ ? keep_from(base) : std::pair<std::size_t, std::size_t>();
    base_ = base;
    mapped_ = find_escape(rest, path) < rest.size();
    if (mapped_) {
        auto const [begin, count] = kept;
        if (count == 0) places_.clear();
        decoder d(raw, chars_.data(), places_, path, begin, count);
        size_ = decode(d, path);
        data_ = chars_.data();
        raw_size_ = raw.size();
        wide_digits_ = places_.part_digits(data_);
    } else {
        size_ = raw.size();
        data_ = reinterpret_cast<byte const*>(raw.data());
        wide_digits_ = false;
    }
}

/// What of the last round this one need not undo again: where in it that ends, and how many
/// characters it is. None if the round begins in what is undone as a whole.
std::pair<std::size_t, std::size_t> window::keep_from(std::size_t base) noexcept
{
    constexpr std::size_t longest_escape = 100; // more: its end may not have been seen
    if (base < base_ || base + longest_escape > base_ + raw_size_) return {};
    auto const moved = base - base_;
    auto const first = index(base), last = index(base_ + raw_size_ - longest_escape);
    if (first >= last || places_.place(first) != moved) return {};
    if (first > 0 && chars_[first - 1] == '\\') return {}; // how many there are counts
    auto const end = places_.place(last) - moved;
    std::memmove(chars_.data(), chars_.data() + first, last - first);
    places_.keep(first, last, moved);
    return {end, last - first};
}

std::size_t window::index(std::size_t source) const noexcept
{
    if (source <= base_) return 0;
    if (!mapped_) return std::min(source - base_, size_);
    return places_.index(source - base_, size_);
}

} // namespace trunkline::mask_detail
