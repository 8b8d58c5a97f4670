#include "keys.hpp"

#include <algorithm>
#include <stdexcept>

namespace trunkline::mask_detail {
namespace {

constexpr std::size_t most_words = 16;
constexpr std::size_t longest_entry = 6; // words

constexpr std::string_view neutral_tails[] = {"value", "text", "raw", "old", "new", "current",
    "confirmation", "confirm", "plain", "encoded", "plaintext", "val", "str", "string"};

/// Not cleared to begin with: sixteen of them for each key are a tenth of what a key takes.
class word {
public:
    std::size_t begin, end;
    bool digits;
};

enum class letter_kind : std::uint8_t { none, upper, lower, digit };

constexpr std::array<letter_kind, 256> letter_kinds = [] {
    std::array<letter_kind, 256> t{};
    for (unsigned n = 0; n < 256; ++n) {
        auto const c = static_cast<byte>(n);
        if (is_upper(c)) t[n] = letter_kind::upper;
        else if (is_letter(c)) t[n] = letter_kind::lower;
        else if (is_digit(c)) t[n] = letter_kind::digit;
    }
    return t;
}();

/// The words of a key, the last ones first, as they are asked for: most keys end in a word that
/// says enough.
class last_words {
public:
    last_words(text t, std::size_t begin, std::size_t end) noexcept
        : p_(t.data()), begin_(begin), end_(end)
    {}
    /// Whether there is word `n`, counted from the end, which begins with 0.
    [[gnu::always_inline]] bool has(std::size_t n) noexcept
    {
        return n < count_ || (n < most_words && next());
    }
    word const& operator[](std::size_t n) const noexcept { return words_[n]; }

private:
    [[gnu::always_inline]] bool next() noexcept
    {
        auto i = end_;
        auto next = letter_kind::none; // of the letter before
        while (i > begin_ && (next = letter_kinds[p_[i - 1]]) == letter_kind::none) --i;
        if (i == begin_) return false;
        auto const stop = i;
        bool const digits = next == letter_kind::digit;
        for (auto kind = next; --i > begin_; kind = next) {
            next = letter_kinds[p_[i - 1]];
            if (next == kind) continue;
            if (next == letter_kind::none || digits || next == letter_kind::digit) break;
            if (kind == letter_kind::upper) break; // apiKey
            --i;                                   // the capital belongs to this word: APIKey
            break;
        }
        words_[count_++] = {i, stop, digits};
        end_ = i;
        return true;
    }

    byte const* p_;
    std::size_t begin_, end_; ///< Of what was not split.
    std::size_t count_ = 0;
    word words_[most_words];
};

/// A word from its end on: the words of a key are asked for with those before them, one more at a
/// time.
[[gnu::always_inline]] inline std::uint64_t hash_back(
    text t, std::size_t begin, std::size_t end, std::uint64_t h) noexcept
{
    auto const* const p = t.data();
    while (end > begin) {
        auto const c = p[--end];
        if (c < 0x80) {
            h = hash_step(h, lower(c));
            continue;
        }
        if (end == begin || p[end - 1] != 0xc3) {
            h = hash_step(h, c);
            continue;
        }
        --end;
        switch (c | 0x20) { // small and capital letters differ in this bit
        case 0xa4: h = hash_step(hash_step(h, 'e'), 'a'); break;
        case 0xb6: h = hash_step(hash_step(h, 'e'), 'o'); break;
        case 0xbc: h = hash_step(hash_step(h, 'e'), 'u'); break;
        default:
            if (c == 0x9f) h = hash_step(hash_step(h, 's'), 's');
            else h = hash_step(hash_step(h, c), 0xc3);
        }
    }
    return h;
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
        neutral_.push_back(hash_back(t, 0, w.size(), empty_hash));
        note_stem(neutral_.back());
        note_ending(w);
    }
}

void key_table::add(std::string_view words, key_class c)
{
    text const t(reinterpret_cast<byte const*>(words.data()), 0, words.size());
    last_words split(t, 0, words.size());
    if (!split.has(0)) throw std::invalid_argument("a key needs a letter");
    auto h = empty_hash;
    std::string letters;
    for (std::size_t n = 0; split.has(n); ++n) {
        auto const& w = split[n];
        // From each letter on: where a key parts the same letters cannot be foreseen.
        for (auto i = w.end; i-- > w.begin;)
            if ((t[i] & 0xc0) != 0x80) note_stem(hash_back(t, i, w.end, h));
        h = hash_back(t, w.begin, w.end, h);
        if (!w.digits) letters.insert(0, t.view(w.begin, w.end));
    }
    note_ending(letters);
    auto const& last = split[0];
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

[[gnu::always_inline]] inline bool key_table::may_end(
    text t, std::size_t begin, std::size_t end) const noexcept
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

namespace {

/// In names in capitals, where nothing shows that another word begins.
constexpr std::string_view glued_endings[] = {"token", "secret"};

/// SLACKBOTTOKEN, APPSECRET, but not where what stands before counts, parts or ends something.
bool ends_glued(text t, std::size_t begin, std::size_t end, std::string_view ending) noexcept
{
    constexpr std::size_t shortest = 2, short_word = 3;
    static constexpr std::string_view harmless[] = {"max", "min", "num", "end", "eos", "bos", "pad",
        "sep", "unk", "cls", "no", "non", "per", "sub", "total", "count", "next", "last", "first",
        "page", "sync", "stop", "start", "begin", "mask", "special", "design", "public", "input",
        "output", "prompt", "cached", "cancel", "cancellation", "continuation", "pagination",
        "cursor", "syntax"};
    auto const stop = end - ending.size();
    if (end - begin < ending.size() + shortest || !t.starts_like(stop, ending) ||
        !std::all_of(t.data() + begin, t.data() + end, is_upper))
        return false;
    return std::ranges::none_of(harmless, [&](std::string_view w) {
        return stop - begin >= w.size() && t.starts_like(stop - w.size(), w) &&
            (w.size() > short_word || stop - begin == w.size()); // ADMINTOKEN
    });
}

} // namespace

std::string_view compound_ending(text t, std::size_t begin, std::size_t end) noexcept
{
    static constexpr std::string_view endings[] = {"telefonnummer", "handynummer", "rufnummer",
        "mobilnummer", "faxnummer", "passwort", "kennwort", "kontonummer", "geburtsdatum",
        "ausweisnummer", "anschrift", "kreditkartennummer", "versichertennummer", "mailadresse",
        "password", "passwd", "apikey", "phonenumber"};
    /// By the last letter, a bit for each that stands before it.
    static constexpr auto last_letters = [] {
        std::array<std::uint32_t, 32> bits{};
        auto const add = [&](std::string_view e) {
            bits[e.back() & 31] |= 1u << (e[e.size() - 2] & 31);
        };
        for (auto const e : endings) add(e);
        for (auto const e : glued_endings) add(e);
        return bits;
    }();
    if (end - begin < 2 || ((last_letters[t[end - 1] & 31u] >> (t[end - 2] & 31u)) & 1u) == 0)
        return {};
    for (auto const e : endings)
        if (end - begin > e.size() && t.starts_like(end - e.size(), e)) return e;
    for (auto const e : glued_endings)
        if (ends_glued(t, begin, end, e)) return e;
    return {};
}

bool names_class(text t, std::size_t begin, std::size_t end) noexcept
{
    if (end - begin < 4 || !is_upper(t[begin])) return false;
    for (auto p = begin + 1; p + 2 < end; ++p)
        if (t[p] == '\\' && is_upper(t[p + 1]) && is_lower(t[p + 2])) return true;
    return false;
}

key_class const* key_table::find(text t, std::size_t begin, std::size_t end) const noexcept
{
    if (!may_end(t, begin, end)) return nullptr;
    last_words words(t, begin, end);
    key_class const* pair = nullptr;
    bool negative = false, numbered = false;
    for (std::size_t last = 0; words.has(last); ++last) {
        key_class const* found = nullptr;
        auto const& w = words[last];
        auto const last_hash = hash_back(t, w.begin, w.end, empty_hash);
        bool const known = is_stem(last_hash); // far most words are not
        if (known) {
            found = lookup(last_hash);
            auto h = last_hash;
            for (auto n = last + 1; n < last + longest_entry && words.has(n); ++n) {
                h = hash_back(t, words[n].begin, words[n].end, h);
                if (!is_stem(h)) break;
                if (auto const* const longer = lookup(h)) found = longer; // the longest one decides
            }
        }
        if (!found) {
            if (auto const e = compound_ending(t, w.begin, w.end); !e.empty()) {
                text const ending(reinterpret_cast<byte const*>(e.data()), 0, e.size());
                found = lookup(hash_back(ending, 0, e.size(), empty_hash));
            }
        }
        // "value" and "key value" are keys of their own, and "value" a neutral tail: token_value.
        bool const tail = found && last == 0 && words.has(1);
        if (tail && found->rule == key_rule::pair_value) {
            pair = found;
        } else if (tail && found->rule == key_rule::none) {
            negative = true;
        } else if (found) {
            bool const harmless =
                found->rule == key_rule::none || (negative && found->rule > key_rule::webhook);
            return harmless ? pair : found;
        }
        if (w.digits && numbered) return pair; // phone2; but not "address 0.0.0.0"
        numbered = numbered || w.digits;
        if (w.digits) continue;
        if (!known || std::ranges::find(neutral_, last_hash) == neutral_.end()) return pair;
    }
    return pair;
}

} // namespace trunkline::mask_detail
