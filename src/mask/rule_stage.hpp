#pragma once

#include "rules.hpp"

#include <trunkline/mask/policy.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace trunkline::mask_detail {

class policy_data;

/// What an operator's rule masked, in bytes of the text that went into the stage.
class rule_hit {
public:
    std::size_t begin = 0, end = 0;
    mask_type type = mask_type::generic_secret;
    std::size_t rule = 0;
};

/**
 * Operators' rules, over the text as the library's own rules left it: so no rule can take a secret
 * apart, and none sees one. Works block by block at fixed places, whatever pieces come in.
 */
class rule_stage {
public:
    /// `hits` may be null.
    rule_stage(policy_data const& policy, mask_zone zone, mask_counts& counts,
        std::vector<rule_hit>* hits = nullptr) noexcept
        : policy_(policy), zone_(zone), counts_(counts), hits_(hits)
    {}
    void feed(std::string_view piece, std::string& out);
    void flush(std::string& out);
    bool changed() const noexcept { return changed_; }

    static constexpr std::size_t block = 4096;
    static constexpr std::size_t look_ahead = 1024; ///< A match may be as long as this.
    static constexpr std::size_t look_back = 64;

private:
    void decide(bool last, std::string& out);
    void one_match(rule_set::match m, std::size_t seen_end, std::string& out);
    void copy(std::size_t to, std::string& out);

    policy_data const& policy_;
    mask_zone zone_;
    mask_counts& counts_;
    std::vector<rule_hit>* hits_;
    std::string held_;
    std::size_t base_ = 0;    ///< Where what is held begins.
    std::size_t decided_ = 0; ///< Everything before has been looked at.
    std::size_t copied_ = 0;
    std::size_t resume_ = 0; ///< The end of the last mask, found or written.
    std::size_t masked_ = 0; ///< Bytes in masks that were there, ...
    std::size_t masks_ = 0;  ///< ... and how many these were.
    std::size_t written_ = 0;
    bool changed_ = false;
};

/// Where a mask ends that begins at `i`: "[PHONE]", "[IBAN:DE*1234]"; `i` if none does.
std::size_t end_of_mask(std::string_view text, std::size_t i) noexcept;

} // namespace trunkline::mask_detail
