#pragma once

#include <trunkline/core/error.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace trunkline {

/**
 * What an error_code cannot say: which operation, what the service answered, what to do next.
 *
 * Filled by the operation it was passed to; empty after success. Texts are single-line and never
 * hold a secret. Not thread-safe: one object an operation.
 */
class diagnostics {
public:
    diagnostics() {} // user-declared: see STYLE.md, rule 1 of the compiler

    std::string operation;  ///< For example "get-agent"; empty for local work.
    std::string message;    ///< What happened, where, and what to do.
    std::string request_id; ///< The service's id of the request, when it sent one.
    int http_status = 0;    ///< 0 when no answer arrived.
    unsigned attempts = 0;  ///< How often the request was sent.
    std::optional<std::chrono::milliseconds> retry_after; ///< As the service asked.

    void clear() { *this = diagnostics{}; }
};

/// Thrown by the throwing overloads: an error_code with its diagnostics.
class error : public std::runtime_error {
public:
    error(error_code code, diagnostics diag)
        : std::runtime_error(diag.message.empty() ? code.message() : diag.message),
          code_(code),
          diag_(std::move(diag))
    {}
    error(error_code code, std::string message) : std::runtime_error(message), code_(code)
    {
        diag_.message = std::move(message);
    }

    error_code const& code() const noexcept { return code_; }
    diagnostics const& diag() const noexcept { return diag_; }

private:
    error_code code_;
    diagnostics diag_;
};

} // namespace trunkline
