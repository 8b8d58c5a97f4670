#pragma once

#include "simulator_model.hpp"

/// Conditions of filter_criteria, as lists take them in their bodies.
namespace trunkline::retell::simulation {

/**
 * One condition {type, op, value, key?} on a field:
 *
 *     string   eq ne sw (starts with) ew (ends with) co (contains)
 *     number   eq ne gt ge lt le
 *     boolean  eq
 *     range    bt, value [least, most], both included
 *     enum     in, value [any of]; a field that is an array passes when one item does
 *     present  pr np
 */
class condition {
public:
    /// Refuses with 400 what is no condition; `name` is for the message.
    condition(json::value const& text, std::string_view name);

    /// Null stands for a field that is not there. A field of another type than asked for fails,
    /// except that it is not equal (ne).
    bool holds(json::value const& field) const;
    /// Of a condition on a map of fields: which of them.
    std::string_view key() const noexcept { return text_.string_at("key"); }

private:
    bool holds_for_text(std::string_view field) const;
    bool holds_for_number(double field) const;
    bool is_listed(json::value const& field) const;

    json::value text_;
    std::string type_, op_;
};

/// A condition on the member `name` of a document, if the criteria hold one.
class member_condition {
public:
    member_condition(json::value const& criteria, std::string_view name);
    bool holds(json::value const& document) const
    {
        return !condition_ || condition_->holds(document.at_or_null(name_));
    }

private:
    std::string_view name_;
    std::optional<condition> condition_;
};

} // namespace trunkline::retell::simulation
