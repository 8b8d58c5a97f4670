#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Making foreign text fit for a message: one short line without secrets.
namespace trunkline::retell::detail {

/// The advice after a failure of something that must not be done twice.
inline constexpr std::string_view look_it_up =
    "it may have been done, look it up before repeating it";

/**
 * One line of at most `max_characters` (then "..."): control and direction-changing characters
 * become spaces, runs of space become one, bytes that are no UTF-8 become "?", and what looks like
 * secrets and what looks like one become "***", personal data masks (zone error). Looks at the
 * first few KiB only, however long the text is.
 */
std::string excerpt(std::string_view text, std::size_t max_characters = 200);

/// Replaces what looks like a key, token, password or URL credential by "***". When in doubt it hides.
std::string mask_secrets(std::string_view text);

} // namespace trunkline::retell::detail
