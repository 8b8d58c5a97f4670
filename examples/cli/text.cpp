#include "text.hpp"

#include "shown.hpp"

#include <trunkline/core/time.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace cli {
namespace {

class character {
public:
    std::uint32_t code = 0;
    std::size_t length = 1;
    bool valid = true;
};

/// The character at the start of a text; a byte that begins none stands for itself.
character next_character(std::string_view text)
{
    auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    auto const first = byte(0);
    if (first < 0x80) return {first, 1, true};
    std::size_t const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) return {first, 1, false};
    std::uint32_t code = first & (0xffu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return {first, 1, false};
        code = code << 6 | (byte(i) & 0x3fu);
    }
    bool const surrogate = code >= 0xd800 && code <= 0xdfff;
    constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[length] || code > 0x10ffff || surrogate) return {first, 1, false};
    return {code, length, true};
}

/// What a terminal acts upon instead of showing it, and what makes a line read other than it is.
bool is_harmful(std::uint32_t c)
{
    if (c == '\t') return false;
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x200e || c == 0x200f || c == 0x61c ||
        (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void append_hex(std::string& out, std::uint32_t value, int digits)
{
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
        out += "0123456789abcdef"[value >> shift & 0xf];
}

void append_escape(std::string& out, character const& c)
{
    if (c.code == '\n' && c.valid) out += "\\n";
    else if (c.code == '\r' && c.valid) out += "\\r";
    else {
        out += c.valid && c.code > 0xff ? "\\u" : "\\x";
        append_hex(out, c.code, c.valid && c.code > 0xff ? 4 : 2);
    }
}

bool is_continuation(char c)
{
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// How much all texts share at their start (or end), in bytes and without cutting a character.
std::size_t shared_start(std::vector<std::string> const& texts)
{
    std::size_t n = texts.front().size();
    for (auto const& t : texts) {
        auto const [a, b] =
            std::mismatch(t.begin(), t.end(), texts.front().begin(), texts.front().end());
        n = std::min(n, static_cast<std::size_t>(a - t.begin()));
    }
    while (n > 0 && n < texts.front().size() && is_continuation(texts.front()[n])) --n;
    return n;
}

std::size_t shared_end(std::vector<std::string> const& texts, std::size_t start)
{
    std::size_t n = texts.front().size() - start;
    for (auto const& t : texts) {
        std::size_t same = 0;
        while (same < n && same < t.size() - start &&
            t[t.size() - 1 - same] == texts.front()[texts.front().size() - 1 - same])
            ++same;
        n = same;
    }
    auto const& any = texts.front();
    while (n > 0 && is_continuation(any[any.size() - n])) --n;
    return n;
}

/// Edits (a swap of neighbours is one) that turn one word into the other.
std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i)
        for (std::size_t j = 1; j <= b.size(); ++j) {
            auto const same = a[i - 1] == b[j - 1];
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[a.size()][b.size()];
}

} // namespace

std::string printable(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        auto const c = next_character(text);
        if (c.valid && !is_harmful(c.code)) out.append(text.substr(0, c.length));
        else append_escape(out, c);
        text.remove_prefix(c.length);
    }
    return out;
}

std::string printable_json(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        auto const c = next_character(text);
        if (!c.valid || c.code < 0x20 || !is_harmful(c.code)) out.append(text.substr(0, c.length));
        else {
            out += "\\u"; // such characters stand in strings only
            append_hex(out, c.code, 4);
        }
        text.remove_prefix(c.length);
    }
    return out;
}

std::size_t width(std::string_view text)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return !is_continuation(c); }));
}

std::string padded(std::string_view text, std::size_t columns)
{
    auto const taken = width(text);
    return std::string(text) + std::string(columns > taken ? columns - taken : 0, ' ');
}

std::string shortened(std::string_view text, std::size_t columns)
{
    if (width(text) <= columns) return std::string(text);
    std::size_t end = 0;
    for (std::size_t n = 0; n + 1 < columns && end < text.size(); ++n) {
        ++end;
        while (end < text.size() && is_continuation(text[end])) ++end;
    }
    return std::string(text.substr(0, end)) + "…";
}

std::vector<std::string> focused(std::vector<std::string> texts, std::size_t around)
{
    if (texts.empty()) return texts;
    auto const start = shared_start(texts);
    auto const end = shared_end(texts, start);
    auto const cut_front = start > around + 8 ? start - around : 0;
    auto const cut_back = end > around + 8 ? end - around : 0;
    for (auto& t : texts) {
        auto from = cut_front;
        auto to = t.size() - cut_back;
        while (from > 0 && is_continuation(t[from])) --from;
        while (to < t.size() && is_continuation(t[to])) ++to;
        auto part = t.substr(from, to - from);
        t = (cut_front > 0 ? "…" : "") + std::move(part) + (cut_back > 0 ? "…" : "");
    }
    return texts;
}

std::string without_secrets(std::string_view given)
{
    constexpr std::string_view mark = "@secret:";
    auto const masked = shown(std::string(given));
    std::string_view text = masked;
    std::string out;
    for (;;) {
        auto const at = text.find(mark);
        out.append(text.substr(0, at));
        if (at == text.npos) return out;
        text.remove_prefix(at + mark.size());
        auto const end = text.find_first_not_of("0123456789abcdef");
        text.remove_prefix(std::min(end, text.size()));
        out += "(secret)";
    }
}

std::string in_short(std::optional<json::value> const& v, std::size_t columns)
{
    if (!v) return "(absent)";
    auto const text = without_secrets(json::to_text(*v));
    // A value that is nothing but a secret needs no quotes.
    return text == "\"(secret)\"" ? "(secret)" : shortened(text, columns);
}

std::string in_full(json::value const& v)
{
    return without_secrets(v.is_string() ? v.as_string() : json::to_text(v, json::style::pretty));
}

std::string nearest(std::string_view word, std::span<std::string_view const> candidates)
{
    std::string_view best;
    std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (auto const c : candidates) {
        auto const far = distance(word, c);
        if (far < least) {
            least = far;
            best = c;
        }
    }
    return std::string(best);
}

std::string counted(std::size_t n, std::string_view thing)
{
    return std::to_string(n) + " " + std::string(thing) + (n == 1 ? "" : "s");
}

std::string joined(std::vector<std::string> const& parts, std::string_view between)
{
    std::string out;
    for (auto const& p : parts) {
        if (!out.empty()) out += between;
        out += p;
    }
    return out;
}

std::string moment(std::int64_t unix_ms)
{
    if (unix_ms == 0) return {};
    auto text = trunkline::to_iso8601(unix_ms).substr(0, 19);
    text[10] = ' ';
    return text + " UTC";
}

} // namespace cli
