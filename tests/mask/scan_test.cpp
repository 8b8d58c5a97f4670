#include "mask/block.hpp"
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
    }
}

namespace {

/// Random bytes of the kinds that matter, through one twin of the classifier.
template <class Classify>
void expect_twin(Classify const& classify)
{
    corpus::dice d(5);
    byte bytes[64], folded[64], twin_folded[64];
    block b, twin;
    for (int n = 0; n < 5'000; ++n) {
        for (auto& c : bytes)
            c = d.chance(50) ? static_cast<byte>(d.below(256))
                             : static_cast<byte>(d.pick(std::string_view("aZ0-_+/.@:=<[{(\"' \n")));
        classify_scalar(bytes, b, folded);
        classify(bytes, twin, twin_folded);
        for (std::size_t k = 0; k < kind_count; ++k) {
            CAPTURE(k);
            REQUIRE(twin.bits[k] == b.bits[k]);
        }
        REQUIRE(std::ranges::equal(folded, twin_folded));
    }
}

} // namespace

TEST_CASE("masker/I5: every twin of the classifier sorts bytes alike")
{
    byte bytes[64] = {}, folded[64];
    bytes[3] = '[';
    bytes[63] = 0xc3;
    block b;
    classify_scalar(bytes, b, folded);
    REQUIRE(b.of(kind::bracket) == 8);
    REQUIRE(b.of(kind::high) == std::uint64_t{1} << 63);
#if defined(__x86_64__)
    expect_twin(classify_sse2);
    if (best_path() >= scan_path::avx2) expect_twin(classify_avx2);
    if (best_path() >= scan_path::avx512) expect_twin(classify_avx512);
#endif
}

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
