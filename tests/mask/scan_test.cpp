#include "mask/bit_search.hpp"
#include "mask/corpus.hpp"
#include "mask/scan.hpp"

#include <trunkline/mask/masker.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace trunkline;
using namespace trunkline::mask_detail;

TEST_CASE("masker/I5: every way of searching finds the same byte")
{
    corpus::dice d(3);
    for (int n = 0; n < 20'000; ++n) {
        std::string s;
        auto const size = d.below(100);
        while (s.size() < size) s += d.chance(4) ? static_cast<char>(d.below(256)) : 'a';
        auto const at = find_escape(s, scan_path::scalar);
        CAPTURE(s);
        REQUIRE(find_escape(s, scan_path::sse2) == at);
        if (best_path() >= scan_path::avx2) REQUIRE(find_escape(s, scan_path::avx2) == at);
        for (auto const path : {scan_path::scalar, best_path()}) {
            byte copy[132] = {};
            REQUIRE(copy_plain(s, copy, path) == at);
            REQUIRE(std::equal(copy, copy + at, s.begin(),
                [](byte a, char b) { return a == static_cast<byte>(b); }));
        }
    }
}

namespace {

/// Random bytes of the kinds that matter, through one twin of the classifier, which takes so many
/// blocks at a time.
template <std::size_t Blocks, class Classify>
void expect_twin(Classify const& classify)
{
    constexpr auto size = 64 * Blocks;
    corpus::dice d(5);
    byte bytes[size], folded[size], twin_folded[size];
    planes sorted, twin_sorted;
    for (int n = 0; n < 5'000; ++n) {
        for (auto& c : bytes)
            c = d.chance(50) ? static_cast<byte>(d.below(256))
                             : static_cast<byte>(d.pick(std::string_view("aZ0-_+/.@:=<[{(\"' \n")));
        for (std::size_t k = 0; k < Blocks; ++k)
            classify_scalar(bytes + 64 * k, block_bits(sorted, 1 + k), folded + 64 * k);
        classify(bytes, block_bits(twin_sorted, 1), twin_folded);
        for (std::size_t k = 0; k < kind_count; ++k) {
            CAPTURE(k);
            for (std::size_t c = 1; c <= Blocks; ++c)
                REQUIRE(twin_sorted.bits[k][c] == sorted.bits[k][c]);
        }
        REQUIRE(std::ranges::equal(folded, twin_folded));
    }
}

/// Random bits, as dense as those of text and denser, through one twin of the lanes.
template <class Search>
void expect_finds(Search const& search)
{
    corpus::dice d(6);
    auto const bits = [&] { return (std::uint64_t{d.below(1u << 31)} << 33) ^ d.below(1u << 31); };
    for (int n = 0; n < 2'000; ++n) {
        planes p;
        for (auto& row : p.bits) {
            auto const sparse = d.below(4);
            for (auto& b : row) {
                b = bits() ^ (bits() << 17);
                for (std::uint32_t k = 0; k < sparse; ++k) b &= bits() ^ (bits() << 17);
            }
        }
        bit_finds finds{}, twin{};
        bool const all_sevens = d.chance(50);
        bit_search<lanes_scalar> one(p, all_sevens);
        for (std::size_t first = 0; first < planes::blocks; first += planes::at_once)
            one.run(first, finds);
        bool odd = false, same = true;
        for (std::size_t i = 0; i < planes::blocks * 64; ++i) {
            auto const bit = [i](std::uint64_t of) { return ((of >> (i % 64)) & 1u) != 0; };
            same &= bit(finds.odd_quotes[i / 64]) == odd;
            odd ^= bit(p.of(kind::quote, i / 64));
        }
        REQUIRE(same);
        search(p, all_sevens, twin);
        REQUIRE(twin.places == finds.places);
        REQUIRE(twin.words == finds.words);
        REQUIRE(twin.umlauts == finds.umlauts);
        REQUIRE(twin.runs == finds.runs);
        REQUIRE(twin.mixed == finds.mixed);
        REQUIRE(twin.options == finds.options);
        REQUIRE(twin.times == finds.times);
        REQUIRE(twin.quoted == finds.quoted);
        REQUIRE(twin.named == finds.named);
        REQUIRE(twin.odd_quotes == finds.odd_quotes);
    }
}

#if defined(__x86_64__)
__attribute__((target("avx2,bmi,bmi2"), flatten)) void search_avx2(
    planes const& p, bool all_sevens, bit_finds& out)
{
    bit_search<lanes_avx2x2> search(p, all_sevens);
    for (std::size_t first = 0; first < planes::blocks; first += planes::at_once)
        search.run(first, out);
}
__attribute__((target("avx512bw,avx512vbmi2,bmi,bmi2"), flatten)) void search_avx512(
    planes const& p, bool all_sevens, bit_finds& out)
{
    bit_search<lanes_avx512> search(p, all_sevens);
    for (std::size_t first = 0; first < planes::blocks; first += planes::at_once)
        search.run(first, out);
}
#endif

} // namespace

TEST_CASE("masker/I5: every twin of the classifier sorts bytes alike")
{
    byte bytes[64] = {}, folded[64];
    bytes[3] = '[';
    bytes[63] = 0xc3;
    planes p;
    classify_scalar(bytes, block_bits(p, 1), folded);
    REQUIRE(p.of(kind::bracket, 0) == 8);
    REQUIRE(p.of(kind::high, 0) == std::uint64_t{1} << 63);
#if defined(__x86_64__)
    expect_twin<1>(classify_sse2);
    if (best_path() >= scan_path::avx2) expect_twin<1>(classify_avx2);
    if (best_path() >= scan_path::avx512) expect_twin<planes::at_once>(classify_eight_avx512);
#endif
}

#if defined(__x86_64__)
TEST_CASE("masker/I5: every twin of the lanes finds the same places")
{
    if (best_path() >= scan_path::avx2) expect_finds(search_avx2);
    if (best_path() >= scan_path::avx512) expect_finds(search_avx512);
}
#endif

TEST_CASE("masker/I5: a quote of any level is found where it stands, deeper ones are passed, by "
          "every twin")
{
    byte bytes[100];
    for (unsigned deepest = 0; deepest <= deepest_quote; ++deepest)
        for (std::size_t at = 0; at <= std::size(bytes); ++at)
            for (unsigned level = 0; level <= deepest; ++level) {
                std::ranges::fill(bytes, static_cast<byte>(deepest + 1));
                if (at < std::size(bytes)) bytes[at] = double_quote(level);
                for (auto const path : {scan_path::scalar, best_path()})
                    for (std::size_t begin : {0u, 7u, 60u, 100u}) {
                        auto const found =
                            find_double_quote(bytes, begin, std::size(bytes), deepest, path);
                        REQUIRE(found == (at < begin ? std::size(bytes) : at));
                    }
            }
}

TEST_CASE("masker/I5: a line ends at its first break, wherever that stands")
{
    byte bytes[70];
    for (std::size_t at = 0; at <= std::size(bytes); ++at)
        for (byte const sign : {byte{'\n'}, byte{'\r'}}) {
            std::ranges::fill(bytes, byte{'\v'});
            if (at < std::size(bytes)) bytes[at] = sign;
            for (std::size_t begin : {0u, 1u, 16u, 69u, 70u})
                for (std::size_t end : {std::size(bytes), begin + (std::size(bytes) - begin) / 2}) {
                    auto const found = find_line_break(bytes, begin, end);
                    REQUIRE(found == (at < begin ? end : std::min(at, end)));
                }
        }
}

#if defined(__x86_64__)
TEST_CASE("masker/I5: words are known by their pairs as one at a time")
{
    if (best_path() < scan_path::avx512) return;
    word_filter filter;
    add_context_words(filter);
    add_token_words(filter);
    corpus::dice d(8);
    constexpr auto size = planes::blocks * 64;
    std::array<byte, size + 64> folded;
    std::size_t passed = 0;
    for (int n = 0; n < 500; ++n) {
        for (auto& c : folded)
            c = d.chance(90) ? static_cast<byte>(d.pick(std::string_view("aceilnortpu kx_")))
                             : static_cast<byte>(d.below(256));
        for (auto& c : folded) c = c >= 0x80 ? static_cast<byte>(c & 0x9f) : word_filter::folded(c);
        std::array<std::uint64_t, planes::blocks> found;
        find_pairs(filter.pairs(), folded.data(), planes::blocks, found.data());
        for (std::size_t i = 0; i < size; ++i) {
            byte sets = 0xff;
            for (std::size_t k = 0; k < pair_filter::pairs.size(); ++k) {
                auto const [first, second] = pair_filter::pairs[k];
                sets &= filter.pairs().table(
                    k)[pair_filter::entry(folded[i + first], folded[i + second])];
            }
            REQUIRE(((found[i / 64] >> (i % 64)) & 1u) == (sets != 0));
            passed += sets != 0;
        }
    }
    CHECK(passed > 500);
    CHECK(passed < 500 * size / 4);
}
#endif

TEST_CASE("masker/I5: a policy without SIMD gives the same bytes and counts")
{
    masker const fast;
    masker const plain(mask_policy::builder().scalar_only().build());
    for (auto const& l : corpus::positives(41)) {
        auto const text = l.text();
        auto const a = fast.mask(text, mask_zone::log), b = plain.mask(text, mask_zone::log);
        REQUIRE(a.output == b.output);
        REQUIRE(a.counts == b.counts);
    }
}
