#include "mask/corpus.hpp"
#include "mask/scan.hpp"

#include <trunkline/mask/masker.hpp>

#include <doctest/doctest.h>

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
        if (best_path() == scan_path::avx2) REQUIRE(find_escape(s, scan_path::avx2) == at);
    }
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
