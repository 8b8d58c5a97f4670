#pragma once

#include <trunkline/core/json.hpp>

#include <map>
#include <string>

/// What the service would refuse about numbers half-way through a release, found before the first
/// request. Pure functions.
namespace trunkline::retell::detail {

/// What is wrong with the weights of a list of pins: they must be numbers from 0 to 1 and sum to 1
/// exactly, as decimals. Empty if nothing is, and for pins without any weight.
std::string weight_problem(json::value const& pins);

/// What is wrong with the fallback numbers of an account, by number: one may fall back neither to
/// itself nor to one that has a fallback of its own. Empty if nothing is.
std::string fallback_problem(std::map<std::string, json::value const*> const& numbers);

} // namespace trunkline::retell::detail
