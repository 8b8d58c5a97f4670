#pragma once

#include "keys.hpp"
#include "rules.hpp"
#include "scan.hpp"
#include "short_key.hpp"
#include "word_filter.hpp"

#include <trunkline/mask/policy.hpp>

#include <array>
#include <string>
#include <vector>

namespace trunkline::mask_detail {

/// What a policy holds; never changed once built.
class policy_data {
public:
    policy_data();

    mask_action action(mask_type t, mask_zone z) const noexcept
    {
        return actions[static_cast<std::size_t>(z)][static_cast<std::size_t>(t)];
    }
    bool has_tokens() const noexcept { return !token_key.empty(); }
    void add_secret(std::string_view value);
    /// To be called when all keys are there.
    void remember_usual_keys();
    /// Length of the known secret (in any form) that begins at `i`; 0 if there is none.
    std::size_t secret_at(text t, std::size_t i) const noexcept;
    bool has_secrets() const noexcept { return !patterns_.empty(); }
    /// By its first two characters.
    bool may_begin_secret(byte a, byte b) const noexcept
    {
        return begins_secret[a] && ((second_of_secret_[b] >> (a % 32)) & 1u) != 0;
    }

    std::array<std::array<mask_action, mask_type_count>, mask_zone_count> actions;
    key_table keys;
    std::string token_key_id;
    std::string token_key;
    std::vector<std::string> secrets; ///< As given.
    rule_set rules;                   ///< Operators' own.
    std::size_t fails_at = 0;         ///< For tests: which step of a call fails; 0: none.
    std::size_t max_input = std::size_t{64} << 20;
    scan_path path = best_path();
    word_filter words;
    usual_keys usual;                      ///< Points into `keys`: filled when those are complete.
    std::array<bool, 256> begins_secret{}; ///< Bytes with which a known secret begins.
    std::array<bool, 256> in_word{};       ///< Bytes of words that begin no known secret.

private:
    void add_pattern(std::string pattern);
    std::vector<std::string> patterns_;                 ///< All forms, by first byte.
    std::array<std::uint32_t, 256> second_of_secret_{}; ///< A bit for each of 32 first bytes.
};

} // namespace trunkline::mask_detail
