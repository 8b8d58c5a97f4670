#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace trunkline {

/// Where bytes are about to go; decides how much may be seen there.
enum class mask_zone : std::uint8_t { log, error, api, webhook_out, export_, transcript };
inline constexpr std::size_t mask_zone_count = 6;

/// What is done with a value of a type in a zone.
enum class mask_action : std::uint8_t {
    keep,  ///< Stays; what it holds is still looked at.
    full,  ///< "[PHONE]"
    last2, ///< "[PHONE:*12]"
    last4, ///< "[CREDIT_CARD:*4242]"
    token, ///< "[PHONE:k3:7q2m4tz8xw]", a keyed pseudonym; full while no token key is set.
    drop,  ///< As full, and without looking inside.
};

/// Everything that is recognised. Values are stable: they cross the C ABI.
enum class mask_type : std::uint8_t {
    phone,
    phone_spoken,
    email,
    email_spoken,
    person_name,
    address,
    date_of_birth,
    transcript,
    capability_url,
    credit_card,
    cvv,
    iban,
    pin_otp,
    password,
    generic_secret,
    url_password,
    url_query_secret,
    bearer_token,
    basic_auth,
    cookie,
    jwt,
    private_key,
    retell_api_key,
    openai_key,
    anthropic_key,
    google_api_key,
    elevenlabs_key,
    calcom_key,
    stripe_key,
    webhook_secret,
    github_token,
    slack_token,
    sendgrid_key,
    aws_access_key_id,
    aws_secret_key,
    twilio_auth_token,
    de_tax_id,
    de_svnr,
    de_kvnr,
    de_id_card,
    us_ssn,
    id_document,
    medical_id,
    bank_account,
    customer_account_number,
    ip_address,
    encoded_secret,
    encoded_pii,
    digits, ///< Seven digits or more in speech; only zone transcript masks them.
};
inline constexpr std::size_t mask_type_count = 49;

/// How a value was recognised.
enum class mask_reason : std::uint8_t { value, key, path, context, known_secret, encoded, rule };
inline constexpr std::size_t mask_reason_count = 7;

/// "PHONE", "DATE_OF_BIRTH", ...: what masks, policies and counters are labelled with.
std::string_view name(mask_type type) noexcept;
/// "log", "error", "api", "webhook_out", "export", "transcript".
std::string_view name(mask_zone zone) noexcept;
/// "keep", "full", "last2", "last4", "token", "drop".
std::string_view name(mask_action action) noexcept;
/// "value", "key", "path", "context", "known_secret", "encoded", "rule" (one of an operator).
std::string_view name(mask_reason reason) noexcept;

/// The inverse of name(); letters of either case. Also Retell's own names of personal data
/// ("phone_number", "ssn", "driver_license", ...).
std::optional<mask_type> mask_type_of(std::string_view name) noexcept;
std::optional<mask_zone> mask_zone_of(std::string_view name) noexcept;
std::optional<mask_action> mask_action_of(std::string_view name) noexcept;

/// Whether a value of this type opens something (keys, passwords, tokens, PINs): no rule of an
/// operator may keep it in the zones log, error and webhook_out.
bool is_secret(mask_type type) noexcept;

/// What a policy does unless told otherwise (docs/masker.md has the table).
mask_action default_action(mask_type type, mask_zone zone) noexcept;

/// How many values were masked, by type and by reason. A value; not synchronised.
class mask_counts {
public:
    std::uint64_t total() const noexcept;
    std::uint64_t of(mask_type t) const noexcept { return types_[static_cast<std::size_t>(t)]; }
    std::uint64_t of(mask_reason r) const noexcept { return reasons_[static_cast<std::size_t>(r)]; }
    void add(mask_type t, mask_reason r, std::uint64_t n = 1) noexcept
    {
        types_[static_cast<std::size_t>(t)] += n;
        reasons_[static_cast<std::size_t>(r)] += n;
    }
    /// For sums that were kept elsewhere.
    void set(mask_type t, std::uint64_t n) noexcept { types_[static_cast<std::size_t>(t)] = n; }
    void set(mask_reason r, std::uint64_t n) noexcept { reasons_[static_cast<std::size_t>(r)] = n; }
    mask_counts& operator+=(mask_counts const& other) noexcept;
    /// What came since `earlier`, a state of the same sum.
    friend mask_counts operator-(mask_counts later, mask_counts const& earlier) noexcept
    {
        for (std::size_t i = 0; i < mask_type_count; ++i) later.types_[i] -= earlier.types_[i];
        for (std::size_t i = 0; i < mask_reason_count; ++i)
            later.reasons_[i] -= earlier.reasons_[i];
        return later;
    }
    friend bool operator==(mask_counts const&, mask_counts const&) = default;

private:
    std::array<std::uint64_t, mask_type_count> types_{};
    std::array<std::uint64_t, mask_reason_count> reasons_{};
};

/// How a call ended. Anything but done means: what came out is a marker, nothing of the input.
enum class mask_status : std::uint8_t {
    done,
    limit,    ///< Larger than the policy or the caller's buffer allows: "[MASKER_LIMIT]".
    internal, ///< No memory, or a broken invariant of ours: "[MASKER_ERROR]".
};

} // namespace trunkline
