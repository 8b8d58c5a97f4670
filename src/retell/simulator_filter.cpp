#include "simulator_filter.hpp"

namespace trunkline::retell::simulation {

namespace {

using kind_of_value = bool (json::value::*)() const noexcept;

class condition_type {
public:
    std::string_view name;
    std::string_view ops; ///< With a space before and behind each.
    kind_of_value value;  ///< Null: takes none.
};

constexpr condition_type condition_types[] = {
    {"string", " eq ne sw ew co ", &json::value::is_string},
    {"number", " eq ne gt ge lt le ", &json::value::is_number},
    {"boolean", " eq ", &json::value::is_bool},
    {"range", " bt ", &json::value::is_array},
    {"enum", " in ", &json::value::is_array},
    {"present", " pr np ", nullptr},
};

bool is_range(json::array const& limits)
{
    return limits.size() == 2 && limits[0].is_number() && limits[1].is_number();
}

} // namespace

condition::condition(json::value const& text, std::string_view name)
    : text_(text), type_(text.string_at("type")), op_(text.string_at("op"))
{
    std::string const place = "filter_criteria." + std::string(name);
    if (!text.is_object()) refuse(400, place + " must be an object");
    auto const type = std::ranges::find(condition_types, type_, &condition_type::name);
    if (type == std::end(condition_types)) refuse(400, place + ".type is unknown");
    if (op_.empty() || type->ops.find(' ' + op_ + ' ') == std::string_view::npos)
        refuse(400, place + ".op does not fit its type");
    auto const& value = text.at_or_null("value");
    if (type->value && !(value.*type->value)()) refuse(400, place + ".value does not fit its type");
    if (type_ == "range" && !is_range(value.as_array()))
        refuse(400, place + ".value must be two numbers");
}

bool condition::holds_for_text(std::string_view field) const
{
    auto const wanted = text_.string_at("value");
    if (op_ == "eq") return field == wanted;
    if (op_ == "ne") return field != wanted;
    if (op_ == "sw") return field.starts_with(wanted);
    if (op_ == "ew") return field.ends_with(wanted);
    return field.find(wanted) != field.npos;
}

bool condition::holds_for_number(double field) const
{
    auto const wanted = text_.find("value")->as_number().to_double();
    if (op_ == "eq") return field == wanted;
    if (op_ == "ne") return field != wanted;
    if (op_ == "gt") return field > wanted;
    if (op_ == "ge") return field >= wanted;
    if (op_ == "lt") return field < wanted;
    return field <= wanted;
}

bool condition::is_listed(json::value const& field) const
{
    auto const& wanted = text_.find("value")->as_array();
    if (!field.is_array()) return std::ranges::find(wanted, field) != wanted.end();
    return std::ranges::any_of(
        field.as_array(), [&](json::value const& item) { return is_listed(item); });
}

bool condition::holds(json::value const& field) const
{
    if (type_ == "present") return field.is_null() == (op_ == "np");
    if (type_ == "enum") return is_listed(field);
    if (type_ == "boolean") return field == text_.at_or_null("value");
    if (type_ == "string")
        return field.is_string() ? holds_for_text(field.as_string()) : op_ == "ne";
    if (!field.is_number()) return op_ == "ne";
    auto const n = field.as_number().to_double();
    if (type_ == "number") return holds_for_number(n);
    auto const& limits = text_.find("value")->as_array();
    return n >= limits[0].as_number().to_double() && n <= limits[1].as_number().to_double();
}

member_condition::member_condition(json::value const& criteria, std::string_view name) : name_(name)
{
    if (json::value const* found = criteria.find(name); found && !found->is_null())
        condition_.emplace(*found, name);
}

} // namespace trunkline::retell::simulation
