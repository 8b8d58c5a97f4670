#include "detect.hpp"
#include "word_filter.hpp"
#include "word_set.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace trunkline::mask_detail {
namespace {

constexpr std::size_t longest_word = 40;
constexpr std::size_t longest_run = 900;

/// A word in lower-case ASCII: "Fünf" and "fuenf" are the same. Returns its size; 0 if it is too long.
std::size_t fold_into(char* out, text t, std::size_t b, std::size_t e) noexcept
{
    if (e - b > longest_word) return 0;
    auto const* const begin = out;
    for (auto i = b; i < e; ++i) {
        auto const c = t[i];
        if (c != 0xc3 || i + 1 >= e) {
            *out++ = static_cast<char>(lower(c));
            continue;
        }
        auto const second = t[++i];
        char const vowel = second == 0x9f ? 's'
            : (second | 0x20) == 0xa4     ? 'a'
            : (second | 0x20) == 0xb6     ? 'o'
            : (second | 0x20) == 0xbc     ? 'u'
                                          : '\0';
        if (vowel == '\0') continue;
        *out++ = vowel;
        *out++ = vowel == 's' ? 's' : 'e';
    }
    return static_cast<std::size_t>(out - begin);
}

/// The same, with room for it.
class folded {
public:
    folded(text t, std::size_t b, std::size_t e) noexcept : size_(fold_into(chars_.data(), t, b, e))
    {}
    std::string_view view() const noexcept { return {chars_.data(), size_}; }

private:
    folded_chars chars_;
    std::size_t size_;
};

constexpr std::string_view german_ones[] = {
    "null", "ein", "zwei", "drei", "vier", "fuenf", "sechs", "sieben", "acht", "neun"};
constexpr std::string_view other_numbers[] = {"eins", "eine", "zwo", "zwoo", "nul", "funf", "fumf",
    "zehn", "elf", "zwoelf", "zwolf", "sechzehn", "siebzehn", "zero", "oh", "o", "one", "two",
    "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty",
    "forty", "fourty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "hundert",
    "fuffzehn", "fuenfe", "viere", "neune", "sechse", "siebene", "achte", "dreie", "nought",
    "niner", "tausend", "einhundert"};
constexpr std::string_view tens[] = {"zwanzig", "dreissig", "vierzig", "fuenfzig", "funfzig",
    "sechzig", "siebzig", "achtzig", "neunzig", "dreizig"};
constexpr std::string_view repeats[] = {
    "doppel", "doppelt", "zweimal", "dreimal", "viermal", "double", "triple", "treble", "doppelte"};
constexpr std::string_view fillers[] = {"und", "dann", "aeh", "aehm", "hm", "also", "die", "der",
    "and", "then", "uh", "um", "ahm", "ah", "eh", "noch", "nochmal", "wieder", "again", "strich",
    "bindestrich", "dash", "pause", "komma", "minus", "schraegstrich", "slash", "plus",
    "leerzeichen", "space", "the", "mal", "a", "ae", "mhm", "ok", "okay", "so"};

constexpr word_set known_tens(tens);
constexpr word_set known_numbers(german_ones, other_numbers, tens);
constexpr word_set known_repeats(repeats);
constexpr word_set known_fillers(fillers);

/// How many number words `w` is made of: 1 for "dreizehn", 2 for "dreivier"; 0 if it is none.
unsigned count_numbers(std::string_view w) noexcept
{
    if (known_numbers.has(w)) return 1;
    if (w.starts_with("doppel") && w.size() > 6) return count_numbers(w.substr(6));
    if (w.starts_with("hundert") && w.size() > 7) return count_numbers(w.substr(7)) != 0 ? 1 : 0;
    auto const glued = [&](std::string_view first) -> unsigned {
        if (w.empty() || w[0] != first[0] || !w.starts_with(first)) return 0;
        auto const rest = w.substr(first.size());
        if (rest == "zehn" || rest == "hundert") return 1;
        if (rest.starts_with("hundert")) return count_numbers(rest.substr(7)) != 0 ? 1 : 0;
        if (rest.starts_with("und") && known_tens.has(rest.substr(3))) return 1;
        auto const more = rest.size() > 2 ? count_numbers(rest) : 0;
        return more == 0 ? 0 : more + 1;
    };
    for (std::string_view const first : {"eins", "zwo"})
        if (auto const n = glued(first)) return n;
    for (auto const first : german_ones)
        if (auto const n = glued(first)) return n;
    return 0;
}

bool is_number(std::string_view w) noexcept
{
    return count_numbers(w) != 0;
}

/// Letters with which a number word, or a word for repeating one, begins.
bool may_begin_number(byte c) noexcept
{
    switch (lower(c)) {
    case 'n':
    case 'e':
    case 'z':
    case 'd':
    case 'v':
    case 'f':
    case 's':
    case 'a':
    case 'o':
    case 't':
    case 'h': return true;
    default: return false;
    }
}

std::size_t end_of_word(text t, std::size_t i) noexcept
{
    return t.skip(i, is_letter, longest_word + 10);
}

bool separates_words(byte c) noexcept
{
    return is_space(c) || c == ',' || c == '.' || c == '-' || c == ';' || c == '/' || c == '+' ||
        c == ':' || c == printed_sign;
}

/// "plus vier neun ...", "0171 drei neun ...": where what is spoken begins.
std::size_t begin_of_spoken(text t, std::size_t i) noexcept
{
    auto const before = t.skip_back(i, separates_words, 3);
    if (before == i) return i;
    if (before >= t.begin() + 4 && t.starts_like(before - 4, "plus") &&
        !is_word(t.before(before - 4)))
        return before - 4;
    auto const digits = t.skip_back(before, is_digit, 6);
    bool const code = before - digits >= 3 && t[digits] == '0' && !is_word(t.before(digits));
    return code ? digits : i;
}

} // namespace

hit find_spoken_number(text t, std::size_t i, spoken_run& run) noexcept
{
    bool const dialled = t.starts_like(i, "null") || t.starts_like(i, "zero");
    if (!may_begin_number(t[i]) || i < (dialled ? run.few_until : run.none_until)) return {};
    unsigned numbers = 0, loose = 0, spoken_digits = 0, figures = 0;
    auto end = i;
    auto p = i;
    while (p - i < longest_run) {
        if (p >= run.repeats_begin && p < run.repeats_end) { // seen before
            loose = 0;
            p = run.repeats_end;
            continue;
        }
        std::size_t repeats = 0;
        if (is_digit(t[p]) && numbers > 0) { // "null eins 7 1"
            auto const e = t.skip(p, is_digit, 12);
            if (e - p > 4 || is_word(t[e])) break;
            spoken_digits += static_cast<unsigned>(e - p);
            end = e;
            loose = 0;
            p = e;
        } else {
            auto const e = end_of_word(t, p);
            if (e == p) break;
            folded const word(t, p, e);
            auto const w = word.view();
            if (known_repeats.has(w)) {
                loose = 0;
                repeats = p;
            } else if (auto const n = count_numbers(w)) {
                numbers += n;
                figures += w.size() > 6 ? 2 : 1;
                end = e;
                loose = 0;
            } else if (!(numbers > 0 && known_fillers.has(w) && ++loose <= 2)) {
                break;
            }
            p = e;
        }
        auto const next = t.skip(p, separates_words, 8);
        if (next == p) break;
        if (repeats) {
            if (run.repeats_end != repeats) run.repeats_begin = repeats;
            run.repeats_end = next;
        }
        p = next;
    }
    // Numbers of two digits need fewer words, if the first says that it is dialled.
    bool const enough =
        numbers + spoken_digits >= 7 || (dialled && numbers >= 5 && figures + spoken_digits >= 8);
    if (!enough || numbers < 4) {
        // A walk that begins at a word of this one ends here as well, and counts no more than this.
        bool const whole = p - i < longest_run;
        if (whole && (numbers < 4 || numbers + spoken_digits < 7))
            run.none_until = std::max(run.none_until, p);
        if (whole && (numbers < 4 || (numbers < 5 && numbers + spoken_digits < 7)))
            run.few_until = std::max(run.few_until, p);
        return {};
    }
    return {mask_type::phone_spoken, begin_of_spoken(t, i), end};
}

namespace {

constexpr std::string_view dots[] = {"punkt", "dot", "point", "pkt"};
constexpr std::string_view joints[] = {"punkt", "dot", "minus", "bindestrich", "unterstrich",
    "plus", "dash", "hyphen", "underscore", "strich", "point", "pkt"};
constexpr std::string_view endings[] = {"de", "com", "net", "org", "at", "ch", "info", "eu", "biz",
    "io", "co", "uk", "fr", "it", "nl", "es", "pl", "us", "edu", "gov", "me", "dev", "app", "ai",
    "online", "email", "berlin", "example", "test", "koeln", "hamburg", "tv", "cc", "shop", "cloud",
    "kom", "dee"};

constexpr std::string_view ats[] = {
    "at", "aet", "ett", "klammeraffe", "affenschwanz", "affe", "klammeraff"};

constexpr word_set known_dots(dots);
constexpr word_set known_joints(joints);
constexpr word_set known_endings(endings);
constexpr word_set known_ats(ats);

/// anna (at) example [dot] com
bool is_bracket(byte c) noexcept
{
    return c == '(' || c == ')' || c == '[' || c == ']' || c == '{' || c == '}';
}

std::size_t trimmed_back(text t, std::size_t i, bool bracketed) noexcept
{
    return t.skip_back(
        i, [=](byte c) { return is_space(c) || (bracketed && is_bracket(c)); }, 3);
}

/// The word before `i` across one blank; its begin. `i` if there is none.
std::size_t word_before(text t, std::size_t i, bool bracketed) noexcept
{
    auto p = trimmed_back(t, i, bracketed);
    if (p == i && p != t.end()) return i;
    auto const b = t.skip_back(
        p, [](byte c) { return is_word(c) || c == '_' || c == '.' || c == '-'; }, longest_word);
    return b == p || !is_word(t[p - 1]) ? i : b; // "anna.schmidt", but not the end of a sentence
}

/// What is said before an address and is no part of it.
bool names_nobody(std::string_view word) noexcept
{
    static constexpr std::string_view words[] = {"ist", "lautet", "an", "unter", "is", "to", "at",
        "mail", "email", "adresse", "address", "mailadresse", "und", "and", "oder", "or", "also",
        "dann", "bitte", "please", "ja", "yes", "genau", "meine", "my", "die", "the", "um", "am",
        "user", "agent", "caller", "it", "its", "zwar", "aeh", "uh", "um"};
    static constexpr word_set known(words);
    return known.has(word);
}

bool is_month(std::string_view word) noexcept
{
    static constexpr std::string_view months[] = {"januar", "februar", "maerz", "april", "mai",
        "juni", "juli", "august", "september", "oktober", "november", "dezember", "january",
        "february", "march", "may", "june", "july", "october", "december", "jan", "feb", "mar",
        "apr", "jun", "jul", "aug", "sep", "okt", "oct", "nov", "dez", "dec", "mrz", "jaenner"};
    static constexpr word_set known(months);
    return known.has(word);
}

/// Whether the word [b, e) may be one of `dots`, or have one behind it.
bool may_be_dot(text t, std::size_t b, std::size_t e) noexcept
{
    auto const first = lower(t[b]);
    return first == 'd' || first == 'p' || t[e] == '.';
}

/// Whether the words from `p` on may hold a dot before they end.
bool may_hold_dot(text t, std::size_t p, mail_run& run) noexcept
{
    constexpr std::size_t most_words = 9;
    if (p < run.begin || p >= run.end) {
        run.begin = run.end = p;
        while (true) {
            auto const e = t.skip(run.end, is_word, longest_word + 10);
            run.dot = e > run.end && may_be_dot(t, run.end, e);
            if (e == run.end || run.dot) break;
            run.end = t.skip(
                e, [](byte c) { return is_space(c) || c == '-'; }, 3);
            if (run.end == e) break;
        }
        if (run.begin == run.end) return run.dot;
    }
    return run.dot && run.end - p < most_words * (longest_word + 14);
}

} // namespace

void add_number_words(word_filter& f) noexcept
{
    for (auto const& list : {std::span<std::string_view const>(german_ones),
             std::span<std::string_view const>(other_numbers),
             std::span<std::string_view const>(tens), std::span<std::string_view const>(repeats)})
        for (auto const& w : list)
            if (w != "o") f.add(w, word_filter::number); // alone it begins no number
    for (auto const& w : ats) f.add(w, word_filter::at_sign);
}

hit find_spoken_mail(text t, std::size_t i, mail_run& run) noexcept
{
    bool const sign = t[i] == '@'; // anna punkt schmidt @ web punkt de
    auto const e = sign ? i + 1 : end_of_word(t, i);
    bool const bracketed = is_bracket(t.before(i));
    if (!sign && !known_ats.has(folded(t, i, e).view())) return {};
    if (t.before(i) != ' ' && !bracketed) return {};
    auto const parts_mail = [&](byte c) { return is_space(c) || (bracketed && is_bracket(c)); };
    // The domain: words up to a dot and an ending.
    auto p = t.skip(e, parts_mail, 3);
    if (p == e) return {};
    if (!bracketed && !may_hold_dot(t, p, run)) return {};
    std::size_t end = 0;
    bool dot = false;
    for (unsigned words = 0; words < 9; ++words) {
        auto const b = p;
        auto const stop = t.skip(b, is_word, longest_word + 10);
        if (stop == b) break;
        bool const alone = t.before(b) == '[' && t[stop] == ']'; // a mask
        if (alone && !known_dots.has(folded(t, b, stop).view())) break;
        if (!dot && end == 0 && !may_be_dot(t, b, stop)) { // says nothing
            p = t.skip(
                stop, [&](byte c) { return parts_mail(c) || c == '-'; }, 3);
            if (p == stop) break;
            continue;
        }
        folded const w(t, b, stop);
        if (dot && stop - b == 1 && t[stop] == ' ' && is_alpha(t[stop + 1]) && !is_word(t[stop + 2]))
        {
            char const spelled[] = {
                static_cast<char>(lower(t[b])), static_cast<char>(lower(t[stop + 1]))};
            if (known_endings.has(std::string_view(spelled, 2))) end = stop + 2; // "D E"
            break;
        }
        if (dot && t.before(b) != '[' && known_endings.has(w.view())) { // no mask is an ending
            end = stop;
        } else if (end != 0 && !known_joints.has(w.view())) {
            break;
        }
        dot = known_dots.has(w.view());
        if (t[stop] == '.' && is_word(t[stop + 1])) { // "ät web.de", but not "q @ k.me"
            if (sign) break;
            auto const tld = t.skip(stop + 1, is_word, 10);
            // "thrown at com.example.Main" and "at main.c:12" are no addresses
            auto const behind = t[tld];
            bool const more = (behind == '.' || behind == '(' || behind == ':' || behind == '_' ||
                                  behind == '/') &&
                is_word(t[tld + 1]);
            if (words == 0 && !more && known_endings.has(folded(t, stop + 1, tld).view()))
                end = tld;
            break;
        }
        p = t.skip(
            stop, [&](byte c) { return parts_mail(c) || c == '-'; }, 3);
        if (p == stop) break;
    }
    if (end == 0) return {};
    // The name before it: words joined by punkt, minus, ..., or spelled letter by letter.
    auto begin = word_before(t, i, bracketed);
    if (begin == i || (sign && is_digit(t[begin]))) return {}; // 10 @ 12
    bool single = trimmed_back(t, i, bracketed) - begin == 1;
    // meier 49 ät web punkt de: a number says that more stands before it.
    auto const numbered = [&](std::size_t first, std::size_t stop) {
        return (stop - first <= 4 && is_digit(t[first])) || is_number(folded(t, first, stop).view());
    };
    bool only_numbers = numbered(begin, trimmed_back(t, i, bracketed));
    for (unsigned words = 0; words < 30; ++words) {
        auto const before = word_before(t, begin, bracketed);
        if (before == begin) break;
        auto const stop = trimmed_back(t, begin, bracketed);
        folded const w(t, before, stop);
        if (known_joints.has(w.view())) {
            only_numbers = false;
            auto const more = word_before(t, before, bracketed);
            if (more == before) break;
            single = trimmed_back(t, before, bracketed) - more == 1;
            begin = more;
        } else if ((single && stop - before == 1) || is_number(w.view()) ||
            (stop - before <= 4 && is_digit(t[before])))
        {
            begin = before;
            single = single || is_number(w.view());
            only_numbers = only_numbers && numbered(before, stop);
        } else if (only_numbers && !names_nobody(w.view())) {
            begin = before;
            only_numbers = single = false;
        } else {
            break;
        }
    }
    return {mask_type::email_spoken, begin, end};
}

hit find_date(text t, std::size_t i) noexcept
{
    auto const number = [&](std::size_t& p, std::size_t most) {
        auto const b = p;
        unsigned v = 0;
        while (p - b < most && is_digit(t[p])) v = v * 10 + (t[p++] - '0');
        return p == b ? 9999u : v;
    };
    auto p = i;
    if (is_alpha(t[i])) { // May 3, 1987
        auto const e = end_of_word(t, i);
        if (!is_month(folded(t, i, e).view())) return {};
        p = t.skip(e, is_blank, 2);
        auto const day = number(p, 2);
        if (p == e || day < 1 || day > 31) return {};
        p = t.skip(
            p, [](byte c) { return c == ' ' || c == ',' || is_alpha(c); }, 4);
        auto const b = p;
        number(p, 4);
        return p - b == 4 ? hit{mask_type::date_of_birth, i, p} : hit{};
    }
    auto const first = number(p, 4);
    if (first == 9999) return {};
    if (p - i == 4) { // 1987-05-03
        auto const c = t[p];
        if (first < 1880 || first > 2100 || (c != '-' && c != '/' && c != '.')) return {};
        ++p;
        auto const month = number(p, 2);
        if (month < 1 || month > 12 || t[p] != c) return {};
        ++p;
        auto const day = number(p, 2);
        return day >= 1 && day <= 31 && !is_digit(t[p]) ? hit{mask_type::date_of_birth, i, p}
                                                        : hit{};
    }
    if (p - i > 2 || first < 1 || first > 31) return {};
    if (t[p] == '.') ++p;
    else if (t[p] != '/' && t[p] != '-' && t[p] != ' ') return {};
    else if (t[p] != ' ') ++p;
    p = t.skip(p, is_blank, 2);
    if (is_digit(t[p])) {
        auto const second = number(p, 2);
        if (second < 1 || second > 31 || (t[p] != '.' && t[p] != '/' && t[p] != '-')) return {};
        p = t.skip(p + 1, is_blank, 1);
        auto const b = p;
        number(p, 4);
        return (p - b == 4 || p - b == 2) && !is_digit(t[p]) ? hit{mask_type::date_of_birth, i, p}
                                                             : hit{};
    }
    auto const e = end_of_word(t, p);
    folded const month(t, p, e);
    if (!is_month(month.view())) return {};
    p = t.skip(
        e, [](byte c) { return c == ' ' || c == ',' || c == '.'; }, 3);
    auto const b = p;
    number(p, 4);
    return p - b == 4 || p - b == 2 ? hit{mask_type::date_of_birth, i, p} : hit{};
}

namespace {

/// Of what the first characters of base64 stand for, so many may be.
constexpr std::size_t most_strange = 2;

/// Bytes that no text has; as many as are asked for, or one more.
std::size_t strange_bytes(byte const* p, std::size_t n, std::size_t most) noexcept
{
    std::size_t strange = 0;
    for (std::size_t k = 0; k < n && strange <= most; ++k) {
        auto const c = p[k];
        if (c < 0x80) {
            strange += (c < 0x20 && !is_space(c)) || c == 0x7f;
            continue;
        }
        std::size_t const more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        std::size_t valid = 0;
        while (valid < more && k + 1 < n && (p[k + 1] & 0xc0) == 0x80) ++valid, ++k;
        strange += c < 0xc2 || c >= 0xf5 || (valid < more && k + 1 < n);
    }
    return strange;
}

} // namespace

bool may_be_blob(text t, std::size_t i, bool inside) noexcept
{
    constexpr std::size_t looked_at = 12;
    if (i < t.begin() || i + looked_at > t.end()) return false;
    auto const* const p = t.data() + i;
    bool all = true, hex = true;
    for (std::size_t k = 0; k < looked_at; ++k) {
        all = all && (inside ? is_alnum(p[k]) : is_base64(p[k]));
        hex = hex && is_hex(p[k]);
    }
    if (!all) return false;
    if (hex) return true;
    byte decoded[looked_at];
    auto const size = decode_base64(t, i, i + looked_at, decoded, looked_at);
    return strange_bytes(decoded, size, most_strange) <= most_strange;
}

bool find_blob(text t, std::size_t i, blob& b) noexcept
{
    constexpr std::size_t least = 24, most = sizeof b.decoded / 3 * 4;
    // Behind a slash or hyphen only what has none itself is a run of its own.
    auto const before = t.before(i);
    bool const inside = is_base64(before);
    auto end = inside ? t.skip(i, is_alnum, most) : t.skip(i, is_base64, most);
    auto const padded = t.skip(
        end, [](byte c) { return c == '='; }, 2);
    if (padded - i < least) return false;
    b.size = 0;
    // Text in base64 mixes capitals and digits into the first of it; names of things do not.
    bool mixed = false;
    auto const head = std::min(end, i + least);
    for (auto p = i; p < head; ++p) mixed = mixed || is_digit(t[p]) || is_upper(t[p]);
    if (!mixed) return false;
    // Hex first: it is also base64.
    auto const hex_end = t.skip(i, is_hex, most);
    if (hex_end == end && (end - i) % 2 == 0) {
        for (auto p = i; p + 1 < end && b.size < sizeof b.decoded; p += 2)
            b.decoded[b.size++] = static_cast<byte>(hex_digit(t[p]) * 16 + hex_digit(t[p + 1]));
    } else {
        auto const first = decode_base64(t, i, head, b.decoded, sizeof b.decoded);
        if (strange_bytes(b.decoded, first, most_strange) > most_strange) return false;
        b.size = decode_base64(t, i, end, b.decoded, sizeof b.decoded);
        while (t[end] == '=' && end - i < most) ++end;
    }
    b.end = end;
    auto const most_of_all = b.size / 16;
    return b.size >= 12 && strange_bytes(b.decoded, b.size, most_of_all) <= most_of_all;
}

bool says_number(text t, std::size_t b, std::size_t e) noexcept
{
    if (e - b > longest_word) return false;
    if (std::any_of(t.data() + b, t.data() + e, [](byte c) { return is_digit(c) || c == '@'; }))
        return true;
    while (e > b && !is_word(t[e - 1])) --e;
    return is_number(folded(t, b, e).view());
}

std::string_view fold_word(text t, std::size_t b, std::size_t e, folded_chars& out) noexcept
{
    return {out.data(), fold_into(out.data(), t, b, e)};
}

bool is_word_like(text t, std::size_t b, std::size_t e, std::string_view ascii) noexcept
{
    return folded(t, b, e).view() == ascii;
}

} // namespace trunkline::mask_detail
