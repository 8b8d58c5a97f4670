#include "chain.hpp"

#include <trunkline/core/crypto.hpp>

namespace trunkline::store {

std::string chain_hash(std::string_view previous, std::initializer_list<std::string_view> fields)
{
    std::string bytes(previous);
    for (auto const field : fields) {
        bytes += '|';
        bytes += std::to_string(field.size());
        bytes += ':';
        bytes += field;
    }
    return crypto::to_hex(crypto::sha256(bytes));
}

} // namespace trunkline::store
