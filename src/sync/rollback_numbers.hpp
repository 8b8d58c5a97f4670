#pragma once

#include "sync/rollback_work.hpp"

#include <map>
#include <string>

namespace trunkline::sync::detail {

/// Takes back what a release did to phone numbers: whatever of it is asked for is gathered, and
/// becomes one unit a number, so one write.
class number_returner {
public:
    explicit number_returner(rollback_work& work) : work_(work) {}

    /// Gives the pins of one agent their old versions, if they still are what the release made them.
    void restore_pins(unit_result const& agent, moved_number const& moved);
    /// Gives the fields that a unit changed their old values, unless somebody changed them since.
    void undo(unit_result const& number);
    /// Agents (by id) of which numbers do not return to that version: they stay where they are
    /// until the new one is there, and move to it.
    void keep_ahead(std::map<std::string, std::int64_t> const& led_nowhere);
    void add_units();

    bool is_returning(std::string const& number) const { return wanted_.contains(number); }
    /// As it is to be: a number that is left out for a conflict stays as it is.
    json::value const& expected(resource_state const& number) const;
    bool moves(std::string const& number) const;

private:
    json::value* wanted(std::string const& number);
    void restore_member(unit_result const& r, std::string const& number, std::string const& member,
        json::array const& before, json::array const& after, json::array& now);
    void keep_trunk_parts(std::string const& number, json::value const& now, json::value& trunk);
    json::object followed_before(std::string const& number) const;

    rollback_work& work_;
    std::map<std::string, json::value> wanted_; ///< Numbers as they are to become.
};

} // namespace trunkline::sync::detail
