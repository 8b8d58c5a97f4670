#pragma once

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>
#include <trunkline/core/json.hpp>
#include <trunkline/http/message.hpp>
#include <trunkline/retell/operation.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>

/// The pure half of the client: a call becomes a request, a response becomes an answer. No I/O here.
namespace trunkline::retell {

/// The arguments of one call: path and query parameters by name, and the JSON body.
class arguments {
public:
    arguments() {}
    arguments& set(std::string_view name, std::string_view value);
    arguments& set(std::string_view name, std::int64_t value);
    arguments& with_body(json::value body);
    /// From one JSON object: members named like path or query parameters are taken as those, "body" or
    /// all remaining members become the body. Throws trunkline::error (invalid_argument).
    static arguments from_json(operation const& op, json::value const& text);

    std::map<std::string, std::string, std::less<>> parameters;
    std::optional<json::value> body;
};

/// What a successful call brought back.
class answer {
public:
    answer() {}
    int status = 0;
    json::value body; ///< null for operations that owe no result.
    std::string request_id;
};

/**
 * Builds the request (without authorization).
 * Errors: invalid_argument when a path parameter or required query parameter is missing, a parameter is
 * unknown, or a body is given to or missing from an operation; nothing is to be sent then.
 */
error_code encode(operation const& op, arguments const& args, http::request& out, diagnostics& diag);

/**
 * Judges a complete response: status, both error body shapes, and whether a success brings the result
 * the operation owes (empty_answer, mistyped_answer, protocol_error otherwise). Never throws on
 * whatever bytes the service sends.
 */
error_code decode(operation const& op, http::response const& in, answer& out, diagnostics& diag);

} // namespace trunkline::retell
