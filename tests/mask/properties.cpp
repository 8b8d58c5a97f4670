#include "mask/corpus.hpp"
#include "mask/support.hpp"

#include <trunkline/core/json.hpp>
#include <trunkline/mask/masker.hpp>
#include <trunkline/mask/stream.hpp>

#include <doctest/doctest.h>

namespace {

using namespace trunkline;
using namespace mask_test;

std::vector<std::string> every_text(std::uint64_t seed)
{
    std::vector<std::string> texts;
    for (auto const& l : corpus::positives(seed)) texts.push_back(l.text());
    for (auto const& l : corpus::cleans(seed)) texts.push_back(l.text());
    return texts;
}

/// A long text of corpus lines, so that values lie across all borders.
std::string long_text(std::uint64_t seed, std::size_t size)
{
    auto const texts = every_text(seed);
    corpus::dice d(seed);
    std::string all;
    while (all.size() < size) all += texts[d.below(texts.size())] + (d.chance(80) ? "\n" : " ");
    return all;
}

} // namespace

TEST_CASE("masker/03, I1: masking what is masked changes nothing and counts nothing")
{
    masker const plain;
    masker const tokens(mask_policy::builder().token_key("k1", "0123456789abcdef").build());
    for (auto const& text : every_text(11))
        for (auto const zone : zones)
            for (auto const* m : {&plain, &tokens}) {
                auto const once = masked(*m, text, zone);
                auto const again = m->mask(once, zone);
                CAPTURE(text);
                CAPTURE(once);
                CAPTURE(again.output);
                CAPTURE(name(zone));
                REQUIRE(again.unchanged());
                REQUIRE(again.counts.total() == 0);
            }
}

TEST_CASE("masker/I2: a stream gives what one piece gives, however it is cut")
{
    masker const m;
    corpus::dice d(5);
    for (std::uint64_t seed = 21; seed < 24; ++seed) {
        auto const text = long_text(seed, 60'000);
        for (auto const zone : zones) {
            auto const whole = masked(m, text, zone);
            for (int n = 0; n < 6; ++n) {
                std::vector<std::size_t> cuts;
                for (std::size_t at = 0; (at += 1 + d.below(n == 0 ? 3 : 9'000)) < text.size();)
                    cuts.push_back(at);
                CAPTURE(seed);
                REQUIRE((streamed(m, text, zone, cuts) == whole));
            }
        }
    }
    auto const texts = every_text(25);
    for (std::size_t k = 0; k < texts.size(); k += 7) {
        auto const& text = texts[k];
        auto const whole = masked(m, text, mask_zone::log);
        for (std::size_t cut = 0; cut <= text.size(); cut += 5) {
            CAPTURE(text);
            REQUIRE(streamed(m, text, mask_zone::log, {cut}) == whole);
        }
    }
}

TEST_CASE("masker/I4: valid JSON stays valid JSON at every level")
{
    masker const m;
    std::size_t count = 0;
    for (auto const& text : every_text(12)) {
        if (!is_json(text)) continue;
        ++count;
        for (auto const zone : zones) {
            auto const out = masked(m, text, zone);
            CAPTURE(text);
            CAPTURE(out);
            REQUIRE(is_json(out));
            auto const inner = [](std::string const& document) {
                return std::string(json::parse(document).string_at("body"));
            };
            if (is_json(inner(text))) REQUIRE(is_json(inner(out)));
        }
    }
    CHECK(count > 300);
}

TEST_CASE("masker/I8: the output never exceeds the stated bound")
{
    masker const plain;
    masker const tokens(mask_policy::builder().token_key("k1", "0123456789abcdef").build());
    std::string ones = "{\"password\":[1";
    for (int k = 0; k < 5000; ++k) ones += ",1";
    ones += "]}";
    auto texts = every_text(13);
    texts.push_back(ones);
    for (auto const& text : texts)
        for (auto const zone : zones)
            for (auto const* m : {&plain, &tokens})
                REQUIRE(masked(*m, text, zone).size() <= m->bound(text.size()));
    CHECK(is_json(masked(plain, ones, mask_zone::log)));
}

TEST_CASE("masker/I9: what zone api masks, log masks too")
{
    masker const m;
    for (auto const& text : every_text(14))
        if (!m.mask(text, mask_zone::api).unchanged()) {
            CAPTURE(text);
            REQUIRE_FALSE(m.mask(text, mask_zone::log).unchanged());
        }
}

TEST_CASE("masker/I10: counts by type and by reason add up")
{
    masker const m;
    mask_counts sum;
    for (auto const& text : every_text(15)) sum += m.mask(text, mask_zone::log).counts;
    CHECK(sum == m.totals());
    std::uint64_t reasons = 0;
    for (std::size_t k = 0; k < mask_reason_count; ++k)
        reasons += sum.of(static_cast<mask_reason>(k));
    CHECK(reasons == sum.total());
    CHECK(sum.total() > 2000);
}

TEST_CASE("masker: a mask far behind the beginning of a long text is written all the same")
{
    masker const m;
    std::string const dots(50'000, '.');
    std::string text = dots, expected = dots;
    text.append(" Tel 0171/3920012 ").append(dots);
    expected.append(" Tel [PHONE] ").append(dots);
    CHECK(masked(m, text, mask_zone::log) == expected);
}

TEST_CASE("masker/I4: a number that is known by its value or by a word before it becomes a string")
{
    masker const m;
    CHECK(
        masked(m, R"({"x":4111111111111111})", mask_zone::log) == R"({"x":"[CREDIT_CARD:*1111]"})");
    CHECK(masked(m, R"({"a":"{\"x\":4111111111111111}"})", mask_zone::log) ==
        R"({"a":"{\"x\":\"[CREDIT_CARD:*1111]\"}"})");
    CHECK(masked(m, "[1,4111111111111111, 5]", mask_zone::log) == "[1,\"[CREDIT_CARD:*1111]\", 5]");
    CHECK(masked(m, R"({"phone":1,"x":2125550123})", mask_zone::log) ==
        R"({"phone":1,"x":"[PHONE]"})");
}
