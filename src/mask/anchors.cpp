#include "anchors.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace trunkline::mask_detail {
namespace {

constexpr std::size_t block_size = 64;

/// Words that are asked for in one step; how many there are cannot be foreseen.
constexpr int words_at_once = 2;

/// Behind the last bit before `k` of two blocks in a row, counted from the first; 0 if there is none.
std::size_t last_of(std::uint64_t here, std::uint64_t before, unsigned k) noexcept
{
    here &= (std::uint64_t{1} << (k % block_size)) - 1;
    if (k == ~0u) here = 0, before &= ~std::uint64_t{0} >> 1; // before the last of the first block
    if (here != 0) return 2 * block_size - static_cast<std::size_t>(std::countl_zero(here));
    return before != 0 ? block_size - static_cast<std::size_t>(std::countl_zero(before)) : 0;
}

bool in_key(byte c) noexcept
{
    return is_word(c) || c == '_' || c == '-' || c == '.' || c == '$';
}

} // namespace

void anchors::assign(window const& w, std::size_t stop) noexcept
{
    data_ = w.data();
    size_ = w.size();
    mapped_ = w.mapped();
    wide_digits_ = w.wide_digits();
    until_ = (stop + block_size - 1) / block_size;
    current_ = SIZE_MAX - 1; // none, and none follows it
    held_ = 0;
    option_until_ = 0;
}

/// The places of one block.
class anchors::search {
public:
    explicit search(anchors& a) noexcept
        : a_(a), lane_(a.lane()), begin_(a.current_ * block_size), words_(a.finds_.words[lane_])
    {}

    void run() noexcept
    {
        auto const& finds = a_.finds_;
        if (finds.options[lane_] != 0) a_.option_until_ = a_.current_ + 2;
        a_.words_ = words_;
        a_.quotes_ = here(kind::quote);
        a_.odd_quotes_ = finds.odd_quotes[lane_];
        a_.runs_ = finds.mixed[lane_] | accounts(finds.runs[lane_] & ~finds.mixed[lane_]);
        // Keys before the branches that depend on words: what a key waits for takes longest.
        auto const some_words = promising_words();
        auto const some_keys = quoted_keys();
        a_.places_ = finds.places[lane_] | a_.runs_ | some_keys | words(some_words) | separators();
        a_.contexts_ &= ~(finds.places[lane_] | a_.runs_);
        if (a_.policy_.has_secrets()) a_.places_ |= secrets();
    }

private:
    std::uint64_t here(kind k) const noexcept { return a_.planes_.of(k, lane_); }
    std::uint64_t before(kind k) const noexcept { return a_.planes_.before(k, lane_); }
    std::uint64_t after(kind k) const noexcept { return a_.planes_.after(k, lane_); }
    static unsigned first_of(std::uint64_t bits) noexcept
    {
        return static_cast<unsigned>(std::countr_zero(bits));
    }

    std::uint64_t accounts(std::uint64_t runs) const noexcept;
    std::uint64_t promising_words() const noexcept;
    std::uint64_t words(std::uint64_t found) noexcept;
    std::uint64_t quoted_keys() noexcept;
    std::uint64_t separators() const noexcept;
    known_key const* find(std::size_t end, std::size_t size) const noexcept
    {
        if (size - 1 >= short_key::longest || end <= short_key::longest) return nullptr;
        short_key const name(a_.data_ + end, size);
        auto const* const k = a_.policy_.usual.find(name);
        return k ? k : a_.met_.find(name);
    }
    /// How far before bit `k` the last one stands, as the number of bits between; more if far away.
    static std::size_t since(std::uint64_t here, std::uint64_t before, unsigned k) noexcept
    {
        auto const last = ((here << 1) << (block_size - 1 - k)) | (before >> k);
        return static_cast<std::size_t>(std::countl_zero(last | 1u));
    }
    std::uint64_t secrets() const noexcept;

    anchors& a_;
    std::size_t lane_;
    std::size_t begin_;
    std::uint64_t words_;
    std::uint64_t unknown_ = 0; ///< Separators behind something in quotes that is no known key.
};

/// Runs of letters that may name a Twilio account.
inline std::uint64_t anchors::search::accounts(std::uint64_t runs) const noexcept
{
    std::uint64_t found = 0;
    for (; runs != 0; runs &= runs - 1) {
        auto const i = begin_ + first_of(runs);
        if (lower(a_.at(i)) == 'a' && lower(a_.at(i + 1)) == 'c') found |= runs & (~runs + 1);
    }
    return found;
}

/// Words by their first four letters, several at a time: how many there are cannot be foreseen.
inline std::uint64_t anchors::search::promising_words() const noexcept
{
    auto const* const folded = a_.folded_.data() + (lane_ + 1) * block_size;
    auto const& filter = a_.policy_.words;
    auto const worth = words_ & ~here(kind::digit) & a_.finds_.worth[lane_];
    std::uint64_t found = 0;
    for (auto rest = worth; rest != 0;) {
        for (int n = 0; n < words_at_once; ++n) {
            auto const k = first_of(rest | std::uint64_t{1} << 63);
            rest &= rest - 1;
            std::uint32_t four;
            std::memcpy(&four, folded + k, sizeof four);
            found |= std::uint64_t{filter.worth_a_look(four)} << k;
        }
    }
    return found & worth & ~a_.finds_.umlauts[lane_];
}

/// Of those, the ones that begin something.
inline std::uint64_t anchors::search::words(std::uint64_t found) noexcept
{
    auto const* const folded = a_.folded_.data() + (lane_ + 1) * block_size;
    auto const word = here(kind::alpha) | here(kind::digit) | here(kind::high);
    auto const word_after = after(kind::alpha) | after(kind::digit) | after(kind::high);
    std::uint64_t contexts = 0;
    for (auto rest = found; rest != 0; rest &= rest - 1) {
        auto const k = first_of(rest);
        std::uint64_t eight;
        std::memcpy(&eight, folded + k, sizeof eight);
        if ((eight & 0x8080808080808080u) != 0) continue; // an umlaut is spelled in several ways
        auto const rest_of_it = (word >> k) | ((word_after << 1) << (block_size - 1 - k));
        auto const size = static_cast<std::size_t>(std::countr_one(rest_of_it));
        auto const kinds = a_.policy_.words.says(eight, size);
        auto const bit = rest & (~rest + 1);
        if (kinds == 0) found &= ~bit;
        if (kinds == word_filter::context) contexts |= bit;
    }
    a_.contexts_ = contexts;
    for (auto rest = a_.finds_.umlauts[lane_] & words_ & ~here(kind::digit); rest != 0;
         rest &= rest - 1)
        found |= std::uint64_t{a_.starts_word(begin_ + first_of(rest))} << first_of(rest);
    return found;
}

/// Colons behind keys that are known and say something.
inline std::uint64_t anchors::search::quoted_keys() noexcept
{
    auto const quotes = here(kind::quote), quotes_before = before(kind::quote);
    std::uint64_t found = 0;
    for (auto rest = a_.finds_.quoted[lane_]; rest != 0; rest &= rest - 1) {
        auto const k = first_of(rest);
        auto const end = begin_ + k - 1; // the closing quote, which is the last one before
        auto const last = ((quotes << 1) << (block_size - 1 - k)) | (quotes_before >> k);
        auto const size = static_cast<std::size_t>(std::countl_zero((last << 1) | 1u));
        auto const* const key = find(end, size);
        if (!key || (a_.mapped_ && a_.data_[end - size - 1] != a_.data_[end])) [[unlikely]] {
            unknown_ |= std::uint64_t{1} << k;
            continue;
        }
        found |= std::uint64_t{!key->says_nothing} << k;
        a_.key_at_[k] = {key->value, size};
    }
    return a_.known_keys_ = found;
}

/// Other colons, and equals signs: those that may follow a key.
inline std::uint64_t anchors::search::separators() const noexcept
{
    auto separators = here(kind::colon) | here(kind::equals);
    if (separators == 0) return 0;
    if (a_.after_option()) return separators; // curl -u name:password
    auto const quoted = a_.finds_.quoted[lane_], named = a_.finds_.named[lane_];
    auto const times = a_.policy_.keys.ends_in_two_digits() ? 0 : a_.finds_.times[lane_];
    auto unknown = unknown_ | (separators & ~quoted & ~named & ~times);
    if (named != 0) {
        auto const in_name = [](auto const& of) {
            return of(kind::alpha) | of(kind::digit) | of(kind::high) | of(kind::underscore) |
                of(kind::minus) | of(kind::dot);
        };
        auto const others = ~in_name([&](kind k) { return here(k); });
        auto const others_before = ~in_name([&](kind k) { return before(k); });
        for (auto rest = named; rest != 0; rest &= rest - 1) {
            auto const k = first_of(rest);
            auto const size = since(others, others_before, k);
            auto const* const key = find(begin_ + k, size);
            bool const skipped = key && key->says_nothing && a_.data_[begin_ + k - size - 1] != '$';
            unknown |= std::uint64_t{!skipped} << k;
        }
    }
    std::uint64_t found = 0;
    for (auto rest = unknown; rest != 0; rest &= rest - 1) {
        auto const k = first_of(rest);
        found |= std::uint64_t{a_.may_follow_key(begin_ + k)} << k;
    }
    return found;
}

inline std::uint64_t anchors::search::secrets() const noexcept
{
    std::uint64_t found = 0;
    for (unsigned k = 0; k < block_size; ++k) {
        auto const i = begin_ + k;
        found |= std::uint64_t{a_.policy_.may_begin_secret(a_.at(i), a_.at(i + 1))} << k;
    }
    return found;
}

template <scan_path Path>
inline void classify(byte const* bytes, block_bits b, byte* folded) noexcept
{
#if defined(__x86_64__)
    if constexpr (Path >= scan_path::avx2) return classify_avx2(bytes, b, folded);
    if constexpr (Path == scan_path::sse2) return classify_sse2(bytes, b, folded);
#endif
    return classify_scalar(bytes, b, folded);
}

template <scan_path Path>
inline void anchors::classify_at(std::size_t k, std::size_t column) noexcept
{
    block_bits const bits(planes_, column);
    auto const begin = k * block_size;
    auto* const folded = folded_.data() + column * block_size;
    auto const* bytes = data_ + begin;
    byte padded[block_size];
    bool const whole = begin + block_size <= size_;
    if (!whole) {
        std::memset(padded, 0, block_size);
        std::memcpy(padded, bytes, size_ - begin);
        bytes = padded;
    }
    classify<Path>(bytes, bits, folded);
    // What is not there is no character, not even one of value 0.
    if (!whole) bits[index_of(kind::line)] &= (std::uint64_t{1} << (size_ - begin)) - 1;
}

#if defined(__x86_64__)
/// Eight blocks in one step, though some of them may not be there.
__attribute__((target("avx512bw,avx512vbmi,avx512vbmi2,gfni"))) inline void anchors::classify_eight(
    std::size_t k, std::size_t column) noexcept
{
    constexpr auto size = planes::at_once * block_size;
    block_bits const bits(planes_, column);
    auto* const folded = folded_.data() + column * block_size;
    auto const begin = k * block_size, left = size_ - begin;
    if (left >= size) return classify_eight_avx512(data_ + begin, bits, folded);
    alignas(64) byte padded[size];
    std::memset(padded, 0, size);
    std::memcpy(padded, data_ + begin, left);
    classify_eight_avx512(padded, bits, folded);
    auto* const lines = bits.of(kind::line); // see classify_at()
    lines[left / block_size] &= (std::uint64_t{1} << (left % block_size)) - 1;
    for (auto n = left / block_size + 1; n < planes::at_once; ++n) lines[n] = 0;
}
#endif

/// The group that block `k` is in, and those behind it that will be asked for.
template <scan_path Path, class Lanes>
inline void anchors::prepare_groups(std::size_t k) noexcept
{
    constexpr auto at_once = planes::at_once;
    auto const first = k - k % at_once;
    auto const before = first - 1; // the block in the first column
    auto const end = (size_ + block_size - 1) / block_size;
    auto const wanted = std::clamp(until_, k + 1, first + planes::blocks) - first;
    auto const count = (std::min(wanted, end - first) + at_once - 1) / at_once * at_once;
    auto const columns = count + 2;
    std::size_t column = 0;
    if (first == 0) {
        for (auto& b : planes_.bits) b[0] = 0;
        std::memset(folded_.data(), 0, block_size);
        column = 1;
    } else if (held_ == planes::blocks && first == first_ + held_) {
        planes_.move_on();
        std::memcpy(folded_.data(), folded_.data() + planes::blocks * block_size, 2 * block_size);
        column = 2;
    }
#if defined(__x86_64__)
    if constexpr (Path == scan_path::avx512) {
        while (column < columns && before + column < end) { // some of them twice
            column = std::min(column, columns - at_once);
            classify_eight(before + column, column);
            column += at_once;
        }
    }
#endif
    for (; column < columns && before + column < end; ++column)
        classify_at<Path>(before + column, column);
    if (column < columns) {
        for (auto c = column; c < columns; ++c) // row by row, it would be a call for each
            for (auto& b : planes_.bits) b[c] = 0;
        std::memset(folded_.data() + column * block_size, 0, block_size);
    }
    first_ = first;
    held_ = count;
    bit_search<Lanes> by_bits(planes_, digits_go_ || wide_digits_);
    for (std::size_t n = 0; n < count; n += at_once) by_bits.run(n, finds_);
#if defined(__x86_64__)
    if constexpr (Path == scan_path::avx512) {
        auto const* const folded = folded_.data() + block_size;
        auto const blocks = std::min(end - first, count);
        return find_pairs(policy_.words.pairs(), folded, blocks, finds_.worth.data());
    }
#endif
    finds_.worth.fill(~std::uint64_t{0});
}

/// The blocks of groups and the search in one of them are functions of their own: together they
/// have more variables than there are registers.
inline void anchors::prepare_block(std::size_t k) noexcept
{
    if (k != current_ + 1) look_for_option(k);
    current_ = k;
    search(*this).run();
}

#if defined(__x86_64__)
#define TRUNKLINE_AVX512_ALL                                                                       \
    __attribute__((target("avx512bw,avx512vbmi,avx512vbmi2,gfni,bmi,bmi2"), flatten, noinline))
#define TRUNKLINE_AVX2_ALL __attribute__((target("avx2,bmi,bmi2"), flatten, noinline))

TRUNKLINE_AVX512_ALL void anchors::prepare_groups_avx512(std::size_t k) noexcept
{
    prepare_groups<scan_path::avx512, lanes_avx512>(k);
}
TRUNKLINE_AVX2_ALL void anchors::prepare_groups_avx2(std::size_t k) noexcept
{
    prepare_groups<scan_path::avx2, lanes_avx2x2>(k);
}
/// Of AVX-512 nothing is needed here.
TRUNKLINE_AVX2_ALL void anchors::prepare_block_avx2(std::size_t k) noexcept
{
    prepare_block(k);
}
#endif

std::size_t anchors::quoted_before(std::size_t i) const noexcept
{
    auto const k = static_cast<unsigned>(i % block_size);
    auto const begin = last_of(here(kind::quote), planes_.before(kind::quote, lane()), k - 1);
    return begin == 0 ? 0 : i - k + begin - block_size;
}

/// On its own, because it would make prepare() slow where it is not called.
[[gnu::noinline]] void anchors::prepare_groups_plain(std::size_t k) noexcept
{
#if defined(__x86_64__)
    if (policy_.path == scan_path::sse2) return prepare_groups<scan_path::sse2, lanes_scalar>(k);
#endif
    prepare_groups<scan_path::scalar, lanes_scalar>(k);
}

void anchors::prepare(std::size_t k) noexcept
{
    bool const there = knows(k);
#if defined(__x86_64__)
    if (policy_.path >= scan_path::avx2) {
        if (there) {
        } else if (policy_.path == scan_path::avx512) {
            prepare_groups_avx512(k);
        } else {
            prepare_groups_avx2(k);
        }
        return prepare_block_avx2(k);
    }
#endif
    if (!there) prepare_groups_plain(k);
    prepare_block(k);
}

/// Whether "-u" stands shortly before block `k`, when those before it were not looked at.
void anchors::look_for_option(std::size_t k) noexcept
{
    auto const lane = k - first_;
    for (std::size_t n = std::min<std::size_t>(lane, 2); n > 0; --n)
        if (finds_.options[lane - n] != 0) option_until_ = k - n + 2;
    if (lane < 2) find_option(k * block_size);
}

[[gnu::noinline]] void anchors::find_option(std::size_t end) noexcept
{
    auto i = end > 80 ? end - 80 : 0;
    while (i < end) {
        auto const* const found = std::memchr(data_ + i, '-', end - i);
        if (!found) return;
        i = static_cast<std::size_t>(static_cast<byte const*>(found) - data_);
        if (lower(at(i + 1)) == 'u') option_until_ = i / block_size + 2;
        ++i;
    }
}

/// The same for a word with an umlaut in front: "fünf" is read as "fuenf".
[[gnu::noinline]] bool anchors::starts_word(std::size_t i) const noexcept
{
    std::uint32_t four = 0;
    unsigned count = 0;
    bool inside = true; // of the word
    auto const add = [&](byte c) {
        if (count < 4) four |= std::uint32_t{c} << (8 * count++);
    };
    while (count < 4) {
        auto const c = at(i++);
        inside = inside && is_word(c);
        if (c == 0xc3 && is_word(at(i))) {
            switch (auto const second = at(i++); second | 0x20) {
            case 0xa4: add('a'), add('e'); break;
            case 0xb6: add('o'), add('e'); break;
            case 0xbc: add('u'), add('e'); break;
            default:
                if (second == 0x9f) add('s'), add('s');
                break; // other letters say nothing
            }
        } else if (c >= 0x80) {
            if (inside) return false;
            add(0);
        } else {
            add(word_filter::folded(c));
        }
    }
    return policy_.words.worth_a_look(four);
}

[[gnu::noinline]] bool anchors::may_follow_key(std::size_t i) const noexcept
{
    if (i < 8) return true;
    auto const next = at(i + 1);
    auto c = data_[i - 1];
    bool const colon = data_[i] == ':';
    if (colon) {
        if (next == ':' || next == '=' || next == '/') return true;
        if (data_[i - 2] == ';' || (is_digit(c) && is_quote(next))) return true; // serialize()
    } else {
        if (c == '=' || c == '!' || c == '<' || c == '>' || c == '~') return false;
        if (next == '=') return false;
        if (c == ')' || c == ':') return true;
    }
    auto end = i;
    while (is_blank(c) && i - end < 3) c = data_[--end - 1];
    for (auto most = 3; colon && is_space(c) && end > 8 && most > 0; --most) c = data_[--end - 1];
    if (c == ']') return !colon;
    if (is_quote(c)) return ends_key(end - 1, c, colon);
    return in_key(c) && ends_key(end, 0, colon);
}

/// By the last three letters of what ends at `end`.
bool anchors::ends_key(std::size_t end, byte quote, bool colon) const noexcept
{
    auto const* const folded = folded_.data() + (end + block_size - first_ * block_size);
    auto const a = folded[-1], b = folded[-2], c = folded[-3];
    if ((a & b & c & 0x60) == 0x60) return policy_.keys.may_end_in(a, b, c); // letters
    unsigned found = 0;
    byte letters[3];
    auto const stop = end > 16 ? end - 16 : 0;
    bool const numbered = is_digit(data_[end - 1]);
    if (numbered) {
        // The time of day: two digits, or two and two, that no key ends in.
        if (quote != 0 || policy_.keys.ends_in_two_digits() || !is_digit(data_[end - 2]))
            return true;
        auto const before = data_[end - 3];
        if (is_word(before)) return true;
        if (!in_key(before) && !(colon && before == ' ')) return false;
        if (is_digit(data_[end - 4]) && is_digit(data_[end - 5]) && !is_digit(data_[end - 6]))
            return false;
        // "PIN 10: ...", but not "at 10:30" or "2026-05-03 10:30": by the letters before.
    }
    while (end > stop) {
        auto const x = data_[--end];
        if (x >= 0x80) return true;
        if (quote != 0 ? x == quote || x == '\n' : !in_key(x) && !(numbered && colon && x == ' '))
            return !numbered || quote != 0 || found != 0; // no key is a number
        if (!is_alpha(x)) continue;
        letters[found] = x;
        if (++found == 3) return policy_.keys.may_end_in(letters[0], letters[1], letters[2]);
    }
    return true;
}

} // namespace trunkline::mask_detail
