#pragma once

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::capi {

/// Reads the members of a request, each with its type, and knows which ones nobody asked for: a
/// misspelt option must not be passed over in silence. Everything throws trunkline::error
/// (invalid_argument) with the member's name and what was expected; null is as absent, while an
/// empty text is refused: a variable that was never set must not pass for "the default".
class members {
public:
    members(json::object const& o, std::string what) : object_(&o), what_(std::move(what)) {}

    std::string text(std::string_view name, std::string_view otherwise = {});
    std::string required_text(std::string_view name);
    bool flag(std::string_view name, bool otherwise = false);
    std::uint64_t number(
        std::string_view name, std::uint64_t otherwise, std::uint64_t least, std::uint64_t most);
    double real(std::string_view name, double otherwise, double least, double most);
    std::vector<std::string> texts(std::string_view name);
    json::value const* value(std::string_view name);

    void no_others() const;

private:
    json::value const* take(std::string_view name);
    [[noreturn]] void refuse(std::string_view name, std::string_view expected) const;

    json::object const* object_;
    std::string what_;
    std::vector<std::string_view> known_;
};

} // namespace trunkline::capi
