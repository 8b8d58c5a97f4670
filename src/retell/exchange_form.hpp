#pragma once

#include <trunkline/retell/exchange.hpp>

#include <string>

/// Bodies of multipart operations (RFC 7578).
namespace trunkline::retell::detail {

/// Why the arguments make no form in which each field is what it claims to be; empty if they do.
std::string check_form(arguments const& args);

class encoded_form {
public:
    encoded_form() {}
    std::string content_type; ///< With the boundary.
    std::string text;
};

/// Scalars are text fields, arrays and objects one field of JSON text, files follow in their order.
/// The same arguments give the same bytes. Precondition: check_form() has nothing to say.
encoded_form encode_form(arguments const& args);

} // namespace trunkline::retell::detail
