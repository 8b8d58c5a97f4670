#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// A corpus with labels, made anew for every seed: values are synthetic, places are the notations
/// and encodings of the specification.
namespace corpus {

enum class tier { ordinary, evasion, hard, clean };

class line {
public:
    line() {}
    corpus::tier tier = tier::clean;
    std::string type;   ///< Of the value, or what kind of clean text this is.
    std::string before; ///< What must survive ...
    std::string value;  ///< ... around what must not.
    std::string after;
    std::string plain;    ///< The value without escapes, for the search of what leaked.
    std::string may_stay; ///< A part that may survive: a domain, a prefix.
    std::string text() const { return before + value + after; }
};

/// Seedable; the same on every machine.
class dice {
public:
    explicit dice(std::uint64_t seed) : state_(seed * 2 + 0x9e3779b97f4a7c15) {}
    std::uint64_t next();
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
    bool chance(unsigned percent) { return below(100) < percent; }
    template <class List>
    auto const& pick(List const& list)
    {
        return list[below(std::size(list))];
    }
    std::string from(std::string_view alphabet, std::size_t length);
    std::string digits(std::size_t n) { return from("0123456789", n); }
    std::string hex(std::size_t n) { return from("0123456789abcdef", n); }
    std::string alnum(std::size_t n)
    {
        return from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", n);
    }

private:
    std::uint64_t state_;
};

/// Values by type, and the keys and words that stand in front of them.
class kind {
public:
    std::string_view type;
    std::vector<std::string_view> keys;     ///< As words: "api key".
    std::vector<std::string_view> contexts; ///< Sentences with % for the value.
    bool by_value = false;                  ///< Recognised wherever it stands.
    std::string (*make)(dice&);
};
std::vector<kind> const& kinds();

// values.cpp
std::string card(dice&);
std::string iban(dice&);
std::string mobile(dice&); ///< "1713920012"
std::string person(dice&);
std::string phone(dice&);
std::string mail(dice&);
std::string base64(std::string_view bytes);
std::string hex_of(std::string_view bytes);

/// Text around a value under a key.
class framed {
public:
    std::string before, value, after;
};
inline constexpr std::size_t notation_count = 30;
std::string_view notation_name(std::size_t n);
framed in_notation(std::size_t n, std::string const& key, std::string const& value, dice&);
std::string spelled_key(std::string_view words, dice&);

// places.cpp
void places(dice& d, std::vector<line>& out);
void harmless_places(dice& d, std::vector<std::string>& out);

// printed.cpp
void printed_places(dice& d, std::vector<line>& out);
void harmless_printed_places(dice& d, std::vector<std::string>& out);

std::vector<line> positives(std::uint64_t seed);
std::vector<line> cleans(std::uint64_t seed);

/// Whether more of the value is in `masked` than a partial mask may show.
bool leaks(line const& l, std::string_view masked);

} // namespace corpus
