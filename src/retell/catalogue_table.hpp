#pragma once

#include <trunkline/retell/catalogue.hpp>

/**
 * The catalogue as it is written down: shapes of rows, and rows that use other shapes. A tool is
 * described once, whether it hangs on an LLM, a state, a flow, a component or a node.
 */
namespace trunkline::retell::detail {

enum class shape_id : std::uint8_t {
    none,
    agent,
    llm,
    flow,
    phone_number,
    tool,
    state,
    mcp,
    node,
    component,
    edge,
    condition,
    example,
    global_node,
    variable,
    transfer_destination,
    transfer_option,
    weighted_agent,
    note,
    point,
    schema,
    knowledge_base,
    knowledge_text,
    count
};

class table_row {
public:
    std::string_view path; ///< Relative to the shape.
    field_class cls;
    std::string_view fallback = {};
    std::string_view key = {};
    std::string_view target = {};
    shape_id shape =
        shape_id::none; ///< Of an object itself, of the items of a list, of a map's values.
    bool describes_data = false;
};

class field_shape {
public:
    std::string_view title; ///< For docs/fields.md; unique.
    std::span<table_row const> rows;
};

field_shape const& shape(shape_id id) noexcept;
shape_id root_shape(resource_kind k) noexcept;
/// What the service takes in the field of a row (catalogue_values.cpp).
value_rule values_of(shape_id shape, table_row const& row);

/// Constructors of rows, so that the table reads as a table.
namespace rows {

/// The field is nullable and has no default: null is the same as absent.
inline constexpr std::string_view nullable = "null";

constexpr table_row field(std::string_view path, std::string_view fallback = {})
{
    return {path, field_class::managed, fallback};
}
constexpr table_row text(std::string_view path, std::string_view fallback = {})
{
    return {path, field_class::text, fallback};
}
constexpr table_row identity(std::string_view path)
{
    return {path, field_class::identity};
}
constexpr table_row server(std::string_view path)
{
    return {path, field_class::server_owned};
}
constexpr table_row filled(std::string_view path, std::string_view fill = {})
{
    return {path, field_class::server_filled, fill};
}
constexpr table_row release(std::string_view path)
{
    return {path, field_class::release_owned};
}
constexpr table_row reference(
    std::string_view path, std::string_view target, std::string_view only_if = {})
{
    return {path, field_class::reference, {}, only_if, target};
}
constexpr table_row reference_or_null(std::string_view path, std::string_view target)
{
    return {path, field_class::reference, nullable, {}, target};
}
constexpr table_row secret(std::string_view path)
{
    return {path, field_class::secret};
}
constexpr table_row secret_url(std::string_view path, std::string_view fallback = {})
{
    return {path, field_class::secret_url, fallback};
}
constexpr table_row write_only(std::string_view path)
{
    return {path, field_class::write_only};
}
constexpr table_row set(std::string_view path, std::string_view fallback = {})
{
    return {path, field_class::set, fallback};
}
constexpr table_row ordered(
    std::string_view path, std::string_view fallback = {}, shape_id items = shape_id::none)
{
    return {path, field_class::ordered_list, fallback, {}, {}, items};
}
constexpr table_row keyed(
    std::string_view path, std::string_view key, shape_id items, std::string_view fallback = {})
{
    return {path, field_class::keyed_list, fallback, key, {}, items};
}
constexpr table_row weighted(std::string_view path)
{
    return {path, field_class::weighted_group, nullable, {}, {}, shape_id::weighted_agent};
}
constexpr table_row object(
    std::string_view path, shape_id members = shape_id::none, std::string_view fallback = {})
{
    return {path, field_class::object, fallback, {}, {}, members};
}
constexpr table_row map(std::string_view path, std::string_view fallback = {})
{
    return {path, field_class::opaque_map, fallback};
}
constexpr table_row cosmetic(std::string_view path, shape_id items = shape_id::none)
{
    return {path, field_class::cosmetic, {}, {}, {}, items};
}
/// A JSON schema, or a map of them.
constexpr table_row schema(std::string_view path)
{
    return {path, field_class::opaque_map, {}, {}, {}, shape_id::schema, true};
}
/// The same row, for a part whose names are the author's words about data.
constexpr table_row describing(table_row row)
{
    row.describes_data = true;
    return row;
}

} // namespace rows
} // namespace trunkline::retell::detail
