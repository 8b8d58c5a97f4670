#include "detect.hpp"
#include "scan.hpp"
#include "word_filter.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <utility>

namespace trunkline::mask_detail {
namespace {

enum class alphabet : std::uint8_t { hex, alnum, upper, url, url_dot, base64 };

bool belongs(byte c, alphabet a) noexcept
{
    switch (a) {
    case alphabet::hex: return is_hex(c);
    case alphabet::alnum: return is_alnum(c);
    case alphabet::upper: return is_upper(c) || is_digit(c);
    case alphabet::url: return is_base64url(c);
    case alphabet::url_dot: return is_base64url(c) || c == '.';
    case alphabet::base64: return is_base64(c) || c == '=';
    }
    return false;
}

class shape {
public:
    std::string_view prefix;
    alphabet chars;
    std::uint16_t least, most; ///< Characters after the prefix.
    bool needs_digit;          ///< Guards against words joined by hyphens.
    mask_type type;
};

using enum mask_type;
// Longer prefixes before those they begin with.
constexpr shape shapes[] = {
    {"AIza", alphabet::url, 30, 60, false, google_api_key},
    {"AKIA", alphabet::upper, 16, 16, false, aws_access_key_id},
    {"ASIA", alphabet::upper, 16, 16, false, aws_access_key_id},
    {"SG.", alphabet::url_dot, 30, 120, true, sendgrid_key},
    {"cal_live_", alphabet::alnum, 16, 128, false, calcom_key},
    {"cal_test_", alphabet::alnum, 16, 128, false, calcom_key},
    {"cal_", alphabet::alnum, 20, 128, true, calcom_key},
    {"dop_v1_", alphabet::hex, 40, 64, false, generic_secret},
    {"ghp_", alphabet::alnum, 30, 255, false, github_token},
    {"gho_", alphabet::alnum, 30, 255, false, github_token},
    {"ghu_", alphabet::alnum, 30, 255, false, github_token},
    {"ghs_", alphabet::url, 30, 255, false, github_token},
    {"ghr_", alphabet::alnum, 30, 255, false, github_token},
    {"github_pat_", alphabet::url, 22, 255, false, github_token},
    {"glpat-", alphabet::url, 20, 64, false, generic_secret},
    {"hf_", alphabet::alnum, 30, 64, true, generic_secret},
    {"key_", alphabet::hex, 20, 64, true, retell_api_key},
    {"npm_", alphabet::alnum, 36, 64, true, generic_secret},
    {"pypi-", alphabet::url, 50, 255, true, generic_secret},
    {"rk_live_", alphabet::alnum, 10, 255, false, stripe_key},
    {"rk_test_", alphabet::alnum, 10, 255, false, stripe_key},
    {"shpat_", alphabet::hex, 32, 32, false, generic_secret},
    {"sk-ant-", alphabet::url, 16, 255, false, anthropic_key},
    {"sk-proj-", alphabet::url, 16, 255, true, openai_key},
    {"sk-svcacct-", alphabet::url, 16, 255, true, openai_key},
    {"sk-", alphabet::url, 20, 255, true, openai_key},
    {"sk_live_", alphabet::alnum, 10, 255, false, stripe_key},
    {"sk_test_", alphabet::alnum, 10, 255, false, stripe_key},
    {"sk_", alphabet::hex, 40, 64, false, elevenlabs_key},
    {"whsec_", alphabet::base64, 16, 128, false, webhook_secret},
    {"xapp-", alphabet::url, 10, 255, true, slack_token},
    {"xoxa-", alphabet::url, 10, 255, true, slack_token},
    {"xoxb-", alphabet::url, 10, 255, true, slack_token},
    {"xoxe-", alphabet::url, 10, 255, true, slack_token},
    {"xoxe.xoxp-", alphabet::url, 10, 255, true, slack_token},
    {"xoxo-", alphabet::url, 10, 255, true, slack_token},
    {"xoxp-", alphabet::url, 10, 255, true, slack_token},
    {"xoxr-", alphabet::url, 10, 255, true, slack_token},
    {"xoxs-", alphabet::url, 10, 255, true, slack_token},
    {"ya29.", alphabet::url_dot, 20, 255, true, generic_secret},
};

/// The shapes that begin with each character: they stand side by side.
constexpr auto shapes_of = [] {
    std::array<std::pair<std::uint8_t, std::uint8_t>, 256> t{};
    for (std::uint8_t k = 0; k < std::size(shapes); ++k) {
        auto& [begin, end] = t[static_cast<byte>(shapes[k].prefix[0])];
        if (begin == end) begin = k;
        end = k + 1;
    }
    return t;
}();

/// The first characters of each, up to four, and which of them count.
class first_four {
public:
    std::uint32_t chars = 0, mask = 0;
};
constexpr auto prefixes = [] {
    std::array<first_four, std::size(shapes)> t{};
    for (std::size_t k = 0; k < t.size(); ++k)
        for (std::size_t n = 0; n < 4 && n < shapes[k].prefix.size(); ++n) {
            t[k].chars |= std::uint32_t{static_cast<byte>(shapes[k].prefix[n])} << (8 * n);
            t[k].mask |= std::uint32_t{0xff} << (8 * n);
        }
    return t;
}();

constexpr std::size_t github_length = 36; ///< 30 at random, and their CRC-32 in base 62.

/// Whether the token of GitHub's whose random part begins at `b` ends in its checksum.
bool has_checksum(text t, std::size_t b) noexcept
{
    static constexpr std::string_view digits =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::uint32_t crc = 0xffffffff;
    for (auto i = b; i < b + github_length - 6; ++i) {
        crc ^= t[i];
        for (int k = 0; k < 8; ++k) crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1)));
    }
    crc = ~crc;
    for (auto i = b + github_length; i > b + github_length - 6; crc /= 62)
        if (t[--i] != static_cast<byte>(digits[crc % 62])) return false;
    return true;
}

/// Whether no digit stands in the run of such characters that begins at `i`, or far away.
bool lacks_digit(text t, std::size_t i, shape const& s, token_run& run) noexcept
{
    auto const no_digit = [](byte c) { return !is_digit(c) && (is_base64url(c) || c == '.'); };
    if (i < run.begin || i > run.end) {
        run.begin = i;
        run.end = t.skip(i, no_digit);
    }
    return run.end - i >= s.most || !is_digit(t[run.end]);
}

hit match(text t, std::size_t i, shape const& s, token_run& run) noexcept
{
    if (!t.starts(i, s.prefix)) return {};
    auto const begin = i + s.prefix.size();
    if (s.needs_digit && lacks_digit(t, begin, s, run)) return {};
    auto end = begin;
    bool digit = false, letter = false;
    while (end - begin < s.most && belongs(t[end], s.chars)) {
        digit = digit || is_digit(t[end]);
        letter = letter || is_alpha(t[end]);
        ++end;
    }
    if (s.chars == alphabet::url_dot)
        while (end > begin && t[end - 1] == '.') --end;
    // Where its checksum is right a token ends, whatever follows; else all that could be one goes.
    if (s.type == github_token && s.prefix.size() == 4 && end - begin > github_length &&
        has_checksum(t, begin))
        return {s.type, i, begin + github_length};
    if (end - begin < s.least || (s.needs_digit && !(digit && letter))) return {};
    if (lower(t[begin]) == 'x' && // AKIAXXXXXXXXXXXXXXXX
        std::all_of(t.data() + begin, t.data() + end, [&](byte c) { return c == t[begin]; }))
        return {};
    if (is_word(t[end]) && s.chars != alphabet::upper) { // longer than any of its kind
        end = t.skip(end, is_base64url, 1024);
    } else if (is_alnum(t[end])) {
        return {};
    }
    return {s.type, i, end};
}

/// Whether "{" and a quote or white space could be in base64 here.
bool may_be_jwt(text t, std::size_t i) noexcept
{
    auto const second = t[i + 1], third = t[i + 2];
    if (second == 'y') return third == 'J' || third == 'A';
    return second == 'w' && (third == 'o' || third == '0' || third == 'k');
}

/// eyJ...: an object's first bytes in base64.
hit find_jwt(text t, std::size_t i) noexcept
{
    if (!is_base64url(t[i + 3]) || !is_base64url(t[i + 11])) return {};
    auto const far = std::min(t.end(), i + 1025);
    if (!std::memchr(t.data() + i, '.', far - i)) return {};
    auto const first = t.skip(i, is_base64url, 1024);
    if (first - i < 12 || t[first] != '.') return {};
    std::array<byte, 768> header;
    auto const size = decode_base64(t, i, first, header.data(), header.size());
    std::string_view const json(reinterpret_cast<char const*>(header.data()), size);
    if (json.find("\"alg\"") == json.npos && json.find("\"typ\"") == json.npos &&
        json.find("\"enc\"") == json.npos)
        return {};
    auto end = t.skip(first, [](byte c) { return is_base64url(c) || c == '.'; });
    while (t[end - 1] == '.') --end;
    return end > first + 4 ? hit{jwt, i, end} : hit{};
}

constexpr std::string_view schemes[] = {
    "bearer", "basic", "token", "digest", "negotiate", "apikey", "api-key", "ntlm", "hmac"};

} // namespace

void add_token_words(word_filter& f) noexcept
{
    for (auto const& s : shapes) f.add(s.prefix, word_filter::token);
    for (std::string_view const w : {"eyj", "eya", "ewo", "ew0", "ewk"})
        f.add(w, word_filter::token);
    f.add("hooks", word_filter::token);
    // A Twilio account: its length alone makes it worth a look.
    for (std::string_view const w : {"ac", "aca", "acb", "acc", "acd", "ace", "acf"})
        f.add(w, word_filter::token, false);
    for (auto const& s : schemes) f.add(s, word_filter::scheme);
}

hit find_token(text t, std::size_t i, token_run& run) noexcept
{
    auto const c = t[i];
    if (c == 'e' && may_be_jwt(t, i)) return find_jwt(t, i);
    if (c == 'h' && t.starts(i, "hooks.slack.com/services/")) {
        auto const begin = i + 25;
        auto const end = t.skip(
            begin, [](byte b) { return is_base64(b); }, 200);
        return {slack_token, begin, end};
    }
    auto const [begin, end] = shapes_of[c];
    auto const four = std::uint32_t{t[i]} | (std::uint32_t{t[i + 1]} << 8) |
        (std::uint32_t{t[i + 2]} << 16) | (std::uint32_t{t[i + 3]} << 24);
    for (auto k = begin; k < end; ++k)
        if ((four & prefixes[k].mask) == prefixes[k].chars)
            if (auto const h = match(t, i, shapes[k], run)) return h;
    return {};
}

bool is_scheme(text t, std::size_t b, std::size_t e) noexcept
{
    return std::ranges::any_of(
        schemes, [&](auto s) { return e - b == s.size() && t.starts_like(b, s); });
}

hit find_scheme(text t, std::size_t i, bool sure) noexcept
{
    for (auto const& s : schemes) {
        if (!t.starts_like(i, s)) continue;
        auto const gap = i + s.size();
        auto begin = t.skip(gap, is_blank, 4);
        if (begin == gap || is_quote(t[begin]) || t[begin] == '[' || t[begin] == '<' ||
            t[begin] == '{' || t[begin] == '$')
            return {};
        if (s == "digest") { // name="value", ...: only the answer and the user are secret, all goes
            if (!sure && !t.starts_like(begin, "username=") && !t.starts_like(begin, "realm="))
                return {};
            auto end = find_line_break(t.data(), begin, std::min(t.end(), begin + 1000));
            if (sure) return {basic_auth, begin, end};
            while (end > begin && (is_quote(t[end - 1]) || is_space(t[end - 1]))) --end;
            return {basic_auth, begin, end + (is_quote(t[end]) ? 1u : 0u)};
        }
        if (s == "token" && t.starts_like(begin, "token="))
            begin += 6 + (is_quote(t[begin + 6]) ? 1u : 0u);
        auto end = t.skip(begin, in_credentials, 3000);
        while (end > begin && (t[end - 1] == '.' || t[end - 1] == ':')) --end;
        if (end == begin) return {};
        auto const type = s == "basic" ? basic_auth : bearer_token;
        if (sure) return {type, begin, end};
        bool digit = false, upper = false, low = false;
        for (auto k = begin; k < end; ++k) {
            digit = digit || is_digit(t[k]);
            upper = upper || (k > begin && is_upper(t[k]));
            low = low || is_lower(t[k]);
        }
        auto const length = end - begin;
        if (type == basic_auth) {
            std::array<byte, 512> out;
            auto const n = decode_base64(t, begin, end, out.data(), out.size());
            auto const colon = std::find(out.data(), out.data() + n, ':') != out.data() + n;
            auto const printable =
                std::all_of(out.data(), out.data() + n, [](byte b) { return b >= 0x20; });
            return length >= 8 && colon && printable ? hit{type, begin, end} : hit{};
        }
        if (s == "bearer" ? length >= 8 && (digit || (upper && low)) : length >= 16 && digit)
            return {type, begin, end};
        if (s == "bearer" && length >= 24) return {type, begin, end};
        return {};
    }
    return {};
}

/// By a table: which kind a character is of cannot be foreseen.
static constexpr byte no_value = 64;
static constexpr std::array<byte, 256> base64_values = [] {
    std::array<byte, 256> t{};
    for (unsigned n = 0; n < 256; ++n) {
        auto const c = static_cast<byte>(n);
        t[n] = static_cast<byte>(is_upper(c) ? c - 'A'
                : is_lower(c)                ? c - 'a' + 26
                : is_digit(c)                ? c - '0' + 52
                : c == '+' || c == '-'       ? 62
                : c == '/' || c == '_'       ? 63
                                             : no_value);
    }
    return t;
}();

std::size_t decode_base64(
    text t, std::size_t b, std::size_t e, byte* out, std::size_t capacity) noexcept
{
    unsigned bits = 0, count = 0;
    std::size_t n = 0;
    for (; b < e && n < capacity; ++b) {
        unsigned const v = base64_values[t[b]];
        if (v == no_value) break;
        bits = (bits << 6) | v;
        if ((count += 6) >= 8) out[n++] = static_cast<byte>(bits >> (count -= 8));
    }
    return n;
}

} // namespace trunkline::mask_detail
