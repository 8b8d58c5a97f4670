#include <trunkline/mask/types.hpp>

#include <numeric>

namespace trunkline {
namespace {

constexpr std::array<std::string_view, mask_type_count> type_names = {"PHONE", "PHONE_SPOKEN",
    "EMAIL", "EMAIL_SPOKEN", "PERSON_NAME", "ADDRESS", "DATE_OF_BIRTH", "TRANSCRIPT",
    "CAPABILITY_URL", "CREDIT_CARD", "CVV", "IBAN", "PIN_OTP", "PASSWORD", "GENERIC_SECRET",
    "URL_PASSWORD", "URL_QUERY_SECRET", "BEARER_TOKEN", "BASIC_AUTH", "COOKIE", "JWT",
    "PRIVATE_KEY", "RETELL_API_KEY", "OPENAI_KEY", "ANTHROPIC_KEY", "GOOGLE_API_KEY",
    "ELEVENLABS_KEY", "CALCOM_KEY", "STRIPE_KEY", "WEBHOOK_SECRET", "GITHUB_TOKEN", "SLACK_TOKEN",
    "SENDGRID_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_KEY", "TWILIO_AUTH_TOKEN", "DE_TAX_ID",
    "DE_SVNR", "DE_KVNR", "DE_ID_CARD", "US_SSN", "ID_DOCUMENT", "MEDICAL_ID", "BANK_ACCOUNT",
    "CUSTOMER_ACCOUNT_NUMBER", "IP_ADDRESS", "ENCODED_SECRET", "ENCODED_PII", "DIGITS"};
constexpr std::array<std::string_view, mask_zone_count> zone_names = {
    "log", "error", "api", "webhook_out", "export", "transcript"};
constexpr std::array<std::string_view, 6> action_names = {
    "keep", "full", "last2", "last4", "token", "drop"};
constexpr std::array<std::string_view, mask_reason_count> reason_names = {
    "value", "key", "path", "context", "known_secret", "encoded", "rule"};

/// What Retell calls the types whose names differ.
constexpr std::pair<std::string_view, mask_type> retell_names[] = {
    {"phone_number", mask_type::phone}, {"ssn", mask_type::us_ssn},
    {"passport", mask_type::id_document}, {"driver_license", mask_type::id_document},
    {"pin", mask_type::pin_otp}};

char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool same(std::string_view a, std::string_view b) noexcept
{
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

template <class T, class Names>
std::optional<T> find_name(Names const& names, std::string_view text) noexcept
{
    for (std::size_t i = 0; i < names.size(); ++i)
        if (same(names[i], text)) return static_cast<T>(i);
    return std::nullopt;
}

} // namespace

std::string_view name(mask_type type) noexcept
{
    return type_names[static_cast<std::size_t>(type)];
}
std::string_view name(mask_zone zone) noexcept
{
    return zone_names[static_cast<std::size_t>(zone)];
}
std::string_view name(mask_action action) noexcept
{
    return action_names[static_cast<std::size_t>(action)];
}
std::string_view name(mask_reason reason) noexcept
{
    return reason_names[static_cast<std::size_t>(reason)];
}

std::optional<mask_type> mask_type_of(std::string_view text) noexcept
{
    for (auto const& [theirs, type] : retell_names)
        if (same(theirs, text)) return type;
    return find_name<mask_type>(type_names, text);
}
std::optional<mask_zone> mask_zone_of(std::string_view text) noexcept
{
    return find_name<mask_zone>(zone_names, text);
}
std::optional<mask_action> mask_action_of(std::string_view text) noexcept
{
    return find_name<mask_action>(action_names, text);
}

bool is_secret(mask_type type) noexcept
{
    switch (type) {
    case mask_type::cvv:
    case mask_type::encoded_secret: return true;
    case mask_type::iban: return false;
    default: return type >= mask_type::pin_otp && type <= mask_type::twilio_auth_token;
    }
}

mask_action default_action(mask_type type, mask_zone zone) noexcept
{
    using enum mask_action;
    auto const by_zone = [zone](mask_action log, mask_action error, mask_action api,
                             mask_action webhook, mask_action export_, mask_action transcript) {
        mask_action const row[] = {log, error, api, webhook, export_, transcript};
        return row[static_cast<std::size_t>(zone)];
    };
    switch (type) {
    case mask_type::credit_card:
    case mask_type::iban: return by_zone(last4, full, last4, full, full, full);
    case mask_type::phone:
    case mask_type::email: return by_zone(token, token, last4, full, token, full);
    case mask_type::person_name:
    case mask_type::address:
    case mask_type::date_of_birth: return by_zone(full, full, keep, full, full, full);
    case mask_type::transcript: return by_zone(drop, drop, keep, keep, drop, keep);
    case mask_type::capability_url:
    case mask_type::ip_address: return by_zone(full, full, keep, full, full, full);
    case mask_type::medical_id:
    case mask_type::bank_account:
    case mask_type::customer_account_number: return by_zone(last2, full, last2, full, full, full);
    case mask_type::digits: return by_zone(keep, keep, keep, keep, keep, full);
    default: return full;
    }
}

std::uint64_t mask_counts::total() const noexcept
{
    return std::accumulate(types_.begin(), types_.end(), std::uint64_t{0});
}

mask_counts& mask_counts::operator+=(mask_counts const& other) noexcept
{
    for (std::size_t i = 0; i < types_.size(); ++i) types_[i] += other.types_[i];
    for (std::size_t i = 0; i < reasons_.size(); ++i) reasons_[i] += other.reasons_[i];
    return *this;
}

} // namespace trunkline
