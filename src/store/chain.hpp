#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace trunkline::store {

/// The hash of a record that follows the one hashed to `previous`: SHA-256, lower-case hex. Fields
/// go in with their lengths, so that no two records share an encoding.
std::string chain_hash(std::string_view previous, std::initializer_list<std::string_view> fields);

} // namespace trunkline::store
