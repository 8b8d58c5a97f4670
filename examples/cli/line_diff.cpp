#include "line_diff.hpp"

#include "text.hpp"

#include <algorithm>
#include <cstdint>

namespace cli {
namespace {

constexpr std::size_t longest_line = 160;
/// Beyond this many cells of the table the middle is shown as replaced: still true, only less fine.
constexpr std::size_t largest_table = 4'000'000;

using text_lines = std::vector<std::string_view>;

text_lines split(std::string_view text)
{
    text_lines out;
    while (!text.empty()) {
        auto const end = std::min(text.find('\n'), text.size());
        out.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

class edit {
public:
    char mark;
    std::string_view text;
};

/// The shortest script of deletions and insertions, by the table of longest common subsequences.
void compare(std::span<std::string_view const> a, std::span<std::string_view const> b,
    std::vector<edit>& out)
{
    auto const columns = b.size() + 1;
    if ((a.size() + 1) * columns > largest_table) {
        for (auto const t : a) out.push_back({'-', t});
        for (auto const t : b) out.push_back({'+', t});
        return;
    }
    std::vector<std::uint32_t> longest((a.size() + 1) * columns);
    for (auto i = a.size(); i-- > 0;)
        for (auto j = b.size(); j-- > 0;)
            longest[i * columns + j] = a[i] == b[j]
                ? longest[(i + 1) * columns + j + 1] + 1
                : std::max(longest[(i + 1) * columns + j], longest[i * columns + j + 1]);
    std::size_t i = 0, j = 0;
    while (i < a.size() || j < b.size()) {
        if (i < a.size() && j < b.size() && a[i] == b[j]) {
            out.push_back({' ', a[i++]});
            ++j;
        } else if (j == b.size() ||
            (i < a.size() && longest[(i + 1) * columns + j] >= longest[i * columns + j + 1]))
        {
            out.push_back({'-', a[i++]});
        } else {
            out.push_back({'+', b[j++]});
        }
    }
}

std::vector<edit> script(text_lines const& a, text_lines const& b)
{
    std::size_t start = 0, end = 0;
    auto const shorter = std::min(a.size(), b.size());
    while (start < shorter && a[start] == b[start]) ++start;
    while (end < shorter - start && a[a.size() - 1 - end] == b[b.size() - 1 - end]) ++end;
    std::vector<edit> out;
    for (std::size_t i = 0; i < start; ++i) out.push_back({' ', a[i]});
    compare(std::span(a).subspan(start, a.size() - start - end),
        std::span(b).subspan(start, b.size() - start - end), out);
    for (auto i = a.size() - end; i < a.size(); ++i) out.push_back({' ', a[i]});
    return out;
}

std::string head(std::vector<edit> const& edits, std::size_t first, std::size_t last)
{
    std::size_t old_line = 1, new_line = 1, old_count = 0, new_count = 0;
    for (std::size_t i = 0; i < last; ++i) {
        auto const old_side = edits[i].mark != '+';
        auto const new_side = edits[i].mark != '-';
        (i < first ? old_line : old_count) += old_side ? 1 : 0;
        (i < first ? new_line : new_count) += new_side ? 1 : 0;
    }
    auto const range = [](std::size_t line, std::size_t count) {
        return std::to_string(line) + "," + std::to_string(count);
    };
    return "@@ -" + range(old_line, old_count) + " +" + range(new_line, new_count) + " @@";
}

/// Lines of a replacement are shown where they differ; others from their start.
void append_run(
    std::vector<edit> const& edits, std::size_t& i, std::size_t last, std::vector<diff_line>& out)
{
    std::vector<std::string> gone, come;
    for (; i < last && edits[i].mark == '-'; ++i) gone.emplace_back(edits[i].text);
    for (; i < last && edits[i].mark == '+'; ++i) come.emplace_back(edits[i].text);
    for (std::size_t k = 0; k < std::min(gone.size(), come.size()); ++k) {
        if (std::max(gone[k].size(), come[k].size()) <= longest_line) continue;
        auto pair = focused({gone[k], come[k]});
        gone[k] = std::move(pair[0]);
        come[k] = std::move(pair[1]);
    }
    for (auto const& t : gone) out.emplace_back('-', shortened(t, longest_line));
    for (auto const& t : come) out.emplace_back('+', shortened(t, longest_line));
}

} // namespace

std::vector<diff_line> unified_diff(
    std::string_view before, std::string_view after, std::size_t context)
{
    auto const edits = script(split(before), split(after));
    std::vector<diff_line> out;
    std::size_t i = 0;
    while (i < edits.size()) {
        if (edits[i].mark == ' ') {
            ++i;
            continue;
        }
        auto const first = i > context ? i - context : 0;
        // The hunk goes on while the next difference is near enough to share its context.
        auto last = i;
        for (auto k = i; k < edits.size() && k <= last + 2 * context; ++k)
            if (edits[k].mark != ' ') last = k;
        auto const end = std::min(last + 1 + context, edits.size());
        out.emplace_back('@', head(edits, first, end));
        for (auto k = first; k < end;) {
            if (edits[k].mark == ' ')
                out.emplace_back(' ', shortened(edits[k++].text, longest_line));
            else append_run(edits, k, end, out);
        }
        i = end;
    }
    return out;
}

} // namespace cli
