#pragma once

#include <trunkline/mask/types.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace trunkline {

namespace mask_detail {
class policy_data;
}

/**
 * What is masked, where, and how. Immutable; copies share one state and may be used by any number
 * of threads at once, before and after fork().
 */
class mask_policy {
public:
    class builder;

    /// Bytes of a known secret.
    static constexpr std::size_t shortest_secret = 8;
    static constexpr std::size_t longest_secret = 512;

    /// The rules of the library alone; no token key.
    static mask_policy defaults();
    /**
     * For what is shown to those who run the agents: secrets, cards and IBANs go as in defaults(),
     * in every zone; numbers, addresses, names and transcripts stay, because they are what these
     * people work on.
     */
    static mask_policy for_operators();
    /**
     * Reads a policy file, a JSON document (docs/masker.md): {"actions": {"log": {"phone":
     * "full"}}, "keys": {"patient_no": "medical_id"}, "allow_keys": [...], "token_key": {"id": ...,
     * "env": ...}, "secrets_env": [...], "max_input": ...}. Secrets are named by environment
     * variable, never written in the file. Throws std::invalid_argument with one line that says
     * what is wrong where.
     */
    static mask_policy from_json(std::string_view text);

    mask_action action(mask_type type, mask_zone zone) const noexcept;
    std::size_t max_input() const noexcept;

    /// For the library's own use.
    mask_detail::policy_data const& data() const noexcept { return *data_; }

private:
    explicit mask_policy(std::shared_ptr<mask_detail::policy_data const> data) noexcept;
    std::shared_ptr<mask_detail::policy_data const> data_;
};

/// Puts a policy together. Not for concurrent use.
class mask_policy::builder {
public:
    builder();
    /// Starts from an existing policy.
    explicit builder(mask_policy const& base);
    builder(builder&&) noexcept;
    builder& operator=(builder&&) noexcept;
    ~builder();

    /// Throws std::invalid_argument if that would keep a secret in the zones log, error or
    /// webhook_out.
    builder& action(mask_type type, mask_zone zone, mask_action action);
    /// Values under keys that end in these words go as `type`: "patient no" matches patientNo,
    /// patient_no, X-Patient-No. Throws std::invalid_argument if `words` has no letter.
    builder& sensitive_key(std::string_view words, mask_type type);
    /// Values under keys that end in these words are looked at, but not masked for their key.
    /// Throws std::invalid_argument for the name of a secret ("password").
    builder& harmless_key(std::string_view words);
    /**
     * Key and id of pseudonyms: one per tenant. Dropping the key makes its pseudonyms anonymous.
     * Throws std::invalid_argument unless `key` has 16 bytes or more and `id` is 1 to 8 letters or
     * digits.
     */
    builder& token_key(std::string_view id, std::string_view key);
    /// Masked wherever it appears, also escaped, percent-encoded and in base64. Throws
    /// std::invalid_argument unless it has 8 to 512 bytes.
    builder& secret(std::string_view value);
    /// Masked wherever it stands as a whole (not within a word), also with the escapes of JSON and
    /// URLs. Throws std::invalid_argument unless it has 4 to 512 bytes.
    builder& value(std::string_view value, mask_type type);
    /// Stays wherever it is found as a value, in any case; a telephone number in any spelling. Has
    /// no say over types that open something. Throws std::invalid_argument unless it has 4 to 512
    /// bytes and there is a reason.
    builder& harmless_value(std::string_view value, std::string_view reason);
    /**
     * What the expression (RE2, at most 1,000 bytes) matches goes as `type`, up to the first quote,
     * backslash or line end. Applied to what the library's own rules left; at most 1 KiB a match.
     * Throws std::invalid_argument: no name; more than 64 patterns; a wrong expression, one that is
     * too large or matches the empty text; a library without RE2.
     */
    builder& pattern(std::string_view name, std::string_view expression, mask_type type);
    /// Values that match the expression as a whole stay. As harmless_value() and pattern().
    builder& harmless_pattern(std::string_view expression, std::string_view reason);
    /// Whether this library was built with RE2.
    static bool has_patterns() noexcept;
    /// Bytes of one call at most; 64 MiB unless set.
    builder& max_input(std::size_t bytes);
    /// Searches candidates without SIMD; for comparisons in tests.
    builder& scalar_only(bool on = true);
    /// The step of every call that fails, as a broken invariant would; 0: none. For tests: a step
    /// is a round over the text or a mask.
    builder& fail_at(std::size_t step);

    mask_policy build() const;

private:
    std::unique_ptr<mask_detail::policy_data> data_;
};

} // namespace trunkline
