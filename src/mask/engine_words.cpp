#include "engine.hpp"

#include <algorithm>

/// {"word": "anna"}, {"word": "punkt"}, ...: values that are said in words of their own.
namespace trunkline::mask_detail {
namespace {

constexpr std::size_t most_in_list = 40, longest_in_list = 80;

} // namespace

/// Words of a list, in the order in which they stand there.
class engine::said_words {
public:
    class piece {
    public:
        std::size_t begin, end, said; ///< In the window; in what is said.
    };
    text all() const noexcept { return text(said.data(), 0, size); }

    std::array<byte, most_in_list*(longest_in_list + 1)> said;
    std::array<piece, most_in_list> pieces;
    std::size_t count = 0, size = 0;
    std::size_t place =
        SIZE_MAX; ///< Where the word at `i` is in what is said; SIZE_MAX: it is none.
};

/// Those from `from` up to `stop` that stand in one list with the word at `i`, and at most so many.
void engine::find_words(std::size_t i, byte quote, std::size_t from, std::size_t stop,
    std::size_t most, bool parted, said_words& out) const noexcept
{
    auto const t = seen();
    for (auto p = from; p < stop && out.count < most; ++p) {
        if (t[p] == ']') { // of another list
            if (out.place != SIZE_MAX) break;
            out.count = out.size = 0;
        }
        if (!names_word(p, quote)) continue;
        auto const open = t.skip(
            p + 6, [](byte c) { return is_space(c) || c == ':'; }, 8);
        if (t[open] != quote) continue;
        auto const close = find_close(open + 1, quote, longest_in_list);
        if (at(close) != quote) continue;
        auto const b = t.skip(open + 1, is_space, close - open - 1);
        auto const e = t.skip_back(close, is_space, close - b);
        if (b == i) out.place = out.size;
        out.pieces[out.count++] = {b, e, out.size};
        for (auto k = b; k < e; ++k) out.said[out.size++] = t[k];
        if (parted) out.said[out.size++] = ' ';
        p = close;
    }
}

/// Whether "word" stands at `p`.
bool engine::names_word(std::size_t p, byte quote) const noexcept
{
    auto const t = seen();
    return t[p] == quote && t.starts(p + 1, "word") && t[p + 5] == quote;
}

/// Where the words before the one at `i` begin of which an address may be said.
std::size_t engine::words_before(std::size_t i, byte quote) const noexcept
{
    constexpr std::size_t reach = 900, most = 8;
    auto begin = i;
    for (std::size_t words = 0; begin > seen().begin() && i - begin < reach && words < most; --begin)
        words += names_word(begin - 1, quote) ? 1u : 0u;
    return begin;
}

/// Masks each word of what was found in them. Returns where the last one ends; `i` if none went.
std::size_t engine::mask_words(std::size_t i, said_words const& words, hit const& h)
{
    auto position = i;
    for (std::size_t k = 0; h && k < words.count; ++k) {
        auto const& word = words.pieces[k];
        auto const said_end = word.said + (word.end - word.begin);
        if (said_end <= h.begin || word.said >= h.end || word.begin < floor_) continue;
        in_words_ = true;
        scan_before(std::max({position, i, floor_}), word.begin);
        in_words_ = false;
        if (s().mode != mode::scan || floor_ > word.begin) break;
        if (mask(word.begin, word.end, h.type, mask_reason::path)) position = word.end;
    }
    return position;
}

/// At the word for '@' at `i`. Returns where the last word of the address ends; `i` if nothing goes.
std::size_t engine::mail_of_words(std::size_t i)
{
    constexpr std::size_t reach = 900, most = 20;
    auto const t = seen();
    auto const quote = t.before(t.skip_back(i, is_space, 4));
    if (!is_double_quote(quote)) return i;
    said_words words;
    auto const stop = std::min(t.end(), i + reach);
    find_words(i, quote, words_before(i, quote), stop, most, true, words);
    if (words.place == SIZE_MAX) return i;
    mail_run run;
    return mask_words(i, words, find_spoken_mail(words.all(), words.place, run));
}

/// "max.meier", "@", "example.com": of the word [b, e), in which the sign stands, and those that
/// belong to it.
std::size_t engine::written_mail_of_words(std::size_t b, std::size_t sign, byte quote)
{
    constexpr std::size_t reach = 900, most = 20;
    said_words words;
    auto const stop = std::min(seen().end(), b + reach);
    find_words(b, quote, words_before(b, quote), stop, most, false, words);
    if (words.place == SIZE_MAX) return b;
    std::size_t first = 0;
    while (words.pieces[first].begin != b) ++first;
    auto last = first;
    auto const said = [&](std::size_t k) {
        auto const& w = words.pieces[k];
        return words.all().view(w.said, w.said + (w.end - w.begin));
    };
    auto const joins = [](std::string_view w) { return w == "." || w == "-" || w == "_"; };
    if (sign == b && first > 0) --first;
    while (first > 0 && (joins(said(first)) || joins(said(first - 1)))) --first;
    if (sign + 1 == words.pieces[last].end && last + 1 < words.count) ++last;
    while (last + 1 < words.count && (said(last) == "." || said(last + 1).starts_with('.'))) ++last;
    auto const end = words.pieces[last].said + said(last).size();
    auto h =
        find_mail(text(words.said.data(), words.pieces[first].said, end), words.place + (sign - b));
    if (first != last) h.type = mask_type::email_spoken;
    return mask_words(b, words, h);
}

/// "DE89", "3704", ...; "4111", "1111", ...; an address: a value of which the word [b, e) is the
/// first one, or that with the sign. Returns where its last word ends; `b` if it is none.
std::size_t engine::value_of_words(std::size_t b, std::size_t e)
{
    constexpr std::size_t reach = 3000, shortest = 13;
    auto const t = seen();
    auto const quote = t.before(t.skip_back(b, is_space, 4));
    if (!is_double_quote(quote) || nested_ != 0) return b;
    auto const sign =
        b + static_cast<std::size_t>(std::find(t.data() + b, t.data() + e, '@') - (t.data() + b));
    if (sign != e) return written_mail_of_words(b, sign, quote);
    bool const card = t[b] >= '3' && t[b] <= '6';
    bool const iban =
        e - b >= 2 && is_alpha(t[b]) && is_alpha(t[b + 1]) && (e == b + 2 || is_digit(t[b + 2]));
    if (!card && !iban) return b;
    said_words words;
    auto begin = b; // at its name
    while (begin > t.begin() && b - begin < 40 && !names_word(begin, quote)) --begin;
    find_words(b, quote, begin, std::min(t.end(), b + reach), most_in_list, false, words);
    if (words.place != 0) return b;
    std::array<byte, 40> signs;
    std::size_t size = 0;
    for (std::size_t k = 0; k < words.count; ++k) {
        auto const& w = words.pieces[k];
        for (auto p = w.begin; p < w.end; ++p) {
            if (is_alnum(t[p]) && size < signs.size()) signs[size++] = t[p];
            else if (is_word(t[p]) || t[p] == '[') return b;
        }
        if (size < shortest) continue;
        text const said(signs.data(), 0, size);
        auto h = card ? find_card(said, 0, false) : find_iban(said, 0);
        if (h && h.end == size)
            return mask_words(b, words, {h.type, 0, w.said + (w.end - w.begin)});
    }
    return b;
}

} // namespace trunkline::mask_detail
