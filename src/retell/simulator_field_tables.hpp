#pragma once

#include "simulator_fields.hpp"

#include <trunkline/retell/catalogue.hpp>

#include <span>

/// The fields of each resource as data.
namespace trunkline::retell::simulation {

using retell::value_type;

/// Verbs a field may be written with.
constexpr unsigned on_create = 1, on_import = 2, on_update = 4, on_all = 7;

class field {
public:
    std::string_view name;
    /// Of what the catalogue does not list; else that says it.
    value_type type = value_type::any;
    double min = 0, max = 0; ///< Numbers only; equal: no limit.
    unsigned verbs = on_all;
    bool nullable = true;
};

/// A documented default.
class default_value {
public:
    std::string_view name;
    std::string_view text; ///< JSON
};

/// Those that can be written.
std::span<field const> fields_of(resource r);
std::span<field const> plain_fields_of(resource r);
std::span<default_value const> defaults_of(resource r);

} // namespace trunkline::retell::simulation
