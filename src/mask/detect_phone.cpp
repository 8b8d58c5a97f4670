#include "detect.hpp"
#include "word_set.hpp"

#include <trunkline/core/phone_plan.hpp>

#include <algorithm>

namespace trunkline::mask_detail {
namespace {

constexpr std::size_t most_digits = 15;

/// A telephone number as it is written: digits in groups.
class dialled {
public:
    char digits[most_digits + 3];
    std::size_t count = 0;
    std::size_t groups[12]; ///< Digits in each.
    std::size_t group_count = 0;
    std::size_t end = 0;
    byte separators[12]; ///< The first after each group.
    bool brackets = false;

    std::string_view view(std::size_t from = 0) const noexcept
    {
        return {digits + from, count - from};
    }
};

bool separates(byte c) noexcept
{
    return (char_sets::of[c] & char_sets::grouping) != 0;
}

/// Reads digits and what people put between them; stops where two numbers stand side by side.
void read(text t, std::size_t i, dialled& d) noexcept
{
    auto p = i;
    std::size_t group = 0;
    if (t[p] == '(') {
        d.brackets = true;
        ++p;
    }
    d.end = p;
    auto const* const bytes = t.data();
    while (true) {
        auto const first = p, room = most_digits + 2 - d.count;
        auto const stop = std::min(t.end(), first + room);
        for (auto* out = d.digits + d.count; p < stop && is_digit(bytes[p]); ++p)
            *out++ = static_cast<char>(bytes[p]);
        group = p - first;
        d.count += group;
        if (group != 0) d.end = p;
        if (is_digit(t[p])) break;
        if (group == 0 || d.group_count >= 11) break;
        auto q = p;
        while (q - p < 4 && separates(t[q])) ++q;
        bool const behind_code = q == p + 1 && t[p] == ')' && d.brackets && d.group_count == 0;
        if ((q == p || behind_code) && t[q] == '+' && d.digits[0] == '0') ++q; // a blank of a form
        if (q == p || !is_digit(t[q])) break;
        // Of a mobile number nine digits are not all: 01511 3920 073.
        bool const mobile =
            d.count > 2 && d.digits[0] == '0' && d.digits[1] == '1' && d.digits[2] > '4';
        bool const whole = d.count >= (mobile && d.digits[2] < '8' ? 10u : 9u);
        if (q - p == 1 && t[p] != '(' && !(t[q] == '0' && whole)) { // nearly always
            d.separators[d.group_count] = t[p];
            d.groups[d.group_count++] = group;
            p = q;
            continue;
        }
        auto const between = t.view(p, q);
        // "030 1 - 030 2" and "1.2. 3.4." are no groups; two blanks part columns.
        if (between.find("  ") != between.npos || between == " / " ? false : between.size() == 4)
            break;
        if (t[q] == '0' && whole && is_digit(t[q + 1]) && is_digit(t[q + 2]))
            break; // the next number
        if (between == ". " || between == ".. ") break;
        if (between == "(0)" || between == " (0) ") break;
        d.separators[d.group_count] = t[p];
        d.groups[d.group_count++] = group;
        d.brackets = d.brackets || between.find('(') != between.npos;
        p = q;
    }
    d.groups[d.group_count++] = group;
    // a closing bracket right behind belongs to it only if it was opened in it
}

/// "+49 (0)171": the zero in brackets is no digit of the number.
std::size_t skip_trunk_zero(text t, std::size_t p) noexcept
{
    auto q = t.skip(p, is_blank, 2);
    return t.starts(q, "(0)") ? q + 3 : p;
}

std::size_t digits_of(unsigned code) noexcept
{
    return code > 99 ? 3 : code > 9 ? 2 : 1;
}

/// Digits, in groups, behind "+" or "00".
hit international(text t, std::size_t i, std::size_t first, bool strict) noexcept
{
    auto p = first;
    char digits[most_digits + 1];
    std::size_t n = 0, groups = 1, end = p;
    std::size_t group = 0, longest_gap = 0;
    phone_plan::country const* country = nullptr;
    while (n < most_digits) {
        if (is_digit(t[p])) {
            digits[n++] = static_cast<char>(t[p++]);
            end = p;
            ++group;
            if (!country && n <= 3) {
                country = phone_plan::country_of({digits, n});
                if (country) {
                    auto const after = skip_trunk_zero(t, p);
                    if (after != p) p = after;
                }
            }
            continue;
        }
        auto q = p;
        while (q - p < 3 && separates(t[q])) ++q;
        if (q == p && t[q] == '+') ++q; // a blank of a form
        bool const area = groups <= 2 && (t[q] == '(' || (q == p + 1 && t[p] == ')' && t[q] == '+'));
        if (q > p && area) ++q; // +49+(171)+3920012
        if (q == p || !is_digit(t[q])) break;
        if (country && n == digits_of(country->code) && t.starts(q - 1, "(0)")) {
            p = q + 2;
            continue;
        }
        longest_gap = std::max(longest_gap, q - p);
        // A group that would begin another number.
        if (country && n >= country->least + digits_of(country->code) && t[q] == '0') {
            std::size_t ahead = 0;
            for (auto k = q; k < q + 24 && ahead < 9 && (is_digit(t[k]) || separates(t[k])); ++k)
                ahead += is_digit(t[k]);
            if (ahead >= 9) break; // else its last groups: +49-171-392-0012
        }
        p = q;
        ++groups;
        group = 0;
    }
    if (!country || n >= most_digits + 1) return {};
    auto const code = digits_of(country->code);
    if (n <= code) return {};
    auto national = n - code;
    if (digits[code] == '0' && national > country->least) --national; // +49 0171
    if (national < country->least || national > country->most + 1u) return {};
    bool const german_speaking = country->code == 49 || country->code == 43 || country->code == 41;
    bool const glued = is_digit(t[first + code]); // no group of its own
    if (strict && glued && !german_speaking && national < 9) return {};
    if (strict && country->code == 1 && digits[1] < '2') return {}; // 001 002 003 004
    if (strict && groups == 1) {
        // "0049..." without any separator could be an id padded with zeros.
        if (country->code == 1 && (digits[1] < '2' || digits[4] < '2')) return {};
        if (country->code == 49 && phone_plan::german_area_length({digits + 2, n - 2}) == 0 &&
            !phone_plan::is_german_mobile({digits + 2, n - 2}) &&
            !phone_plan::is_german_service({digits + 2, n - 2}))
            return {};
    }
    if (is_word(t[end]) || t[end] == '_') return {};
    return {mask_type::phone, i, end};
}

bool looks_like_date(dialled const& d) noexcept
{
    if (d.group_count < 3) return false;
    auto const two = [](char const* p) { return (p[0] - '0') * 10 + (p[1] - '0'); };
    if (d.groups[0] == 2 && d.groups[1] == 2) {
        int const a = two(d.digits), b = two(d.digits + 2);
        return (a <= 31 && b <= 12) || (a <= 12 && b <= 31);
    }
    bool const century = two(d.digits) == 19 || two(d.digits) == 20;
    return d.groups[0] == 4 && d.groups[1] == 2 && d.groups[2] >= 2 && century; // 2024-05-01
}

/// 0..., in groups unless `expected`.
hit german(text t, std::size_t i, bool expected) noexcept
{
    bool const bracket = t[i] == '(';
    auto const zero = bracket ? i + 1 : i;
    if (t[zero] != '0' || t[t.skip(zero + 1, separates, 4)] == '0') return {};
    dialled d;
    read(t, i, d);
    auto const n = d.count;
    if (n < 6 || n > 14 || d.digits[1] == '0') return {}; // a blank of a form may part them
    if (is_word(t[d.end]) || t[d.end] == '_' || t[d.end] == '@') return {};
    // Behind a word and a comma what follows the next comma is another field, and no fraction.
    bool const field = t[d.end] == ',' && t.before(i) == ',' && is_letter(t.before(i - 1));
    if (!field && (t[d.end] == ',' || t[d.end] == ':' || t[d.end] == '.' || t[d.end] == '-') &&
        is_digit(t[d.end + 1]))
        return {};
    if (looks_like_date(d)) return {};
    auto const rest = d.view(1);
    bool const mobile = phone_plan::is_german_mobile(rest);
    bool const service = !mobile && phone_plan::is_german_service(rest);
    auto const area = mobile || service ? 0u : phone_plan::german_area_length(rest);
    if (!mobile && !service && area == 0 && !(expected && d.group_count > 1 && n >= 9 && n <= 12))
        return {};
    bool const grouped = d.group_count > 1;
    if (mobile && (n < 10 || n > 13)) return {};
    if (service && n < 9) return {};
    if (!grouped) {
        if (!expected) return {};
        return n >= (mobile ? 11u : 7u) && n <= 13 ? hit{mask_type::phone, i, d.end} : hit{};
    }
    // The first group must be able to be an area code; in a fixed network no subscriber's number
    // begins with 0.
    auto first = d.groups[0];
    std::size_t next_group = 1, next_digit = first;
    while (first < 3 && next_group < d.group_count && first + d.groups[next_group] <= 6) {
        first += d.groups[next_group];
        next_digit = first;
        ++next_group;
    }
    if (first < 3 || (first > 6 && !mobile)) {
        if (!(expected && n >= 9)) return {};
    }
    bool const habitual = d.groups[0] == 1 || d.groups[0] == 2;
    if (habitual && !expected && n < 9) return {};
    if (habitual && d.separators[0] == '.' && !expected) return {};
    if (next_digit < n && d.digits[next_digit] == '0' && !mobile && !expected && !bracket &&
        d.separators[0] != '/')
        return {};
    if (!mobile && !service && !expected) {
        // Where the code ends must be a place where codes end, give or take the shared prefixes.
        if (area == 2 && first != 3 && !habitual) return {};
        if (area == 3 && first != 4) return {};
        if (area >= 4 && first != 5 && first != 6 &&
            !(first == 4 && (bracket || d.separators[0] == '/')))
            return {};
        if (n - first < 3 || n > 12) return {};
        if (n - first == 3 && n < 8 && !bracket && d.separators[0] != '/') return {};
    }
    if (mobile && !expected && first != 4 && first != 5 && d.groups[0] != 1 && d.groups[0] != n)
        return {};
    return {mask_type::phone, i, d.end};
}

/// Austria's and Switzerland's own spellings, told by prefix and groups: 0664 1234567, 044 668 18
/// 00, and where a number is expected 01 5134567.
hit alpine(text t, std::size_t i, bool expected) noexcept
{
    static constexpr std::string_view austrian[] = {
        "650", "660", "664", "665", "670", "676", "677", "678", "680", "681", "688", "690", "699"};
    static constexpr std::string_view swiss[] = {"21", "22", "24", "26", "27", "31", "32", "33",
        "34", "41", "43", "44", "51", "52", "55", "56", "58", "61", "62", "71", "74", "75", "76",
        "77", "78", "79", "81", "91", "800", "848"};
    static constexpr word_set known_austrian(austrian);
    static constexpr word_set known_swiss(swiss);
    auto const code = t.view(i + 1, t.skip(i, is_digit, 5));
    bool const vienna = code == "1", austria = known_austrian.has(code);
    if (!vienna && !austria && !known_swiss.has(code)) return {};
    dialled d;
    read(t, i, d);
    if (d.group_count < 2 || d.brackets || is_word(t[d.end]) || t[d.end] == '_' ||
        t[d.end] == '@' || looks_like_date(d))
        return {};
    if ((t[d.end] == ',' || t[d.end] == ':' || t[d.end] == '.' || t[d.end] == '-') &&
        is_digit(t[d.end + 1]))
        return {};
    auto const rest = d.count - d.groups[0];
    if (austria && rest >= 6 && rest <= 8 && d.group_count <= 4 && d.groups[1] >= 2)
        return {mask_type::phone, i, d.end};
    bool const fours =
        d.group_count == 4 && d.groups[1] == 3 && d.groups[2] == 2 && d.groups[3] == 2;
    if (!vienna && !austria && d.count == 10 && fours) return {mask_type::phone, i, d.end};
    return vienna && rest >= 5 && rest <= 8 && (expected || d.separators[0] == '/')
        ? hit{mask_type::phone, i, d.end}
        : hit{};
}

/// 415-555-0132, alone: no context is needed where area and exchange are ones that there are.
bool is_american_alone(text t, std::size_t i) noexcept
{
    auto const group = [&](std::size_t p, std::size_t size) {
        return t.skip(p, is_digit, size + 1) == p + size;
    };
    if (!group(i, 3) || t[i + 3] != '-' || !group(i + 4, 3) || t[i + 7] != '-' || !group(i + 8, 4))
        return false;
    auto const* const p = t.data() + i;
    bool const service = (p[1] == '1' && p[2] == '1') || (p[5] == '1' && p[6] == '1'); // 411, 911
    auto const before = t.before(i), behind = t[i + 12];
    bool const joined = before == '/' || before == '\\' || before == '=' || behind == '/' ||
        behind == '-' || behind == '_' || behind == '@' || is_word(behind) ||
        ((behind == '.' || behind == ':') && is_word(t[i + 13]));
    return p[0] >= '2' && p[1] != '9' && p[4] >= '2' && !service && !joined;
}

/// (212) 555-0123, 1-212-555-0123 and, where a number is expected, 212-555-0123.
hit american(text t, std::size_t i, bool expected) noexcept
{
    bool const bracket = t[i] == '(';
    auto const first = bracket ? i + 1 : i;
    auto const size = t.skip(first, is_digit, 12) - first; // of the first group
    if (size != 3 && !(size == 1 && t[first] == '1') && !(expected && size >= 10)) return {};
    if (size == 3 && !bracket && !expected)
        return is_american_alone(t, i) ? hit{mask_type::phone, i, i + 12} : hit{};
    if (size == 1) {
        auto const area = t.skip(first + 1, separates, 4);
        if (t.skip(area, is_digit, 4) != area + 3) return {};
    }
    dialled d;
    read(t, i, d);
    auto const skip = d.count == 11 && d.digits[0] == '1' ? 1u : 0u;
    if (d.count - skip != 10 || is_word(t[d.end])) return {};
    auto const* const p = d.digits + skip;
    if (p[0] < '2' || p[3] < '2') return {};
    auto const* const g = d.groups + (skip && d.groups[0] == 1 ? 1 : 0);
    auto const count = d.group_count - (skip && d.groups[0] == 1 ? 1 : 0);
    bool const shape = count == 3 && g[0] == 3 && g[1] == 3 && g[2] == 4;
    if (shape && (bracket || skip == 1 || expected)) return {mask_type::phone, i, d.end};
    return expected && d.group_count == 1 && d.count == 10 ? hit{mask_type::phone, i, d.end} : hit{};
}

} // namespace

namespace {

/// 4 006381 333931: the last two groups of a number of goods (EAN), the check digit of which is right.
bool is_of_goods(text t, std::size_t i) noexcept
{
    if (t.before(i) != ' ' || i < t.begin() + 2 || !is_digit(t[i - 2]) || is_word(t.before(i - 2)))
        return false;
    unsigned sum = 0, digits = 0;
    for (auto p = i - 2; digits < 13 && p < i + 13; ++p) {
        if (p == i - 1 || p == i + 6) {
            if (t[p] != ' ') return false;
            continue;
        }
        if (!is_digit(t[p])) return false;
        sum += static_cast<unsigned>(t[p] - '0') * (digits++ % 2 == 0 ? 1 : 3);
    }
    return digits == 13 && sum % 10 == 0 && !is_digit(t[i + 13]);
}

/// Whether what stands behind a comma is a number with its code, and no part of a decimal one:
/// x,0171/3920012 and 17,0049 171 3920012 and 17,0041 31 7434230.
bool is_field(text t, std::size_t i) noexcept
{
    auto const e = t.skip(i, is_digit, 7);
    if (e == i + 7 && t[i] == '0' && t[i + 1] == '0') // a,00491713920012
        return i >= t.begin() + 2 && !is_digit(t[i - 2]) && international(t, i, i + 2, true);
    auto const gap = t[e];
    if (t[i] != '0' || e - i < 3 || e - i > 6 || (gap != '/' && gap != ' ' && gap != '-'))
        return false;
    auto const second = t.skip(e + 1, is_digit, 9);
    // 1,0852 10000 may be a rate of exchange.
    bool const decimal = gap == ' ' && t[i + 1] != '0' && i >= t.begin() + 2 && is_digit(t[i - 2]);
    if (second - (e + 1) >= (decimal ? 6u : 3u)) return true;
    // Behind the code of a country that of an area may be short.
    if (t[i + 1] != '0' || second == e + 1 || t[second] != gap) return false;
    auto const* const country = phone_plan::country_of(t.view(i + 2, e));
    return country && digits_of(country->code) == e - i - 2 &&
        t.skip(second + 1, is_digit, 9) - (second + 1) >= 3;
}

/// "Artikel 071687-821", "Art.-Nr.: 071687-821": of goods.
bool is_of_article(text t, std::size_t i) noexcept
{
    constexpr std::string_view words[] = {
        "artikel", "artikelnummer", "artikelnr", "artnr", "artikels"};
    static constexpr word_set known(words);
    auto const sign = [](byte c) { return is_blank(c) || c == ':' || c == '.' || c == '#'; };
    auto const e = t.skip_back(i, sign, 4);
    auto b = t.skip_back(e, is_letter, 14);
    if (e == i || b == e) return false;
    folded_chars chars;
    auto const word = fold_word(t, b, e, chars);
    if (word != "nr" && word != "nummer") return known.has(word);
    auto const first_end = t.skip_back(
        b, [](byte c) { return c == '.' || c == '-' || c == ' '; }, 2);
    b = t.skip_back(first_end, is_letter, 14);
    return first_end > b &&
        (is_word_like(t, b, first_end, "art") || known.has(fold_word(t, b, first_end, chars)));
}

/// "bytes=0-1023/146515", "bytes 0-1023/146515": of a file.
bool is_of_file(text t, std::size_t i) noexcept
{
    constexpr std::string_view unit = "bytes";
    return (t.before(i) == '=' || t.before(i) == ' ') && i > t.begin() + unit.size() &&
        t.starts_like(i - 1 - unit.size(), unit);
}

hit find_number(text t, std::size_t i, bool expected) noexcept
{
    auto const c = t[i];
    auto const before = t.before(i);
    if (is_word(before) || before == '_') return {};
    if (c == '+') {
        auto const first = t[i + 1] == '(' ? i + 2 : i + 1;
        if (!is_digit(t[first]) || t[first] == '0') return {};
        if (before == '+' || before == ')' || before == ']') return {};
        return international(t, i, first, false);
    }
    bool const field = before == ',' && is_field(t, i);
    if (!field && (before == '.' || before == ',' || before == ':') && i > t.begin() + 1 &&
        is_digit(t[i - 2]))
        return {};
    if ((before == '.' || (before == ',' && !field && c != '(') || before == '-' || before == '#' ||
            before == '$') &&
        !expected)
        return {};
    if (c == '(' && t[i + 1] == '+' && is_digit(t[i + 2])) return {};
    if (c == '0' && t[i + 1] == '0') {
        if (is_of_goods(t, i)) return {};
        if (auto const h = international(t, i, i + 2, true)) return h;
        if (t[i + 2] == ' ') return international(t, i, i + 3, false);
        return {};
    }
    if (c == '0' || (c == '(' && t[i + 1] == '0')) {
        auto const h = german(t, i, expected);
        if (h && (is_of_file(t, i) || is_of_article(t, i))) return {};
        return h || c == '(' ? h : alpine(t, i, expected);
    }
    if (c == '(' || (is_digit(c) && c != '0')) {
        if (c == '(' && !is_digit(t[i + 1])) return {};
        if (auto const h = american(t, i, expected)) return h;
        if (expected && c == '4') { // 49171..., or a number without its area code
            dialled d;
            read(t, i, d);
            if (is_word(t[d.end]) || looks_like_date(d)) return {};
            if (d.group_count == 1 && d.count >= 11 && d.count <= 13 && d.view().starts_with("49"))
                return {mask_type::phone, i, d.end};
        }
    }
    return {};
}

} // namespace

hit find_phone(text t, std::size_t i, bool expected) noexcept
{
    auto h = find_number(t, i, expected);
    // A bracket around the whole of it is none of its own.
    if (h && t[i] == '(' && t.view(i, h.end).find(')') == std::string_view::npos) h.begin = i + 1;
    return h;
}

} // namespace trunkline::mask_detail
