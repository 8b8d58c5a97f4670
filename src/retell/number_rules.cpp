#include "retell/number_rules.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace trunkline::retell::detail {
namespace {

constexpr std::size_t decimals = 15;
constexpr std::int64_t one = 1'000'000'000'000'000;

/// A decimal from 0 to 1 in units of 10^-15; nothing for anything else. Never by way of a double:
/// 0.1 ten times is 1.
std::optional<std::int64_t> to_fixed(json::value const& weight)
{
    if (!weight.is_number()) return std::nullopt;
    auto const text = weight.as_number().canonical();
    if (text == "0" || text == "1") return text == "1" ? one : 0;
    if (!text.starts_with("0.") || text.size() > decimals + 2) return std::nullopt;
    auto digits = text.substr(2);
    if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    digits.resize(decimals, '0');
    return std::stoll(digits);
}

std::string as_decimal(std::int64_t fixed)
{
    auto fraction = std::to_string(fixed % one);
    fraction.insert(0, decimals - fraction.size(), '0');
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return std::to_string(fixed / one) + (fraction.empty() ? "" : "." + fraction);
}

} // namespace

std::string weight_problem(json::value const& pins)
{
    if (!pins.is_array() || pins.as_array().empty()) return {};
    auto const& list = pins.as_array();
    if (std::ranges::none_of(list, [](json::value const& p) { return p.find("weight") != nullptr; }))
        return {};
    std::int64_t sum = 0;
    for (auto const& pin : list) {
        auto const fixed = to_fixed(pin.at_or_null("weight"));
        if (!fixed)
            return "the weight " + json::to_text(pin.at_or_null("weight")) +
                " is no decimal from 0 to 1 with up to 15 digits";
        sum += *fixed;
    }
    return sum == one ? std::string() : "the weights sum to " + as_decimal(sum) + " instead of 1";
}

std::string fallback_problem(std::map<std::string, json::value const*> const& numbers)
{
    auto const fallback_of = [&](std::string const& number) {
        auto const found = numbers.find(number);
        return found == numbers.end() ? std::string()
                                      : std::string(found->second->string_at("fallback_number"));
    };
    for (auto const& [number, document] : numbers) {
        auto const fallback = fallback_of(number);
        if (fallback.empty()) continue;
        if (fallback == number) return number + " falls back to itself";
        if (!fallback_of(fallback).empty())
            return number + " falls back to " + fallback + ", which has a fallback of its own";
    }
    return {};
}

} // namespace trunkline::retell::detail
