// Operators' own rules, and the dry run that says what they do.

#include "mask/corpus.hpp"
#include "mask/support.hpp"

#include <trunkline/mask/masker.hpp>

#include <doctest/doctest.h>

#include <stdexcept>

using namespace trunkline;
using mask_test::is_json;
using mask_test::masked;
using mask_test::streamed;
using mask_test::zones;

namespace {

std::string refusal_of(std::string_view policy)
{
    try {
        (void)mask_policy::from_json(policy);
    } catch (std::invalid_argument const& e) {
        return e.what();
    }
    return {};
}

} // namespace

TEST_CASE(
    "masker rules: a value goes wherever it stands as a whole, in every spelling of JSON and URLs")
{
    masker const m(mask_policy::builder().value("Jürgen Groß", mask_type::person_name).build());
    for (std::string const text : {"Anruf von Jürgen Groß, 10 Uhr", R"({"x":"Jürgen Groß"})",
             R"({"x":"J\u00fcrgen Gro\u00df"})", R"({"x":"J\u00FCrgen Gro\u00DF"})",
             "/suche?q=J%C3%BCrgen%20Gro%C3%9F&p=2", "q=J%c3%bcrgen+Gro%c3%9f"})
    {
        auto const out = masked(m, text, mask_zone::log);
        CAPTURE(out);
        CHECK(out.find("[PERSON_NAME]") != out.npos);
        CHECK(masked(m, out, mask_zone::log) == out);
        CHECK(masked(m, text, mask_zone::api) == text); // names stay there
    }
    CHECK(masked(m, "Jürgen Großmann", mask_zone::log) == "Jürgen Großmann");
    CHECK(masked(m, "line\\nJürgen Groß", mask_zone::log) == "line\\n[PERSON_NAME]");
    CHECK_THROWS_AS(
        mask_policy::builder().value("abc", mask_type::person_name), std::invalid_argument);
}

TEST_CASE("masker rules: what is allowed stays, with a reason, and never a secret")
{
    masker const m(mask_policy::builder()
                       .harmless_value("+49 30 23125001", "our own reception")
                       .harmless_value("info@praxis.example", "printed on the door")
                       .harmless_value("sk_live_abcdefghijklmnopqrstuvwx", "a mistake")
                       .harmless_value("hunter2hunter2", "a mistake")
                       .build());
    for (auto const zone : zones)
        for (std::string const text : {"Tel. 030 23125001", "+493023125001 ruft an",
                 "0049 (0)30 / 231 250 01", "mail Info@Praxis.example now",
                 R"({"from_number":"+493023125001","email":"info@praxis.example"})"})
        {
            if (zone == mask_zone::transcript && text.starts_with("0049")) continue;
            CAPTURE(text);
            CHECK(masked(m, text, zone) == text);
        }
    CHECK(masked(m, "Tel. 030 23125002", mask_zone::log) == "Tel. [PHONE]");
    for (auto const zone : zones) {
        CHECK(masked(m, "sk_live_abcdefghijklmnopqrstuvwx", zone) == "[STRIPE_KEY]");
        CHECK(masked(m, "password=hunter2hunter2", zone) == "password=[PASSWORD]");
    }
    CHECK_THROWS_AS(
        mask_policy::builder().harmless_value("+49 30 23125001", ""), std::invalid_argument);
}

TEST_CASE("masker rules: a policy file names them; what is wrong is said with its place")
{
    auto const policy = mask_policy::from_json(
        R"({"values":[{"value":"Praxis Dr. Berg","type":"customer_account_number"}],
            "allow_values":[{"value":"+49 30 23125001","reason":"our own"}]})");
    CHECK(masked(masker(policy), "Praxis Dr. Berg, 030 23125001", mask_zone::error) ==
        "[CUSTOMER_ACCOUNT_NUMBER], 030 23125001");
    CHECK(refusal_of(R"({"values":{}})") == "policy: values is an array of objects");
    CHECK(refusal_of(R"({"values":[{"value":"abcdef"}]})") == "policy: values[0] lacks \"type\"");
    CHECK(refusal_of(R"({"allow_values":[{"value":"abcdef","reason":""}]})") ==
        "policy: allow_values[0]: what is allowed needs a reason");
    CHECK(refusal_of(R"({"allow_values":[{"value":"abcdef","because":"x"}]})") ==
        "policy: allow_values[0] has the members value, reason, each a string");
    if (!mask_policy::builder::has_patterns()) {
        auto const why = refusal_of(R"({"patterns":[{"name":"a","regex":"a","type":"phone"}]})");
        CHECK(why.find("libre2-dev") != why.npos);
    }
}

TEST_CASE("masker rules: patterns, in text, documents and streams" *
    doctest::skip(!mask_policy::builder::has_patterns()))
{
    masker const m(
        mask_policy::builder()
            .pattern("file number", R"(\bAZ-\d{4,}\b)", mask_type::customer_account_number)
            .pattern("member", R"(\b77\d{6}\b)", mask_type::medical_id)
            .harmless_pattern("AZ-0000+", "examples in the manual")
            .build());
    auto const log = [&](std::string_view text) { return masked(m, text, mask_zone::log); };
    CHECK(log("Akte AZ-12345.") == "Akte [CUSTOMER_ACCOUNT_NUMBER].");
    CHECK(log("Akte AZ-00000.") == "Akte AZ-00000.");
    CHECK(log(R"({"n":77123456,"m":[77123456, 1],"s":"77123456"})") ==
        R"({"n":"[MEDICAL_ID]","m":["[MEDICAL_ID]", 1],"s":"[MEDICAL_ID]"})");
    // Streams, however they are cut, and a second time.
    corpus::dice d(7);
    std::string text;
    while (text.size() < 40'000) {
        text.append(d.below(900), static_cast<char>('a' + d.below(26)));
        text += d.chance(50) ? " AZ-55555 " : R"({"n":77123456,"phone":"0171/3920012"})";
    }
    auto const whole = log(text);
    CHECK(whole.find("55555") == whole.npos);
    CHECK(log(whole) == whole);
    for (int n = 0; n < 30; ++n) {
        std::vector<std::size_t> cuts;
        for (std::size_t at = 0; (at += 1 + d.below(n < 3 ? 5 : 6000)) < text.size();)
            cuts.push_back(at);
        REQUIRE((streamed(m, text, mask_zone::log, cuts) == whole));
    }
    char buffer[64];
    std::size_t written = 0;
    CHECK(m.mask_to("AZ-12345", mask_zone::log, buffer, sizeof buffer, written, nullptr) ==
        mask_status::done);
    CHECK(std::string_view(buffer, written) == "[CUSTOMER_ACCOUNT_NUMBER]");
    CHECK(m.mask_to("AZ-12345", mask_zone::log, buffer, 10, written, nullptr) == mask_status::limit);
}

TEST_CASE("masker rules: no pattern takes a secret apart or keeps one" *
    doctest::skip(!mask_policy::builder::has_patterns()))
{
    mask_policy::builder b;
    b.pattern("greedy", "s[a-z_]+", mask_type::customer_account_number);
    b.pattern("everything", ".+", mask_type::digits); // stays in most zones
    b.harmless_pattern(".+", "the operator trusts all");
    for (auto const zone : zones)
        b.action(mask_type::customer_account_number, zone, mask_action::keep);
    masker const m(b.build());
    masker const plain;
    auto const secrets_of = [](mask_counts const& c) {
        std::uint64_t n = 0;
        for (std::size_t t = 0; t < mask_type_count; ++t)
            if (is_secret(static_cast<mask_type>(t))) n += c.of(static_cast<mask_type>(t));
        return n;
    };
    for (auto const& line : corpus::positives(3))
        for (auto const zone : {mask_zone::log, mask_zone::error, mask_zone::webhook_out}) {
            CAPTURE(line.text());
            REQUIRE(secrets_of(m.mask(line.text(), zone).counts) >=
                secrets_of(plain.mask(line.text(), zone).counts));
        }
}

TEST_CASE("masker rules: limits of what is compiled" *
    doctest::skip(!mask_policy::builder::has_patterns()))
{
    auto const refused = [](std::string const& regex) {
        try {
            mask_policy::builder().pattern("x", regex, mask_type::phone);
        } catch (std::invalid_argument const&) {
            return true;
        }
        return false;
    };
    CHECK(refused(std::string(1001, 'a')));
    CHECK(refused("(((a{100}){100}){100})"));
    CHECK(refused("a*"));
    CHECK(refused("(a"));
    CHECK(refused(""));
    CHECK_FALSE(refused("a+"));
    mask_policy::builder many;
    for (int n = 0; n < 64; ++n) many.pattern("p", "abcd+", mask_type::phone);
    CHECK_THROWS_AS(many.harmless_pattern("a+", "x"), std::invalid_argument);
}

TEST_CASE("masker: a dry run says where and why, and counts for nobody")
{
    masker const m(mask_policy::builder().value("Praxis Berg", mask_type::person_name).build());
    std::string const text =
        R"(x {"password":"a\"b"} Praxis Berg 0171/3920012 {"x":"{\"api_key\":\"abcdefgh\"}"} Praxis Berg)";
    auto const r = m.inspect(text, mask_zone::log);
    REQUIRE(r.status == mask_status::done);
    std::vector<std::string> seen;
    for (auto const& f : r.findings)
        seen.push_back(text.substr(f.begin, f.end - f.begin) + " " + std::string(name(f.type)) +
            " " + std::string(name(f.reason)) + f.rule);
    CHECK(seen ==
        std::vector<std::string>{R"(a\"b PASSWORD key)", "Praxis Berg PERSON_NAME rulevalue",
            "0171/3920012 PHONE value", "abcdefgh GENERIC_SECRET key",
            "Praxis Berg PERSON_NAME rulevalue"});
    CHECK(r.counts.total() == 5);
    CHECK(r.counts == m.mask(text, mask_zone::log).counts);
    CHECK(m.totals().total() == 5); // of mask() alone
    // On any text the findings are what mask() replaces.
    masker const plain;
    for (auto const& line : corpus::positives(4)) {
        auto const found = plain.inspect(line.text(), mask_zone::log);
        REQUIRE(found.counts == plain.mask(line.text(), mask_zone::log).counts);
        REQUIRE(found.findings.size() == found.counts.total());
        std::size_t last = 0;
        for (auto const& f : found.findings) {
            REQUIRE(f.begin >= last);
            REQUIRE(f.end > f.begin);
            REQUIRE(f.end <= line.text().size());
            last = f.end;
        }
    }
}
