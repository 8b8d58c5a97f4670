#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace trunkline::retell {

/// When a failed request may be sent again (spec/resilience.md section 3).
enum class retry_class : std::uint8_t {
    safe,       ///< Reads: freely.
    idempotent, ///< Updates and deletes: freely; a repeated delete that finds nothing is done.
    once,       ///< Creates, publish, everything that costs: only when no byte was sent, or on 429.
};

enum class body_kind : std::uint8_t { none, json, multipart };

/// How a list goes on.
enum class paging_kind : std::uint8_t {
    none,
    query, ///< limit, pagination_key, sort_order in the query.
    body,  ///< The same in the JSON body.
};

/// What a success owes the caller. An answer that does not bring it is an error, never an empty
/// result.
enum class result_kind : std::uint8_t { nothing, object, array, page };

class query_parameter {
public:
    std::string_view name;
    bool required = false;
};

/// One operation of the REST API: a row of the table.
class operation {
public:
    std::string_view name;     ///< First fixed part of the path, for example "get-agent". Unique.
    std::string_view sdk_name; ///< The official SDK's name, for example "agent.retrieve". Unique.
    std::string_view method;
    std::string_view path; ///< Template: "/get-agent/{agent_id}".
    std::span<query_parameter const> query = {};
    body_kind body = body_kind::none;
    paging_kind paging = paging_kind::none;
    result_kind result = result_kind::object;
    retry_class retry = retry_class::safe;
    std::uint16_t success = 200; ///< The documented success status; every 2xx is accepted.
    /// Pages: the member that tells rows apart; empty where rows have none in common.
    std::string_view row_key = {};
};

/// All operations, ordered by name.
std::span<operation const> operations() noexcept;
/// By either name; null if there is none.
operation const* find_operation(std::string_view name) noexcept;
/// The names between braces in the path, in order.
std::vector<std::string_view> path_parameters(operation const& op);

} // namespace trunkline::retell
