#pragma once

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>
#include <trunkline/core/json.hpp>
#include <trunkline/http/message.hpp>
#include <trunkline/retell/operation.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The pure half of the client: a call becomes a request, a response becomes an answer. No I/O here.
namespace trunkline::retell {

/// A file of a multipart operation.
class attachment {
public:
    attachment() {}
    std::string field; ///< "knowledge_base_files", "files", "file"; may repeat.
    /// Of a path only the last part is sent: folders of this machine are nobody's business.
    std::string filename;
    std::string content_type = "application/octet-stream"; ///< Of printable ASCII.
    std::string content;
};

/// The arguments of one call: path and query parameters by name, and the JSON body.
class arguments {
public:
    arguments() {}
    /// An empty value is the service's way of saying null: it is sent as `name=`.
    arguments& set(std::string_view name, std::string_view value);
    arguments& set(std::string_view name, std::int64_t value);
    /// For multipart operations: its members are the fields, arrays and objects as JSON text.
    arguments& with_body(json::value body);
    arguments& with_file(attachment file);
    /// From one JSON object: members named like path or query parameters are taken as those, "body"
    /// or all remaining members become the body. Throws trunkline::error (invalid_argument).
    static arguments from_json(operation const& op, json::value const& text);

    std::map<std::string, std::string, std::less<>> parameters;
    std::optional<json::value> body;
    std::vector<attachment> files;
};

/// What a successful call brought back.
class answer {
public:
    answer() {}
    int status = 0;
    json::value body; ///< null for operations that owe no result.
    std::string request_id;

    // Of a read that a read_cache answered. It is never older than it says.
    bool cached = false;   ///< Not asked for this call.
    bool stale = false;    ///< Beyond its time; it is being asked for, or could not be had.
    bool degraded = false; ///< The service fails, and this is the last good answer.
    std::chrono::milliseconds age{0}; ///< Since it was asked for.
    error_code stale_because;         ///< Why it could not be had, if it is degraded.
};

/**
 * Builds the request (without authorization).
 * Errors: invalid_argument when a path parameter or required query parameter is missing, a
 * parameter is unknown, a body is given to or missing from an operation, or a form field or file
 * could not be told from others (see attachment); nothing is to be sent then. A list that takes its
 * filter in the body may do without: {} is sent.
 */
error_code encode(operation const& op, arguments const& args, http::request& out, diagnostics& diag);

/**
 * Judges a complete response: status, both error body shapes, and whether a success brings the
 * result the operation owes (empty_answer, mistyped_answer, protocol_error otherwise). Never throws
 * on whatever bytes the service sends, and what it quotes of them in `diag` is one short line
 * without secrets.
 *
 * not_found means the resource the call is about: 404 of an operation that addresses one, or 422
 * "cannot find asset". A 404 that comes from a wrong path (base URL) is unexpected_status.
 *
 * `now_unix_ms` serves a Retry-After given as a date when the response has no Date of its own.
 */
error_code decode(operation const& op, http::response const& in, answer& out, diagnostics& diag,
    std::optional<std::int64_t> now_unix_ms = {});

/// What header fields alone say, also of an answer that is not whole: status, request id and the
/// wait the service asks for. Nothing is set for status 0.
void describe_head(
    http::response const& in, diagnostics& diag, std::optional<std::int64_t> now_unix_ms = {});

} // namespace trunkline::retell
