#include "detect.hpp"

#include <algorithm>

namespace trunkline::mask_detail {
namespace {

class iban_country {
public:
    std::string_view code;
    std::uint8_t length;
};

constexpr iban_country iban_countries[] = {{"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20},
    {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22}, {"BH", 22}, {"BR", 29}, {"BY", 28}, {"CH", 21},
    {"CR", 22}, {"CY", 28}, {"CZ", 24}, {"DE", 22}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29},
    {"ES", 24}, {"FI", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18},
    {"GR", 27}, {"GT", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26},
    {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20},
    {"LU", 20}, {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MR", 27},
    {"MT", 31}, {"MU", 30}, {"NL", 18}, {"NO", 15}, {"PK", 24}, {"PL", 28}, {"PS", 29}, {"PT", 25},
    {"QA", 29}, {"RO", 24}, {"RS", 22}, {"SA", 24}, {"SC", 31}, {"SE", 24}, {"SI", 19}, {"SK", 24},
    {"SM", 27}, {"SV", 28}, {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24},
    {"XK", 20}};

/// The length of an IBAN by the two letters of its country; 0: it has none.
constexpr auto iban_lengths = [] {
    std::array<std::uint8_t, 26 * 26> t{};
    for (auto const& c : iban_countries)
        t[static_cast<unsigned>((c.code[0] - 'A') * 26 + (c.code[1] - 'A'))] = c.length;
    return t;
}();

bool luhn(byte const* digits, std::size_t n) noexcept
{
    unsigned sum = 0;
    for (std::size_t k = 0; k < n; ++k) {
        unsigned d = digits[n - 1 - k];
        if (k % 2 == 1) d = d > 4 ? 2 * d - 9 : 2 * d;
        sum += d;
    }
    return sum % 10 == 0;
}

/// Whether 13 digits are the number of an article, by their check digit.
bool is_article(byte const* d) noexcept
{
    unsigned sum = 0;
    for (unsigned k = 0; k < 13; ++k) sum += d[k] * (k % 2 == 0 ? 1u : 3u);
    return sum % 10 == 0;
}

unsigned first_digits(byte const* d, unsigned n) noexcept
{
    unsigned v = 0;
    for (unsigned k = 0; k < n; ++k) v = v * 10 + d[k];
    return v;
}

/// Issuer ranges and the lengths they issue.
bool is_issued(byte const* d, std::size_t n) noexcept
{
    auto const two = first_digits(d, 2), four = first_digits(d, 4);
    if (d[0] == 4) return n == 16;
    if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return n == 16;
    if (two == 34 || two == 37) return n == 15;
    if (two == 36 || two == 38 || two == 39 || (four >= 3000 && four <= 3059))
        return n == 14 || n == 16;
    if (four >= 3528 && four <= 3589) return n == 16 || n == 19;
    if (four == 6011 || two == 65 || (four >= 6440 && four <= 6499)) return n == 16 || n == 19;
    if (two == 62) return n >= 16 && n <= 19;
    switch (four) {
    case 5018:
    case 5020:
    case 5038:
    case 5893:
    case 6304:
    case 6759:
    case 6761:
    case 6762:
    case 6763: return n >= 12 && n <= 19;
    default: return false;
    }
}

} // namespace

hit find_iban(text t, std::size_t i, bool by_key) noexcept
{
    if (!is_alpha(t[i]) || !is_alpha(t[i + 1]) || !is_digit(t[i + 2]) || !is_digit(t[i + 3]))
        return {};
    unsigned const length = iban_lengths[(lower(t[i]) - 'a') * 26u + (lower(t[i + 1]) - 'a')];
    if (length == 0) return {};
    byte chars[34];
    std::size_t n = 0;
    auto p = i;
    bool spaced = false;
    while (n < length) {
        auto const c = t[p];
        if (is_alnum(c)) {
            chars[n++] = lower(c);
            spaced = false;
        } else if ((c == ' ' || c == '-' || c == '.' || c == '\t' || c == '+') && n > 2 && !spaced)
        {
            spaced = true; // one separator at a time
        } else {
            return {};
        }
        ++p;
    }
    if (is_word(t[p])) return {};
    if (by_key) return {mask_type::iban, i, p};
    std::uint64_t rest = 0;
    for (std::size_t k = 0; k < n; ++k) { // the first four come last
        auto const c = chars[k + 4 < n ? k + 4 : k + 4 - n];
        rest = is_digit(c) ? rest * 10 + (c - '0') : rest * 100 + (c - 'a' + 10u);
        if (rest >= 1'000'000'000'000'000) rest %= 97;
    }
    return rest % 97 == 1 ? hit{mask_type::iban, i, p} : hit{};
}

hit find_card(text t, std::size_t i, bool expected) noexcept
{
    // No issuer's numbers begin so.
    auto const issuer = t[i];
    if (!expected && (issuer == '0' || issuer == '1' || issuer >= '7')) return {};
    byte digits[20];
    std::size_t n = 0, group = 0, first = 0, shortest = 99, longest = 0, ends[20];
    byte separator = 0;
    auto p = i;
    while (n < 20) {
        auto const c = t[p];
        if (is_digit(c)) {
            digits[n] = c - '0';
            ends[n++] = ++p;
            ++group;
            continue;
        }
        // A card, and behind it what else stands on it: 4111 1111 1111 1111 123
        if (c == ' ' && separator == ' ' && (n == 15 || n == 16) && shortest >= 4 && group >= 4 &&
            t.skip(p + 1, is_digit, 5) - p < 6 && luhn(digits, n) && is_issued(digits, n))
            return {mask_type::credit_card, i, p};
        bool const separates =
            (c == ' ' || c == '-' || c == '.' || c == '/' || c == '_' || c == '+') &&
            is_digit(t[p + 1]);
        if (!separates || (separator != 0 && c != separator)) break;
        // Nobody parts a card after all of its digits: what follows is its date, or another value.
        if (separator == 0 && n >= 13 && luhn(digits, n) && is_issued(digits, n))
            return {mask_type::credit_card, i, p};
        if (group < 3 && !expected) return {}; // dates, rows of tables and the like
        if (separator == 0) first = group;
        shortest = std::min(shortest, group);
        longest = std::max(longest, group);
        separator = c;
        group = 0;
        ++p;
    }
    if (n < 12 || n > 19) return {};
    if (separator != 0 && group < 2 && !expected) return {};
    // Nobody writes a card in groups of nine and more, but 6 and 13: a value and its time.
    longest = std::max(longest, group);
    if (separator != 0 && longest > 8 && !(first == 6 && group == 13) && !expected) return {};
    if (is_alpha(t[p])) return {};
    if (!luhn(digits, n)) return {};
    if (n == 13 && !expected && is_article(digits))
        return {}; // Visa and Maestro have some of this length
    bool const issued = is_issued(digits, n) || (expected && n >= 13);
    return issued ? hit{mask_type::credit_card, i, ends[n - 1]} : hit{};
}

hit find_ip(text t, std::size_t i) noexcept
{
    // IPv4
    auto p = i;
    unsigned parts = 0;
    while (parts < 4) {
        unsigned value = 0;
        auto const begin = p;
        while (p - begin < 3 && is_digit(t[p])) value = value * 10 + (t[p++] - '0');
        if (p == begin || value > 255) break;
        ++parts;
        if (parts < 4) {
            if (t[p] != '.') break;
            ++p;
        }
    }
    if (parts == 4 && !is_word(t[p]) && !(t[p] == '.' && is_digit(t[p + 1]))) {
        auto const all = t.view(i, p);
        if (all.starts_with("127.") || all == "0.0.0.0") return {};
        return {mask_type::ip_address, i, p};
    }
    // IPv6
    unsigned colons = 0, digits = 0;
    bool twice = false;
    p = i;
    while (p - i < 45 && (is_hex(t[p]) || t[p] == ':' || (t[p] == '.' && colons >= 2))) {
        if (t[p] == ':') {
            ++colons;
            twice = twice || t[p + 1] == ':';
        } else {
            ++digits;
        }
        ++p;
    }
    while (p > i && t[p - 1] == ':' && !(p > i + 1 && t[p - 2] == ':')) --p;
    if (colons < 2 || (!twice && colons != 7) || digits < 3 || is_word(t[p])) return {};
    return {mask_type::ip_address, i, p};
}

hit find_logged_ip(text t, std::size_t i) noexcept
{
    class place {
    public:
        std::string_view before, after; ///< Empty: whatever.
    };
    static constexpr place places[] = {{"client: ", ","}, {"[client ", ""}, {" from ", " port "},
        {" Ban ", ""}, {" Unban ", ""}, {" Found ", ""}, {"Connection from ", ""},
        {"Disconnected from ", ""}, {"Accepted connection from ", ""},
        {"Connection closed by ", ""}};
    if (t[i + 1] != '.' && t[i + 2] != '.' && t[i + 3] != '.' && t[i + 4] != ':') return {};
    static constexpr std::string_view last_letters = ":tmndy"; // of what stands before
    if (last_letters.find(static_cast<char>(t.before(i - 1))) == last_letters.npos) return {};
    for (auto const& p : places) {
        if (i < t.begin() + p.before.size() || !t.starts(i - p.before.size(), p.before)) continue;
        auto const h = find_ip(t, i);
        if (h && (p.after.empty() || t.starts(h.end, p.after))) return h;
    }
    return {};
}

} // namespace trunkline::mask_detail
