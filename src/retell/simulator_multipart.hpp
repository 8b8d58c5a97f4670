#pragma once

#include "simulator_fields.hpp"

/// Bodies of multipart/form-data (RFC 7578), read strictly and within limits: they are foreign input.
namespace trunkline::retell::simulation {

class form_part {
public:
    std::string name;
    std::optional<std::string> file_name; ///< Of a file.
    std::string content_type;             ///< Empty: not said.
    std::string_view data;                ///< Part of the body it was read from.
};

bool is_utf8(std::string_view text);

inline constexpr std::size_t most_form_parts = 1000;

/**
 * The parts in order. Refuses with 400 and a message what is no form: another content type, no or a
 * bad boundary, text before the first or after the last delimiter, a part without a name or cut
 * off, more than most_form_parts parts. Linear in the length. The parts point into `body`.
 */
std::vector<form_part> parse_multipart(std::string_view content_type, std::string_view body);

/// A form by the fields of a resource: scalars are text, arrays and objects JSON text, files repeat.
class form {
public:
    /// Takes c.content_type and c.raw_body; refuses with 400 what does not fit the resource.
    form(call const& c, resource r, simulator_options const& options);

    json::object fields;          ///< Accepted, as from a JSON body of create.
    std::vector<form_part> files; ///< Of the resource's file field.
};

} // namespace trunkline::retell::simulation
