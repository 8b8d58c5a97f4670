#pragma once

#include <string>
#include <string_view>

/// Character rules of HTTP, independent of the locale.
namespace trunkline::http::ascii {

constexpr char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
constexpr bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c) noexcept
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}
/// A control character: below space, or DEL.
constexpr bool is_control(char c) noexcept
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
/// RFC 3986 "unreserved".
constexpr bool is_unreserved(char c) noexcept
{
    return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}
/// RFC 9110 "tchar": methods and field names are made of these.
constexpr bool is_token(char c) noexcept
{
    return is_alpha(c) || is_digit(c) ||
        std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
/// Value of a hex digit, or -1.
constexpr int hex_value(char c) noexcept
{
    if (is_digit(c)) return c - '0';
    char const l = lower(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

constexpr bool equals(std::string_view a, std::string_view b) noexcept
{
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

inline std::string to_lower(std::string_view text)
{
    std::string out(text);
    for (char& c : out) c = lower(c);
    return out;
}

constexpr std::string_view trim(std::string_view text) noexcept
{
    auto const blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

/// Calls `f` with each trimmed, non-empty item of a list separated by one of `separators`.
template <class F>
void for_each_item(std::string_view list, std::string_view separators, F f)
{
    while (!list.empty()) {
        auto const end = list.find_first_of(separators);
        if (auto const item = trim(list.substr(0, end)); !item.empty()) f(item);
        if (end == std::string_view::npos) break;
        list.remove_prefix(end + 1);
    }
}

} // namespace trunkline::http::ascii
