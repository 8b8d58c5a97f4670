#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace trunkline::redis {

/// What the server answered. Copyable.
class reply {
public:
    enum class type : std::uint8_t { nil, string, status, error, integer, array };

    reply() {}
    reply(type k, std::string t) : kind(k), text(std::move(t)) {}
    explicit reply(std::int64_t n) : kind(type::integer), number(n) {}

    type kind = type::nil;
    std::string text; ///< Of a string, status or error.
    std::int64_t number = 0;
    std::vector<reply> elements; ///< Of an array.

    bool is_nil() const noexcept { return kind == type::nil; }
    bool is_error() const noexcept { return kind == type::error; }
};

} // namespace trunkline::redis
