#pragma once

#include <trunkline/core/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the translation units of core/json share among themselves.
namespace trunkline::json {

/// Above this size members are looked up in a sorted index instead of one by one.
inline constexpr std::size_t linear_limit = 16;

/// Members sorted by key, so that work on two large objects is not quadratic.
class key_index {
public:
    explicit key_index(object const& o);
    member const* find(std::string_view key) const noexcept;
    std::vector<member const*> const& sorted() const noexcept { return sorted_; }

private:
    std::vector<member const*> sorted_;
};

/// Finds members of one object repeatedly; builds the index only where that pays.
class member_finder {
public:
    explicit member_finder(object const& o);
    member const* find(std::string_view key) const noexcept;

private:
    object const& object_;
    std::optional<key_index> index_;
};

/// Appends the characters of a JSON string without the quotes.
void append_escaped(std::string& out, std::string_view text);
void append_quoted(std::string& out, std::string_view text);

/// Appends number::canonical().
void append_canonical(std::string& out, number const& n);

/// Appends one step of an RFC 6901 pointer, slash included.
void append_step(std::string& out, std::string_view step);

/// The end of what stands for itself inside a JSON string: valid UTF-8 but quotes, backslashes and
/// control characters.
char const* skip_plain(char const* at, char const* end) noexcept;

/// The end of the JSON number that begins at `at`, or null where none does. "01" ends after "0".
char const* scan_number(char const* at, char const* end) noexcept;

} // namespace trunkline::json
