#include <retell/exchange_text.hpp>

#include <trunkline/mask/line_filter.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace trunkline::retell::detail {
namespace {

constexpr std::size_t longest_input = 4096;
constexpr std::string_view hidden = "***";

bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

bool is_letter(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_word(char c) noexcept
{
    return is_digit(c) || is_letter(c) || c == '_' || c == '-';
}

/// The code point at the front of a text, and how many bytes it takes; 0 bytes if it is no UTF-8.
class code_point {
public:
    explicit code_point(std::string_view text) noexcept
    {
        auto const first = static_cast<unsigned char>(text[0]);
        if (first < 0x80) {
            value = first;
            bytes = 1;
            return;
        }
        std::size_t const need = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
        if (first < 0xc2 || first > 0xf4 || text.size() < need) return;
        std::uint32_t v = first & (0x7fu >> need);
        for (std::size_t i = 1; i < need; ++i) {
            auto const c = static_cast<unsigned char>(text[i]);
            if ((c & 0xc0) != 0x80) return;
            v = v << 6 | (c & 0x3fu);
        }
        constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
        bool const surrogate = v >= 0xd800 && v <= 0xdfff;
        if (v < smallest[need] || v > 0x10ffff || surrogate) return;
        value = v;
        bytes = need;
    }

    /// Would break the line, be invisible, or turn the reading direction of what follows.
    bool unfit() const noexcept
    {
        return value < 0x20 || (value >= 0x7f && value < 0xa0) || value == 0x2028 ||
            value == 0x2029 || (value >= 0x200b && value <= 0x200f) ||
            (value >= 0x202a && value <= 0x202e) || (value >= 0x2066 && value <= 0x2069) ||
            value == 0xfeff;
    }

    std::uint32_t value = 0;
    std::size_t bytes = 0;
};

std::string one_line(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        code_point const c(text);
        bool const space = c.bytes != 0 && (c.unfit() || c.value == ' ');
        if (c.bytes == 0) out += '?';
        else if (!space) out.append(text.substr(0, c.bytes));
        else if (!out.empty() && out.back() != ' ') out += ' ';
        text.remove_prefix(std::max<std::size_t>(c.bytes, 1));
    }
    if (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

/// Precondition: valid UTF-8, which one_line() gives.
std::string shortened(std::string text, std::size_t max_characters)
{
    std::size_t characters = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool const starts = (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80;
        if (starts && ++characters > max_characters) {
            text.resize(i);
            text += "...";
            break;
        }
    }
    return text;
}

/// "X-Api_Key" and "apikey" are one name.
std::string folded(std::string_view word)
{
    std::string out;
    for (char const c : word)
        if (is_digit(c) || is_letter(c)) out += static_cast<char>(is_letter(c) ? c | 0x20 : c);
    return out;
}

/// A name after which a secret stands.
bool is_label(std::string_view word, std::string_view word_before)
{
    constexpr std::string_view names[] = {"apikey", "token", "secret", "password", "passwd", "pwd",
        "authorization", "credential", "signature"};
    auto const name = folded(word);
    if (name == "key" && folded(word_before) == "api") return true;
    return std::ranges::any_of(names, [&](auto n) { return name.ends_with(n); });
}

/// Known beginnings of keys, and anything so long and mixed that it is no word and no id of Retell's.
bool looks_like_secret(std::string_view word)
{
    constexpr std::string_view beginnings[] = {"key_", "sk-", "sk_", "pk_", "rk_", "cal_live_",
        "cal_test_", "whsec_", "xoxb-", "xoxp-", "ghp_", "eyJ", "AKIA"};
    bool const digits = std::ranges::any_of(word, is_digit);
    bool const letters = std::ranges::any_of(word, is_letter);
    if (word.size() >= 40 && digits && letters) return true;
    bool const known = std::ranges::any_of(beginnings, [&](auto b) { return word.starts_with(b); });
    return known && (digits || word.size() >= 20);
}

/// Copies a text, hiding as it goes.
class masker {
public:
    explicit masker(std::string_view text) : rest_(text) {}

    std::string run()
    {
        while (!rest_.empty()) {
            if (is_word(rest_.front())) word();
            else if (rest_.starts_with("://")) authority();
            else copy(1);
        }
        return std::move(out_);
    }

private:
    void copy(std::size_t n)
    {
        out_.append(rest_.substr(0, n));
        rest_.remove_prefix(n);
    }

    void hide(std::size_t n)
    {
        if (n != 0) out_.append(hidden);
        rest_.remove_prefix(n);
    }

    void word()
    {
        auto const length = std::ranges::find_if_not(rest_, is_word) - rest_.begin();
        auto const w = rest_.substr(0, static_cast<std::size_t>(length));
        if (looks_like_secret(w)) return hide(w.size());
        copy(w.size());
        auto const name = folded(w);
        if (name == "bearer" || name == "basic") scheme();
        else if (is_label(w, before_)) labelled(name == "authorization");
        before_ = w;
    }

    /// What follows "Bearer ".
    void scheme()
    {
        if (!rest_.starts_with(' ')) return;
        copy(1);
        hide(std::min(rest_.find_first_of(" \t\"',;<>"), rest_.size()));
    }

    /// What follows a label: `: value`, `="value"`. An authorization is hidden up to the end of its
    /// string, because it holds a space.
    void labelled(bool to_the_end)
    {
        auto const value = rest_.find_first_not_of("\"' \\");
        if (value == std::string_view::npos || (rest_[value] != ':' && rest_[value] != '=')) return;
        auto const start = std::min(rest_.find_first_not_of("\"' \\", value + 1), rest_.size());
        copy(start);
        hide(std::min(
            rest_.find_first_of(to_the_end ? "\"'\\,;<>" : "\"'\\,;<> &)}]"), rest_.size()));
    }

    /// "://user:password@host"
    void authority()
    {
        copy(3);
        auto const end = std::min(rest_.find_first_of("/ \"'?#"), rest_.size());
        auto const at = rest_.substr(0, end).rfind('@');
        if (at != std::string_view::npos) hide(at);
    }

    std::string_view rest_;
    std::string_view before_;
    std::string out_;
};

} // namespace

std::string mask_secrets(std::string_view text)
{
    return masker(text).run();
}

std::string excerpt(std::string_view text, std::size_t max_characters)
{
    auto line = mask_secrets(one_line(text.substr(0, longest_input)));
    static trunkline::masker const known_shapes;
    mask_line_filter::mask_in_place(known_shapes, mask_zone::error, line);
    return shortened(std::move(line), max_characters);
}

} // namespace trunkline::retell::detail
