#pragma once

#include <trunkline/core/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the translation units of core/json share among themselves.
namespace trunkline::json {

/// Above this size members are looked up in a sorted index instead of one by one.
inline constexpr std::size_t linear_limit = 16;

/// A member among others that are put in the order of their names, and of the text where these are
/// equal. Most names differ within their first eight bytes, so these are compared as one number
/// before anything else is.
class named_member {
public:
    explicit named_member(member const& m) noexcept : of(&m), leading_(leading_bytes(m.key)) {}
    member const* of;

    bool has_name_of(named_member const& other) const noexcept
    {
        return leading_ == other.leading_ && of->key == other.of->key;
    }
    bool operator<(named_member const& other) const noexcept
    {
        if (leading_ != other.leading_) return leading_ < other.leading_;
        auto const order = of->key.text().compare(other.of->key.text());
        return order != 0 ? order < 0 : of < other.of;
    }

private:
    /// So that numbers stand in the order of the texts.
    static std::uint64_t leading_bytes(std::string_view text) noexcept
    {
        std::array<unsigned char, sizeof(std::uint64_t)> bytes{};
        if (text.size() >= bytes.size()) std::memcpy(bytes.data(), text.data(), bytes.size());
        else std::copy(text.begin(), text.end(), bytes.begin());
        std::uint64_t out = 0;
        for (auto const b : bytes) out = out << 8 | b;
        return out;
    }

    std::uint64_t leading_;
};

/// Members sorted by key, so that work on two large objects is not quadratic.
class key_index {
public:
    explicit key_index(object const& o);
    member const* find(std::string_view key) const noexcept;

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
