#include "keys.hpp"

#include <algorithm>
#include <stdexcept>

namespace trunkline::mask_detail {
namespace {

constexpr std::size_t most_words = 16;
constexpr std::size_t longest_entry = 6; // words

constexpr std::string_view neutral_tails[] = {"value", "text", "raw", "old", "new", "current",
    "confirmation", "confirm", "plain", "encoded", "plaintext", "val", "str", "string"};

class word {
public:
    std::size_t begin = 0, end = 0;
    bool digits = false;
};

enum class letter_kind { none, upper, lower, digit };

letter_kind kind_of(byte c) noexcept
{
    if (is_upper(c)) return letter_kind::upper;
    if (is_lower(c) || c >= 0x80) return letter_kind::lower;
    return is_digit(c) ? letter_kind::digit : letter_kind::none;
}

/// The last words of a key, at most as many as fit.
std::size_t split(text t, std::size_t begin, std::size_t end, word (&words)[most_words]) noexcept
{
    std::size_t count = 0;
    auto p = end;
    while (p > begin && count < most_words) {
        while (p > begin && kind_of(t[p - 1]) == letter_kind::none) --p;
        if (p == begin) break;
        auto const stop = p;
        auto const kind = kind_of(t[p - 1]);
        --p;
        while (p > begin) {
            auto const k = kind_of(t[p - 1]);
            if (k == letter_kind::none) break;
            if (kind == letter_kind::digit || k == letter_kind::digit) {
                if (k != kind) break;
            } else if (kind_of(t[p]) == letter_kind::upper && k == letter_kind::lower) {
                break; // apiKey
            } else if (kind_of(t[p]) == letter_kind::lower && k == letter_kind::upper) {
                --p; // the capital belongs to this word: APIKey
                break;
            }
            --p;
        }
        auto& w = words[most_words - ++count];
        w.begin = p;
        w.end = stop;
        w.digits = kind == letter_kind::digit;
    }
    return count;
}

} // namespace

std::uint64_t hash_of_letters(text t, std::size_t begin, std::size_t end, std::uint64_t h) noexcept
{
    for (auto i = begin; i < end; ++i) {
        auto const c = t[i];
        if (c == 0xc3 && i + 1 < end) {
            switch (t[i + 1] | 0x20) { // small and capital letters differ in this bit
            case 0xa4: h = hash_step(hash_step(h, 'a'), 'e'); break;
            case 0xb6: h = hash_step(hash_step(h, 'o'), 'e'); break;
            case 0xbc: h = hash_step(hash_step(h, 'u'), 'e'); break;
            default:
                if (t[i + 1] == 0x9f) h = hash_step(hash_step(h, 's'), 's');
                else h = hash_step(hash_step(h, c), t[i + 1]);
            }
            ++i;
        } else {
            h = hash_step(h, lower(c));
        }
    }
    return h;
}

key_table::key_table() : slots_(2048)
{
    for (auto const w : neutral_tails) {
        text const t(reinterpret_cast<byte const*>(w.data()), 0, w.size());
        neutral_.push_back(hash_of_word(t, 0, w.size(), empty_hash));
        note_ending(w);
    }
}

void key_table::add(std::string_view words, key_class c)
{
    text const t(reinterpret_cast<byte const*>(words.data()), 0, words.size());
    word split_words[most_words];
    auto const count = split(t, 0, words.size(), split_words);
    if (count == 0) throw std::invalid_argument("a key needs a letter");
    auto h = empty_hash;
    std::string letters;
    for (auto i = most_words - count; i < most_words; ++i) {
        h = hash_of_word(t, split_words[i].begin, split_words[i].end, h);
        if (!split_words[i].digits) letters += t.view(split_words[i].begin, split_words[i].end);
    }
    note_ending(letters);
    auto const& last = split_words[most_words - 1];
    two_digits_ = two_digits_ || letters.empty() || (last.digits && last.end - last.begin == 2);
    insert(h, c);
}

void key_table::note_ending(std::string_view glued) noexcept
{
    auto const n = glued.size();
    auto const letter = [&](std::size_t from_end) {
        return n < from_end ? 32u
                            : static_cast<unsigned>(static_cast<byte>(glued[n - from_end]) & 31u);
    };
    for (unsigned third = 0; third < 32; ++third)
        for (unsigned second = 0; second < 32; ++second)
            if ((letter(3) == 32 || letter(3) == third) && (letter(2) == 32 || letter(2) == second))
                endings_[(third << 5) | second] |= 1u << (letter(1) & 31u);
}

bool key_table::may_end(text t, std::size_t begin, std::size_t end) const noexcept
{
    unsigned found = 0, index = 0;
    while (end > begin && found < 3) {
        auto const c = t[--end];
        if (c >= 0x80 || (is_digit(c) && found == 0))
            return true; // spelled in several ways; numbered keys
        if (!is_alpha(c)) continue;
        index |= (c & 31u) << (5 * found++);
    }
    return found < 3 || ((endings_[index >> 5] >> (index & 31u)) & 1u) != 0;
}

void key_table::forget(std::string_view words)
{
    add(words, {});
}

void key_table::insert(std::uint64_t hash, key_class c)
{
    if (++used_ * 2 > slots_.size()) {
        std::vector<slot> old(slots_.size() * 2);
        old.swap(slots_);
        used_ = 0;
        for (auto const& s : old)
            if (s.hash != 0) insert(s.hash, s.value);
        ++used_;
    }
    auto i = hash & (slots_.size() - 1);
    while (slots_[i].hash != 0 && slots_[i].hash != hash) i = (i + 1) & (slots_.size() - 1);
    slots_[i].hash = hash;
    slots_[i].value = c;
}

key_class const* key_table::lookup(std::uint64_t hash) const noexcept
{
    auto i = hash & (slots_.size() - 1);
    while (slots_[i].hash != 0) {
        if (slots_[i].hash == hash) return &slots_[i].value;
        i = (i + 1) & (slots_.size() - 1);
    }
    return nullptr;
}

std::string_view compound_ending(text t, std::size_t begin, std::size_t end) noexcept
{
    static constexpr std::string_view endings[] = {"telefonnummer", "handynummer", "rufnummer",
        "mobilnummer", "faxnummer", "passwort", "kennwort", "kontonummer", "geburtsdatum",
        "ausweisnummer", "anschrift", "kreditkartennummer", "versichertennummer", "mailadresse",
        "password", "passwd", "apikey", "phonenumber"};
    static constexpr std::uint32_t last_letters = [] {
        std::uint32_t bits = 0;
        for (auto const e : endings) bits |= 1u << (e.back() & 31);
        return bits;
    }();
    if (begin == end || ((last_letters >> (t[end - 1] & 31u)) & 1u) == 0) return {};
    for (auto const e : endings)
        if (end - begin > e.size() && t.starts_like(end - e.size(), e)) return e;
    return {};
}

key_class const* key_table::find(text t, std::size_t begin, std::size_t end) const noexcept
{
    if (!may_end(t, begin, end)) return nullptr;
    word words[most_words];
    auto const count = split(t, begin, end, words);
    auto const first = most_words - count;
    key_class const* pair = nullptr;
    bool negative = false, numbered = false;
    for (auto last = most_words; last > first; --last) {
        key_class const* found = nullptr;
        auto const least = last - first > longest_entry ? last - longest_entry : first;
        for (auto from = least; from < last && !found; ++from) {
            auto h = empty_hash;
            for (auto i = from; i < last; ++i) h = hash_of_word(t, words[i].begin, words[i].end, h);
            found = lookup(h);
        }
        auto const& w = words[last - 1];
        if (!found) {
            if (auto const e = compound_ending(t, w.begin, w.end); !e.empty()) {
                text const ending(reinterpret_cast<byte const*>(e.data()), 0, e.size());
                found = lookup(hash_of_word(ending, 0, e.size(), empty_hash));
            }
        }
        // "value" and "key value" are keys of their own, and "value" a neutral tail: token_value.
        bool const tail = last == most_words && last - first > 1;
        if (found && tail && found->rule == key_rule::pair_value) {
            pair = found;
        } else if (found && tail && found->rule == key_rule::none) {
            negative = true;
        } else if (found) {
            bool const harmless =
                found->rule == key_rule::none || (negative && found->rule > key_rule::webhook);
            return harmless ? pair : found;
        }
        if (w.digits && numbered) return pair; // phone2; but not "address 0.0.0.0"
        numbered = numbered || w.digits;
        if (w.digits) continue;
        auto const h = hash_of_word(t, w.begin, w.end, empty_hash);
        if (std::ranges::find(neutral_, h) == neutral_.end()) return pair;
    }
    return pair;
}

} // namespace trunkline::mask_detail
