#pragma once

#include "detect.hpp"

#include <array>

namespace trunkline::mask_detail {

/// What a word in front of a value makes of it.
enum class context : std::uint8_t {
    phone,
    card,
    iban,
    pin,
    cvv,
    birth,
    tax,
    pension,
    health,
    id_card,
    ssn,
    document,
    medical,
    bank,
    account,
    aws,
    twilio,
    password,
};
inline constexpr std::size_t context_count = 18;
/// In a set of them.
constexpr std::uint32_t bit_of(context k) noexcept
{
    return 1u << static_cast<unsigned>(k);
}
/// Those whose values may begin with a letter,
inline constexpr std::uint32_t contexts_of_letters = bit_of(context::iban) |
    bit_of(context::birth) | bit_of(context::health) | bit_of(context::id_card) |
    bit_of(context::document) | bit_of(context::medical) | bit_of(context::account) |
    bit_of(context::aws) | bit_of(context::twilio) | bit_of(context::password);
/// and those whose values begin with six digits.
inline constexpr std::uint32_t contexts_of_long_numbers = bit_of(context::phone) |
    bit_of(context::card) | bit_of(context::tax) | bit_of(context::pension) | bit_of(context::ssn) |
    bit_of(context::bank);
/// How far such a word reaches, in bytes of the source outside masks.
inline constexpr std::size_t context_reach = 48;

/// The context that begins with the word at `i`, and where its words end.
class context_word {
public:
    bool found = false;
    context kind = context::phone;
    std::size_t end = 0;
};
[[gnu::hot]] context_word find_context(text t, std::size_t i) noexcept;
/// The context that a key of this type makes.
bool context_of(mask_type type, context& kind) noexcept;

/// What was read behind such a word: joining words and punctuation, up to what parts it from a value.
class context_gap {
public:
    std::size_t from = SIZE_MAX;
    std::size_t until = 0;
    unsigned words = 0;
    bool ended = false;
    bool parted = false; ///< By a sign that stands between two values.
};

/// A value that begins at `i` and is of the kind that a word, which ended at `from`, speaks of.
[[gnu::hot]] hit find_in_context(
    text t, std::size_t i, std::size_t from, context kind, context_gap& gap) noexcept;
/// Letters and digits in groups, for values that are known by their key alone.
std::size_t end_of_groups(text t, std::size_t i) noexcept;

} // namespace trunkline::mask_detail
