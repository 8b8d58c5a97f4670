#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cli {

/// One line of a unified diff.
class diff_line {
public:
    diff_line(char m, std::string t) : mark(m), text(std::move(t)) {}
    char mark; ///< ' ', '-', '+', or '@' for the head of a hunk.
    std::string text;
};

/// What differs between two texts, line by line, with `context` equal lines around it. Of lines too long
/// for a screen the parts that differ are kept. A missing newline at the end is no line of its own.
std::vector<diff_line> unified_diff(
    std::string_view before, std::string_view after, std::size_t context = 2);

} // namespace cli
