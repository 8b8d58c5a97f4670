#pragma once

#include <string>
#include <string_view>

namespace cli {

/**
 * A text without the secrets in it, as it may be shown to whoever runs this program: on a terminal,
 * in a pipe, in the log of a scheduled job. Numbers, names and prompts stay, they are what is
 * worked on. Texts go through it before anything is cut off: half a secret is not recognised.
 */
std::string shown(std::string text);

/// From now on shown() hides this text wherever it stands, whatever it looks like.
void never_show(std::string_view secret);

} // namespace cli
