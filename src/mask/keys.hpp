#pragma once

#include "chars.hpp"

#include <trunkline/mask/types.hpp>

#include <array>
#include <vector>

namespace trunkline::mask_detail {

/// What a key says about its value.
enum class key_rule : std::uint8_t {
    none,      ///< Nothing; or that the value is harmless.
    any,       ///< Whatever stands there goes.
    digits,    ///< Goes if it has four digits or more.
    phone,     ///< Goes if it could be a number somebody can be called at.
    pin,       ///< 3 to 8 digits.
    cvv,       ///< 3 or 4 digits.
    mail,      ///< Something with an @, or quoted.
    ip,        ///< Each address in it.
    authority, ///< Authorization: the scheme's name stays.
    cookie,    ///< Names and attributes stay.
    transcript,
    capability,  ///< Of a URL, what comes after the host.
    webhook,     ///< Of a URL, password and query values.
    pair_name,   ///< The value is a key itself: {"name": "api_key", "value": ...}.
    pair_value,  ///< The value belongs to such a key.
    headers,     ///< In a tool: everything below is secret.
    tool_link,   ///< In a tool: as webhook, but values of three characters stay.
    path_tools,  ///< What is below is a list of tools.
    path_speech, ///< What is below is a transcript.
    path_words,
    speech,     ///< Content of a transcript, if in one.
    strings,    ///< Every string below, as transcript.
    sip,        ///< Numbers below.
    query_only, ///< Only in the query of a URL.
    query_long, ///< The same, with 20 characters or more.
    query_code, ///< The same, beside a state.
    call_id,    ///< Opens the audio of a call as long as that goes on.
};

class key_class {
public:
    key_class() {}
    key_class(mask_type t, key_rule r) : type(t), rule(r) {}
    mask_type type = mask_type::generic_secret;
    key_rule rule = key_rule::none;
};

/// "Symfony\\Security\\Token": a class of PHP, of which something is said.
bool names_class(text t, std::size_t begin, std::size_t end) noexcept;

/**
 * Keys, word by word. A key is split where case, digits or punctuation change; an entry matches if
 * the key ends in its words (neutral words like "value" or "2" may follow), however they are
 * joined: "api key" is apiKey, api_key, X-Api-Key, APIKEY. The longest entry decides, so that
 * "cache key" can take "key" back. Immutable after building; reads are thread-safe.
 */
class key_table {
public:
    key_table();
    void add(std::string_view words, key_class c);
    /// Replaces the entry, if there is one, with one that says nothing.
    void forget(std::string_view words);
    /// Null if the key is none of ours.
    [[gnu::hot]] key_class const* find(text t, std::size_t begin, std::size_t end) const noexcept;
    /// Whether some entry ends in these three letters; `a` is the last.
    bool may_end_in(byte a, byte b, byte c) const noexcept
    {
        return (endings_[((c & 31u) << 5) | (b & 31u)] >> (a & 31u)) & 1u;
    }
    /// Whether some entry ends in a number of two digits, or is a number.
    bool ends_in_two_digits() const noexcept { return two_digits_; }

private:
    class slot {
    public:
        std::uint64_t hash = 0;
        key_class value;
    };
    [[gnu::hot]] key_class const* lookup(std::uint64_t hash) const noexcept;
    void insert(std::uint64_t hash, key_class c);

    /// Whether some entry ends in the last three letters of the key.
    [[gnu::hot]] bool may_end(text t, std::size_t begin, std::size_t end) const noexcept;
    void note_ending(std::string_view glued) noexcept;
    /// Whether some entry ends in what has this hash, or is it; of one in eight others as well.
    bool is_stem(std::uint64_t hash) const noexcept
    {
        return ((stems_[hash % stems / 64] >> (hash % 64)) & 1u) != 0;
    }
    void note_stem(std::uint64_t hash) noexcept
    {
        stems_[hash % stems / 64] |= std::uint64_t{1} << (hash % 64);
    }

    std::array<std::uint32_t, 32 * 32> endings_{}; ///< By the two before; a bit for each last one.
    static constexpr std::size_t stems = std::size_t{1} << 16;
    std::array<std::uint64_t, stems / 64> stems_{}; ///< One bit for each hash of the end of an entry.
    bool two_digits_ = false;
    std::vector<slot> slots_;
    std::size_t used_ = 0;
    std::vector<std::uint64_t> neutral_;
};

/// The entry that a German compound ends in ("Kundentelefonnummer"), or a name in capitals
/// (SLACKBOTTOKEN); empty if none.
[[gnu::hot]] std::string_view compound_ending(text t, std::size_t begin, std::size_t end) noexcept;

/// One step of hash_of_word().
constexpr std::uint64_t hash_step(std::uint64_t h, byte c) noexcept
{
    return (h ^ c) * 0x100000001b3;
}
/// The same for what is none of ASCII's letters.
std::uint64_t hash_of_letters(
    text t, std::size_t begin, std::size_t end, std::uint64_t seed) noexcept;
/// Folds a word into a hash: lower case, umlauts as two letters.
inline std::uint64_t hash_of_word(
    text t, std::size_t begin, std::size_t end, std::uint64_t h) noexcept
{
    for (auto const* p = t.data() + begin; begin < end; ++begin, ++p) {
        if (*p == 0xc3) return hash_of_letters(t, begin, end, h);
        h = hash_step(h, lower(*p));
    }
    return h;
}
inline constexpr std::uint64_t empty_hash = 0xcbf29ce484222325;

/// The entries of the library.
void add_known_keys(key_table& table);

} // namespace trunkline::mask_detail
