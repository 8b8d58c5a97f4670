#pragma once

#include "telephony.hpp"

#include <span>

namespace trunkline::retell::simulation {

/// One operation of the simulated API.
class route {
public:
    std::string_view operation;
    std::string_view method;
    std::string_view path;  ///< "{}" stands for a path parameter; the last one is at the end.
    std::string_view query; ///< Parameters it knows, separated by spaces.
    bool mutating;
    http::reply (account::*handler)(call const&); ///< Null: it is one of calls.
    http::reply (telephony::*call_handler)(call const&) = nullptr;

    bool knows(std::string_view parameter) const noexcept;
    /// Whether the status of success is nowhere documented.
    bool has_inferred_success() const noexcept;
};

// simulator_route_table.cpp
/// The operations of today.
std::span<route const> current_routes();
/// Those the service has removed.
std::span<route const> removed_routes();

/// What a request addresses.
class destination {
public:
    route const* operation = nullptr; ///< Null: no such path.
    std::string id;                   ///< The path parameter, decoded.
    std::string id2;                  ///< The second one.
    bool removed = false; ///< The service has removed it; options.removed_paths decides.
};

destination find_route(std::string_view method, std::string_view path);

/// Name and value pairs of a query string, decoded.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

} // namespace trunkline::retell::simulation
