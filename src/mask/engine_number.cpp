#include "engine.hpp"

#include <algorithm>
#include <bit>

namespace trunkline::mask_detail {
namespace {

/// A number of a document, as opposed to one that is spoken of.
bool is_json_number(text t, std::size_t b, std::size_t e) noexcept
{
    auto const next = t[e];
    if (t.before(b) == '-' || t.before(b) == '_' || t.before(b) == '/' || t.before(b) == '.')
        return true; // of an id
    if ((next == '-' || next == '_') && is_word(t[e + 1])) return true;
    if (next != ',' && next != '}' && next != ']' && next != '.' && !is_space(next)) return false;
    auto const p = t.skip_back(b, is_space, 8);
    auto const before = t.before(p);
    if (before == ':') return is_quote(t.before(p - 1));
    return before == '[' || (before == ',' && !is_space(next) && p == b);
}

/// Digits in four groups of four, as a card has them; `i` if there are others. No years.
std::size_t end_of_fours(text t, std::size_t i) noexcept
{
    if (t[i] < '3' || t[i] > '6') return i;
    auto p = i;
    for (int groups = 1; t.skip(p, is_digit, 5) == p + 4; ++groups, p += 5) {
        auto const next = t[p + 4];
        if (groups == 4) return is_word(next) || next == '-' || next == '.' ? i : p + 4;
        if ((next != ' ' && next != '-') || next != t[i + 4]) break;
    }
    return i;
}

} // namespace

/// The quotes that a mask needs in place of the number [b, e) of a document; empty elsewhere.
std::string_view engine::number_marks(std::size_t b, std::size_t e) const noexcept
{
    auto const t = text(window_.data(), 0, window_.size());
    if (t.skip(b, is_digit, e - b) != e) return {}; // in groups it is no number of a document
    auto const behind_it = t.skip(e, is_space, 200);
    auto const next = t[behind_it];
    if (source(t.skip_back(b, is_space, 200)) == 0 && t[b] != '0' && last_ &&
        behind_it >= window_.size())
        return "\""; // a document that is a number
    if (next == ')' || !ends_item(t, e)) return {};
    auto const p = t.skip_back(b, is_space, 200);
    auto const before = t.before(p);
    // Whether the quote before `q` opens the string that the number stands in.
    auto const opens = [&](std::size_t q) {
        return ((s().open_quotes >> quote_level(t.before(q))) & 1u) != 0;
    };
    if (before == ':') {
        auto const q = t.skip_back(p - 1, is_space, 200);
        if (!is_double_quote(t.before(q)) || next == 0) return {};
        if (opens(q)) return {}; // ["x", ":4111..."]: ends no key
        auto const marks = raw_.substr(source(q - 1) - base_, window_.width(q - 1));
        return marks.size() <= 16 ? marks : std::string_view();
    }
    bool const item = (before == '[' || before == ',') && next != 0 && next != '}';
    if (!item) return {};
    // The quotes of the document it is an item of: those of what stands before it.
    auto const q = t.skip_back(
        p,
        [](byte c) {
            return is_digit(c) || is_space(c) ||
                std::string_view(",.+-[]{}:eEtrufalsn").find(static_cast<char>(c)) !=
                std::string_view::npos;
        },
        200);
    if (!is_double_quote(t.before(q)))
        return s().open_quotes == 0 ? std::string_view("\"") : std::string_view();
    auto const spelled = raw_.substr(source(q - 1) - base_, window_.width(q - 1));
    auto const behind = at(t.skip(q, is_space, 200));
    if (behind != '[' && behind != '{') // "\u002c 4111...,": of a string
        return spelled.size() <= 16 && !opens(q) ? spelled : std::string_view();
    // It opens the string that the document is: "[1,4111111111111111]"
    constexpr std::string_view deeper[] = {"\\\"", "\\\\\\\"", "\\\\\\\\\\\\\\\""};
    for (std::size_t k = 0; k < std::size(deeper); ++k)
        if (spelled == deeper[k].substr(deeper[k].size() - (std::size_t{1} << k))) return deeper[k];
    return {};
}

std::size_t engine::at_digit(std::size_t i)
{
    if (is_word(seen().before(i))) return end_of_word(i);
    auto const e = number_at(i);
    return e != i ? e : end_of_word(i);
}

/// At a plus or an opening bracket.
std::size_t engine::number_behind(std::size_t i)
{
    auto const h = find_phone(seen(), i, false);
    return h && mask(h.begin, h.end, h.type, mask_reason::value) ? h.end : i + 1;
}

/// At a digit that begins a word: behind what goes; `i` if nothing does.
std::size_t engine::number_at(std::size_t i)
{
    auto const t = seen();
    auto const run = t.skip(i, is_digit, round_size);
    if (s().context_kinds != 0)
        if (auto const e = try_context(i); e != i) return e;
    // The first column of an access log, whose lines may stand in quotes.
    if (bool const quoted = is_double_quote(t.before(i));
        quoted || t.before(i) == 0 || t.before(i) == '\n')
    {
        auto const h = find_ip(t, i);
        bool const listed = t.starts(h.end, " [") && existing_mask(h.end + 1) == h.end + 1;
        auto const user = t.skip(
            h.end + 3, [](byte c) { return c > ' ' && !is_quote(c); }, 60);
        bool const logged =
            t.starts(h.end, " - ") && (!quoted || (t.starts(user, " [") && is_digit(t[user + 2])));
        if (h && ((listed && !quoted) || logged) &&
            mask(h.begin, h.end, h.type, mask_reason::context))
            return h.end;
    }
    auto const next = at(run);
    if (is_blank(t.before(i)) && (next == '.' || at(i + 4) == ':'))
        if (auto const h = find_logged_ip(t, i))
            if (mask(h.begin, h.end, h.type, mask_reason::context)) return h.end;
    // Far most numbers are short and stand alone: look closer only where more digits follow.
    bool const grouped =
        !is_word(next) && (is_digit(at(run + 1)) || is_digit(at(run + 2)) || is_digit(at(run + 3)));
    if (run - i >= 12 || (grouped && run - i >= 2)) {
        auto const h = find_card(t, i, false);
        if (h && !is_decimal(h) &&
            mask(h.begin, h.end, h.type, mask_reason::value, number_marks(h.begin, h.end)))
            return h.end;
    }
    if (zone_ == mask_zone::transcript && grouped && run - i == 4)
        if (auto const e = end_of_fours(t, i); e != i)
            if (mask(i, e, mask_type::digits, mask_reason::value)) return e;
    bool const dialled = run - i >= 7 && looks_dialled(i, run);
    // Without a zero in front it takes groups of their own.
    bool const first = at(i) == '0' || run - i == 3 || (run - i == 1 && at(i) == '1');
    if (((grouped || run - i >= 9) && first) || dialled) {
        auto const h = find_phone(t, i, dialled);
        if (h && mask(h.begin, h.end, h.type, mask_reason::value, number_marks(h.begin, h.end)))
            return h.end;
    }
    if (auto const e = try_blob(i); e != i) return e;
    if (zone_ == mask_zone::transcript && run - i >= 7 && !is_json_number(t, i, run) &&
        mask(i, run, mask_type::digits, mask_reason::value, number_marks(i, run)))
        return run;
    return i;
}

/// From here on values of this kind are expected.
void engine::expect(context kind, std::size_t end) noexcept
{
    auto const place = unmasked(end);
    if (place >= s().contexts_until) s().context_kinds = s().passed_kinds = 0;
    auto const k = static_cast<std::size_t>(kind);
    earlier_[k] = std::exchange(s().contexts[k], place + 1);
    s().context_kinds |= 1u << static_cast<unsigned>(kind);
    s().contexts_until = std::max(s().contexts_until, place + context_reach);
}

/// Digits parted by characters without width, what wa.me links to, and what is called by its scheme.
[[gnu::always_inline]] inline bool engine::looks_dialled(
    std::size_t i, std::size_t end) const noexcept
{
    auto const t = seen();
    auto const e = std::min(end, i + 16);
    if (window_.mapped() && source(e) - source(i) > e - i &&
        raw_[source(i) - base_] == static_cast<char>(at(i)))
        return true;
    if (t.before(i) == ':') {
        auto const scheme = t.skip_back(i - 1, is_alpha, 8);
        auto const name = t.view(scheme, i - 1);
        return name == "tel" || name == "sip" || name == "sips" || name == "callto";
    }
    return t.before(i) == '/' && i >= t.begin() + 6 && t.starts(i - 6, "wa.me/");
}

/// Whether a fraction is behind it that a document has: all of that is one number.
bool engine::is_decimal(hit const& h) const noexcept
{
    if (at(h.end) != '.' || !is_digit(at(h.end + 1)) || !is_digit(at(h.begin))) return false;
    auto const t = seen();
    return is_json_number(t, h.begin, h.end) || source(t.skip_back(h.begin, is_space, 200)) == 0;
}

/// What was said so far does not speak of what follows. Keys of AWS go in pairs.
void engine::expect_no_number() noexcept
{
    s().context_kinds &= bit_of(context::aws) | bit_of(context::twilio);
}

/// What was said since the kinds `said` were known speaks of nothing that follows.
void engine::forget_since(std::uint32_t said) noexcept
{
    s().context_kinds &= said | bit_of(context::aws) | bit_of(context::twilio);
}

std::size_t engine::try_context(std::size_t i)
{
    auto const here = unmasked(i);
    if (here >= s().contexts_until) return i;
    auto const t = seen();
    auto kinds = s().context_kinds;
    if (!is_digit(at(i))) kinds &= contexts_of_letters;
    for (; kinds != 0; kinds &= kinds - 1) {
        auto const k = static_cast<std::size_t>(std::countr_zero(kinds));
        auto since = s().contexts[k];
        if (here + 1 < since) since = earlier_[k]; // looked at again
        if (since == 0 || here + 1 < since || here + 1 - since > context_reach) continue;
        auto const distance = here + 1 - since;
        auto from = i > distance ? std::max(i - distance, floor_) : floor_;
        if (window_.mapped()) // Reisepass%20C01X00T47: of three bytes one sign
            from = std::min(i, std::max(from, window_.index(since - 1 + s().masked)));
        auto const h = find_in_context(t, i, from, static_cast<context>(k), gaps_[k]);
        if (!h || is_decimal(h)) continue;
        auto const marks = is_digit(at(h.begin)) ? number_marks(h.begin, h.end) : std::string_view();
        if (mask(h.begin, h.end, h.type, mask_reason::context, marks)) return h.end;
    }
    return i;
}

} // namespace trunkline::mask_detail
