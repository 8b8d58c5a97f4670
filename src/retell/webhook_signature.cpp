#include <trunkline/core/crypto.hpp>
#include <trunkline/retell/webhook_signature.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace trunkline::retell {

namespace {

constexpr std::size_t time_digits = 13, digest_digits = 64;
constexpr std::int64_t first_time = 1'000'000'000'000, last_time = 9'999'999'999'999;

/// The two parts of the header's value.
class signature_parts {
public:
    std::string_view digits; ///< As they came: these are what was signed.
    std::int64_t time = 0;
    crypto::digest digest{};
};

int hex_value(char c) noexcept
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Takes a literal off the front.
bool skip(std::string_view& text, std::string_view literal) noexcept
{
    if (!text.starts_with(literal)) return false;
    text.remove_prefix(literal.size());
    return true;
}

std::optional<signature_parts> parse(std::string_view text) noexcept
{
    signature_parts out;
    if (!skip(text, "v=") || text.size() < time_digits) return {};
    out.digits = text.substr(0, time_digits);
    for (char const c : out.digits) {
        if (c < '0' || c > '9') return {};
        out.time = out.time * 10 + (c - '0');
    }
    text.remove_prefix(time_digits);
    if (out.time < first_time || !skip(text, ",d=") || text.size() != digest_digits) return {};
    for (std::size_t i = 0; i < out.digest.size(); ++i) {
        int const high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) return {};
        out.digest[i] = static_cast<unsigned char>(high << 4 | low);
    }
    return out;
}

std::string_view bytes_of(crypto::digest const& d) noexcept
{
    return {reinterpret_cast<char const*>(d.data()), d.size()};
}

} // namespace

std::string_view name(signature_result r) noexcept
{
    switch (r) {
    case signature_result::ok: return "ok";
    case signature_result::malformed: return "malformed";
    case signature_result::expired: return "expired";
    case signature_result::in_future: return "in_future";
    case signature_result::mismatch: return "mismatch";
    case signature_result::no_key: return "no_key";
    }
    return {};
}

signature_check verify_signature(std::string_view body, std::string_view header,
    std::span<std::string_view const> keys, std::int64_t now, std::chrono::milliseconds tolerance)
{
    signature_check out;
    auto const parts = parse(header);
    if (!parts) return out;
    out.result = signature_result::no_key;
    if (std::ranges::all_of(keys, &std::string_view::empty)) return out;

    // A clock before 1970 is a broken one, and its difference to a time might not fit.
    out.skew = std::chrono::milliseconds(std::max<std::int64_t>(now, 0) - parts->time);
    out.result = signature_result::expired;
    if (out.skew > tolerance) return out;
    out.result = signature_result::in_future;
    if (-out.skew > tolerance) return out;

    // All keys are tried, so that the time taken does not tell which one fits.
    std::size_t fitting = keys.size();
    for (std::size_t i = keys.size(); i-- > 0;) {
        if (keys[i].empty()) continue;
        auto const made = crypto::hmac_sha256(keys[i], body, parts->digits);
        if (crypto::equal_constant_time(bytes_of(made), bytes_of(parts->digest))) fitting = i;
    }
    out.result = fitting < keys.size() ? signature_result::ok : signature_result::mismatch;
    out.key = fitting < keys.size() ? fitting : 0;
    return out;
}

signature_check verify_signature(std::string_view body, std::string_view header,
    std::string_view key, std::int64_t now, std::chrono::milliseconds tolerance)
{
    return verify_signature(body, header, std::span(&key, 1), now, tolerance);
}

std::string make_signature(std::string_view body, std::string_view key, std::int64_t at)
{
    if (key.empty()) throw std::invalid_argument("a webhook key must not be empty");
    if (at < first_time || at > last_time)
        throw std::invalid_argument("the time of a signature must have 13 digits");
    auto const digits = std::to_string(at);
    return "v=" + digits + ",d=" + crypto::to_hex(crypto::hmac_sha256(key, body, digits));
}

} // namespace trunkline::retell
