#pragma once

#include "sync/unit_run.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::sync::detail {

/// Lists show what is new up to this much later.
inline constexpr std::int64_t lists_lag_ms = 30'000;

/**
 * A unit that creates something. The service takes no idempotency key, so a create whose outcome is
 * unknown is not repeated but looked for, for as long as lists may lag: one that fits is adopted;
 * none, and it is created once more; several, and a person decides.
 */
class creating_run : public unit_run {
protected:
    using unit_run::unit_run;

    /// What this unit creates, in messages.
    class wording {
    public:
        std::string_view one;            ///< "a knowledge base"
        std::string_view several;        ///< "knowledge bases"
        std::string_view rule;           ///< By what a candidate is recognised, for the journal.
        std::string_view delete_command; ///< The verb that removes one.
    };
    virtual wording words() const = 0;
    virtual retell::call create_call(json::value body) const = 0;
    /// Lists what could be the one that was created, and gives it to adopt().
    virtual void find_candidates(std::chrono::milliseconds after) = 0;
    virtual void created_as(std::string const& id) = 0;

    /// Sends the create; `note` and what was there before go into the journal first. What is sent
    /// is remembered, in case it has to be sent again.
    void create(json::object note, json::value body);
    /// The create was sent before an interruption and nobody knows what came of it.
    void look_for(json::object note, json::value body);
    void adopt(std::vector<std::string> const& found);
    /// Created by this release already.
    bool created_here(std::string_view id);
    std::string remove_command(std::string const& id) const;

    std::set<std::string> equal_before_; ///< Equal ones that were there already.

private:
    void send(bool may_repeat);
    void look();
    void look_again();
    std::string ambiguity(std::vector<std::string> const& found) const;

    json::object note_;
    json::value body_;
    std::int64_t look_until_ = 0;
    std::int64_t pause_ms_ = 0;
};

} // namespace trunkline::sync::detail
