// The masker's invariants on any bytes: the bound, the same output and counts for every split and
// without SIMD, documents stay documents at every level. A second pass may find more in text that
// was pieced together (docs/masker.md, limits), in 1 of 5000 at most (see expect_rare()), and in
// the end nothing is left to be found. Input: zone, a seed (how the stream is cut, whether a
// document is made of the text), the text.

#include "target.hpp"

#include <trunkline/core/json.hpp>
#include <trunkline/core/random.hpp>
#include <trunkline/mask/masker.hpp>
#include <trunkline/mask/stream.hpp>

#include <algorithm>
#include <cstdio>
#include <iterator>
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

/// RFC 8259 by its grammar alone: what the parser refuses for another reason may be one.
class grammar {
public:
    static bool holds(std::string_view text)
    {
        grammar g(text);
        return g.value(0) && g.rest_.empty();
    }

private:
    explicit grammar(std::string_view text) : rest_(text) {}

    bool value(unsigned depth)
    {
        blank();
        bool const is = depth < 2000 &&
            (take('{')          ? list('}', depth)
                    : take('[') ? list(']', depth)
                    : take('"') ? string()
                                : word());
        blank();
        return is;
    }
    bool list(char close, unsigned depth)
    {
        blank();
        if (take(close)) return true;
        do {
            blank();
            if (close == '}') {
                if (!take('"') || !string()) return false;
                blank();
                if (!take(':')) return false;
            }
            if (!value(depth + 1)) return false;
        } while (take(','));
        return take(close);
    }
    bool string()
    {
        for (; !rest_.empty(); rest_.remove_prefix(1)) {
            auto const c = static_cast<unsigned char>(rest_[0]);
            if (take('"')) return true;
            if (c < 0x20) return false;
            if (c == '\\') rest_.remove_prefix(1);
            if (rest_.empty()) return false;
        }
        return false;
    }
    /// A number or a name: they are not taken apart.
    bool word()
    {
        auto const n = std::min(rest_.find_first_not_of("0123456789+-.eEtrufalsn"), rest_.size());
        rest_.remove_prefix(n);
        return n > 0;
    }
    void blank()
    {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    }
    bool take(char c)
    {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    std::string_view rest_;
};

/// Two keys that were values may be one mask: a document, if not one that the parser takes.
bool is_json(std::string_view text)
{
    json::parse_error why;
    if (json::parse(text, why).has_value()) return true;
    return why.reason.starts_with("duplicate key") && grammar::holds(text);
}
bool is_taken(std::string_view text)
{
    json::parse_error why;
    return json::parse(text, why).has_value();
}

/// A document made of the bytes: whatever they are, it is one. What the masker knows by its key
/// stands beside what it knows by its value.
class document_maker {
public:
    document_maker(std::string_view bytes, random_source& choice) : rest_(bytes), choice_(choice) {}

    std::string make(unsigned depth = 0, unsigned strings = 0)
    {
        auto const kind = depth > 4 || rest_.empty() ? 3 : choice_.below(depth == 0 ? 2 : 8);
        if (kind == 0) return list('[', ']', depth, strings);
        if (kind == 1) return list('{', '}', depth, strings);
        if (kind == 2)
            return strings == 2 ? number() : quoted(make(depth + 1, strings + 1)); // in a string
        if (kind == 3) return number();
        return quoted(take(80));
    }

private:
    std::string list(char open, char close, unsigned depth, unsigned strings)
    {
        std::string s(1, open);
        for (auto n = choice_.below(6); n > 0 && !rest_.empty(); --n) {
            if (s.size() > 1) s += ',';
            // Unique, because a parser may refuse what is not.
            if (open == '{')
                s += quoted(key() + std::to_string(n)) + (choice_.below(2) ? ":" : " : ");
            s += make(depth + 1, strings);
        }
        return s + close;
    }
    std::string key()
    {
        constexpr std::string_view keys[] = {"password", "api_key", "phone", "name", "value",
            "transcript", "content", "words", "headers", "Authorization", "address", "webhook_url",
            "recording_url", "general_tools", "transcript_object", "id", "email"};
        return choice_.below(3) == 0 ? take(20) : std::string(keys[choice_.below(std::size(keys))]);
    }
    std::string number()
    {
        constexpr std::string_view numbers[] = {
            "0", "true", "null", "4111111111111111", "-1.5e3", "491713920012", "1234", "17"};
        return std::string(numbers[choice_.below(std::size(numbers))]);
    }
    std::string take(std::size_t most)
    {
        auto const n = std::min(choice_.below(most), rest_.size());
        std::string const s(rest_.substr(0, n));
        rest_.remove_prefix(n);
        return s;
    }
    std::string quoted(std::string const& text)
    {
        std::string s = "\"";
        bool const coded_too = text.find('\\') == text.npos; // not what is coded already
        for (unsigned char const c : text) {
            if (c >= 0x80 || c < 0x20 || (coded_too && c != '"' && choice_.below(60) == 0)) {
                char coded[8];
                std::snprintf(coded, sizeof coded, "\\u%04x", c);
                s += coded;
            } else {
                if (c == '"' || c == '\\') s += '\\';
                s += static_cast<char>(c);
            }
        }
        return s + '"';
    }

    std::string_view rest_;
    random_source& choice_;
};

/// Strings that hold a document before hold one afterwards; members are the same.
bool same_documents(json::value const& before, json::value const& after, unsigned depth = 0)
{
    if (before.is_string() && after.is_string()) {
        auto const& inner = before.as_string();
        if (depth < 4 && inner.find_first_of("{[") != inner.npos) {
            auto const& masked = after.as_string();
            bool const gone =
                masked.find('{') == masked.npos && !masked.starts_with("[\""); // one mask
            if (is_json(inner) && !gone) {
                if (!(is_json(masked))) return false;
                if (is_taken(inner) && is_taken(masked))
                    if (!same_documents(json::parse(inner), json::parse(masked), depth + 1))
                        return false;
            }
        }
    }
    if (before.is_array()) {
        if (!(after.is_array() && after.as_array().size() == before.as_array().size()))
            return false;
        for (std::size_t k = 0; k < before.as_array().size(); ++k)
            if (!same_documents(before.as_array()[k], after.as_array()[k], depth)) return false;
    }
    if (before.is_object()) {
        if (!(after.is_object() && after.as_object().size() == before.as_object().size()))
            return false;
        auto other = after.as_object().begin();
        for (auto const& m : before.as_object())
            if (!same_documents(m.val, (other++)->val, depth)) return false;
    }
    return true;
}

/// Texts that a second pass changes, of `all` that were masked. libFuzzer keeps such texts and
/// changes them further, so that a long run meets more of them (docs/masker.md, limits).
void expect_rare(std::uint64_t unstable, std::uint64_t all)
{
#ifdef TRUNKLINE_LIBFUZZER
    FUZZ_EXPECT(unstable <= 10 + all / 500);
#else
    FUZZ_EXPECT(unstable <= 3 + all / 5000);
#endif
}

void expect_stable(std::string out, mask_zone zone, bool masked, bool made)
{
    static std::uint64_t alls[2] = {}, unstables[2] = {};
    auto& all = alls[made];
    auto& unstable = unstables[made];
    if (masked) ++all;
    for (int passes = 0; passes < 64; ++passes) {
        auto const again = plain().mask(out, zone);
        if (again.unchanged()) return;
        // What was pieced together may be read in another way once a mask has ended what was open.
        if (passes == 0) expect_rare(++unstable, all);
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
    bool const made = cut.below(3) == 0;
    if (made) {
        input = document_maker(input, cut).make();
        FUZZ_EXPECT(is_json(input));
    }
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
    // A number alone is text as well, if it has a sign, a fraction or an exponent, or much space around.
    bool const number = text.find_first_of("{[\"") == text.npos;
    bool const plain_number = text.find_first_of("-.eE") == text.npos && text.size() < 200;
    bool const document = (!number || plain_number) && is_json(text);
    if (document) {
        bool const same = is_json(out) &&
            (!is_taken(text) || !is_taken(out) ||
                same_documents(json::parse(text), json::parse(out)));
        FUZZ_EXPECT(same);
        if (!made && is_taken(text)) FUZZ_EXPECT(is_taken(out));
    }
    expect_stable(out, zone, !r.unchanged(), made);

    auto const t = with_tokens().mask(text, zone);
    FUZZ_EXPECT(t.text(text).size() <= with_tokens().bound(text.size()));
    return 0;
}
