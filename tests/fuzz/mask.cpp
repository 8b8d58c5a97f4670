// The masker's invariants on any bytes: the bound, the same output and counts for every split and
// without SIMD, documents stay documents at every level. A second pass finds nothing in documents;
// in damaged text it may find more (docs/masker.md, limits), in 1 of 50 at most, and soon nothing
// is left to be found. Input: zone, how the stream is cut and what stands before, then the text.

#include "target.hpp"

#include <trunkline/core/json.hpp>
#include <trunkline/core/random.hpp>
#include <trunkline/mask/masker.hpp>
#include <trunkline/mask/stream.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace {

using namespace trunkline;

masker const& plain()
{
    static masker const m;
    return m;
}

masker const& scalar()
{
    static masker const m(mask_policy::builder().scalar_only().build());
    return m;
}

masker const& with_tokens()
{
    static masker const m(mask_policy::builder().token_key("k1", "0123456789abcdef").build());
    return m;
}

void expect_same_in_pieces(
    std::string_view text, mask_zone zone, random_source& cut, mask_result const& whole)
{
    mask_stream s(plain(), zone);
    std::string out;
    for (auto rest = text; !rest.empty();) {
        auto const n =
            std::min<std::size_t>(1 + cut.below(cut.below(3) == 0 ? 5000 : 20), rest.size());
        FUZZ_EXPECT(s.feed(rest.substr(0, n), out) == mask_status::done);
        rest.remove_prefix(n);
    }
    FUZZ_EXPECT(s.flush(out) == mask_status::done);
    FUZZ_EXPECT(out == whole.text(text));
    FUZZ_EXPECT(s.counts() == whole.counts);
}

bool is_json(std::string_view text)
{
    json::parse_error why;
    return json::parse(text, why).has_value();
}

/// Strings that hold a document before hold one afterwards; members are the same.
void expect_documents(json::value const& before, json::value const& after, unsigned depth = 0)
{
    if (before.is_string() && after.is_string()) {
        auto const& inner = before.as_string();
        if (depth < 4 && inner.find_first_of("{[") != inner.npos) {
            auto const& masked = after.as_string();
            bool const gone =
                masked.find('{') == masked.npos && !masked.starts_with("[\""); // one mask
            if (is_json(inner) && !gone) {
                FUZZ_EXPECT(is_json(masked));
                expect_documents(json::parse(inner), json::parse(masked), depth + 1);
            }
        }
    }
    if (before.is_array()) {
        FUZZ_EXPECT(after.is_array() && after.as_array().size() == before.as_array().size());
        for (std::size_t k = 0; k < before.as_array().size(); ++k)
            expect_documents(before.as_array()[k], after.as_array()[k], depth);
    }
    if (before.is_object()) {
        FUZZ_EXPECT(after.is_object() && after.as_object().size() == before.as_object().size());
        auto other = after.as_object().begin();
        for (auto const& m : before.as_object()) expect_documents(m.val, (other++)->val, depth);
    }
}

void expect_stable(std::string out, mask_zone zone, bool document, bool masked)
{
    static std::uint64_t all = 0, unstable = 0;
    if (masked) ++all;
    for (int passes = 0; passes < 8; ++passes) {
        auto const again = plain().mask(out, zone);
        if (again.unchanged()) return;
        FUZZ_EXPECT(!document);
        // What is damaged may be read in another way once a mask has ended what was open.
        if (passes == 0) FUZZ_EXPECT(++unstable <= 20 + all / 50);
        out = again.output;
    }
    FUZZ_EXPECT(!"masked again and again");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size < 2) return 0;
    auto const zone = static_cast<mask_zone>(data[0] % mask_zone_count);
    random_source cut(data[1]);
    std::string input(reinterpret_cast<char const*>(data) + 2, size - 2);
    // Inputs are shorter than a round: some are moved across its end.
    if (cut.below(8) == 0) input.insert(0, 1 + cut.below(9000), ' ');
    std::string_view const text(input);

    auto const r = plain().mask(text, zone);
    FUZZ_EXPECT(r.status == mask_status::done);
    std::string const out(r.text(text));
    FUZZ_EXPECT(out.size() <= plain().bound(text.size()));
    FUZZ_EXPECT(r.unchanged() == (r.counts.total() == 0));
    expect_same_in_pieces(text, zone, cut, r);
    auto const s = scalar().mask(text, zone);
    FUZZ_EXPECT(s.text(text) == out);
    FUZZ_EXPECT(s.counts == r.counts);
    // A number alone is text as well.
    bool const document = text.find_first_of("{[") != text.npos && is_json(text);
    if (document) {
        FUZZ_EXPECT(is_json(out));
        expect_documents(json::parse(text), json::parse(out));
    }
    expect_stable(out, zone, document, !r.unchanged());

    auto const t = with_tokens().mask(text, zone);
    FUZZ_EXPECT(t.text(text).size() <= with_tokens().bound(text.size()));
    return 0;
}
