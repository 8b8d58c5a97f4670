#include "catalogue_support.hpp"

#include <trunkline/retell/demo_account.hpp>
#include <trunkline/retell/value_check.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <tuple>

using namespace trunkline;
using namespace trunkline::retell;
using namespace catalogue_test;

namespace {

std::string lines(std::vector<std::string> const& parts)
{
    std::string out;
    for (auto const& p : parts) out += p + "\n";
    return out;
}

/// "path: text", in order.
std::string told(resource_kind kind, std::string_view before, std::string_view after)
{
    std::vector<std::string> out;
    for (auto const& f : check_values(kind, json::parse(before), json::parse(after)))
        out.push_back(f.path + ": " + f.text);
    return lines(out);
}

} // namespace

TEST_CASE("value check: kinds, ranges and words, at any depth, with what is asked for")
{
    CHECK(told(resource_kind::agent, "null",
              R"({"voice_speed": "fast", "volume": 99, "enable_backchannel": "yes", "stt_mode": "Fast",
                  "language": ["de-DE", "de-De"], "webhook_events": ["call_started", "call_endet"],
                  "ivr_option": [], "response_engine": null, "reminder_max_count": -1,
                  "user_dtmf_options": {"digit_limit": 51}, "boosted_keywords": "a, b",
                  "call_screening_option": {"agent_identity": "12345678901234567890123456789012345678901234567890ä12345678901234567890123456789012345678901234567890"}})") ==
        lines({"voice_speed: is a string; must be a number between 0.5 and 2",
            "volume: is 99; must be a number between 0 and 2",
            "enable_backchannel: is a string; must be a boolean",
            "stt_mode: is another word; must be one of fast, accurate, custom; did you mean "
            "\"fast\"?",
            "language: holds another word; must be one of 64 known words; did you mean \"de-DE\"?",
            "webhook_events: holds another word; must be an array of one of call_started, "
            "call_ended, call_analyzed, transcript_updated, transfer_started, transfer_bridged, "
            "transfer_cancelled, transfer_ended; did you mean \"call_ended\"?",
            "ivr_option: is an array; must be an object",
            "response_engine: is null; must be an object",
            "reminder_max_count: is -1; must be a number of at least 0",
            "user_dtmf_options.digit_limit: is 51; must be a number between 1 and 50",
            "boosted_keywords: is a string; must be an array",
            "call_screening_option.agent_identity: has 101 characters; must be a string of at most "
            "100 characters"}));
    CHECK(told(resource_kind::llm, "null",
              R"({"general_tools": [{"name": "book", "type": "custom", "timeout_ms": "soon", "method": "SEND"},
                  7], "kb_config": {"top_k": 11}, "states": {}, "general_prompt": ["x"]})") ==
        lines({"general_tools[book].timeout_ms: is a string; must be a number",
            "general_tools[book].method: is another word; must be one of GET, POST, PUT, PATCH, "
            "DELETE",
            "general_tools[1]: is a number; must be an object",
            "kb_config.top_k: is 11; must be a number between 1 and 10",
            "states: is an object; must be an array",
            "general_prompt: is an array; must be a string"}));
    CHECK(
        told(resource_kind::flow, "null",
            R"({"nodes": [{"id": "a", "voice_speed": 3, "responsiveness": null}], "start_speaker": "caller"})") ==
        lines({"nodes[a].voice_speed: is 3; must be a number between 0.5 and 2",
            "start_speaker: is another word; must be one of user, agent"}));
    CHECK(told(resource_kind::phone_number, "null",
              R"({"inbound_agents": [{"agent_id": "a", "agent_version": "live", "weight": 1.5}]})") ==
        lines({"inbound_agents[0].weight: is 1.5; must be a number between 0 and 1"}));
    CHECK(told(resource_kind::knowledge_base, "null", R"({"max_chunk_size": 100})") ==
        lines({"max_chunk_size: is 100; must be a number between 600 and 6000"}));
}

TEST_CASE("value check: items of a list are what the service takes there")
{
    CHECK(told(resource_kind::agent, "null",
              R"({"boosted_keywords": ["Praxis", 7], "fallback_voice_ids": [1], "backchannel_words": [null],
                  "pii_config": {"mode": "post_call", "categories": [["email"]]},
                  "pronunciation_dictionary": ["Müller"],
                  "post_call_analysis_data": [{"name": "a"}, "b"]})") ==
        lines({"boosted_keywords[1]: is a number; must be a string",
            "fallback_voice_ids[0]: is a number; must be a string",
            "backchannel_words[0]: is null; must be a string",
            "pii_config.categories: holds another word; must be an array of one of person_name, "
            "address, email, phone_number, ssn, passport, driver_license, credit_card, "
            "bank_account, password, pin, medical_id, date_of_birth, customer_account_number",
            "pronunciation_dictionary[0]: is a string; must be an object",
            "post_call_analysis_data[1]: is a string; must be an object"}));
    CHECK(told(resource_kind::llm, "null",
              R"({"knowledge_base_ids": [1], "states": [[]],
                  "default_dynamic_variables": [1],
                  "general_tools": [{"name": "a", "headers": ["x"], "transfer_option": [1],
                                     "parameters": {"required": ["x"], "enum": [1, "a"], "properties": ["x"]}}]})") ==
        lines({"knowledge_base_ids[0]: is a number; must be a string",
            "states[0]: is an array; must be an object",
            "default_dynamic_variables: is an array; must be an object",
            "general_tools[a].headers: is an array; must be an object",
            "general_tools[a].transfer_option: is an array; must be an object",
            "general_tools[a].parameters.properties: is an array; must be an object"}));
    CHECK(told(resource_kind::phone_number, "null",
              R"({"inbound_agents": ["agent_1"], "allowed_inbound_country_list": [49],
                  "transport": "SCTP", "sip_outbound_trunk_config": {"transport": "tls"}})") ==
        lines({"inbound_agents[0]: is a string; must be an object",
            "allowed_inbound_country_list[0]: is a number; must be a string",
            "transport: is another word; must be one of TCP, TLS, UDP",
            "sip_outbound_trunk_config.transport: is another word; must be one of TCP, TLS, UDP"}));
    CHECK(told(resource_kind::agent, R"({"boosted_keywords": [7]})",
        R"({"boosted_keywords": ["Praxis", 7]})")
              .empty());
}

TEST_CASE("value check: where an object belongs, a list with something in it is always found")
{
    for (auto const& rule : field_rules()) {
        auto const asks = rule.values.type == value_type::object;
        bool const sent = rule.cls == field_class::object || rule.cls == field_class::opaque_map;
        bool const in_schema = rule.path.find("parameters/") != rule.path.npos ||
            rule.path.find("input_schema/") != rule.path.npos;
        if (!asks || !sent || in_schema) continue;
        json::value wrong = json::array{1};
        auto rest = rule.path; // from the innermost member outwards
        while (!rest.empty()) {
            auto const cut = rest.rfind('/');
            auto const step = cut == rest.npos ? rest : rest.substr(cut + 1);
            if (step == "[]") wrong = json::array{std::move(wrong)};
            else wrong = json::object{{step == "*" ? "x" : std::string(step), std::move(wrong)}};
            rest = cut == rest.npos ? std::string_view() : rest.substr(0, cut);
        }
        INFO(name(rule.kind) << " " << rule.path);
        auto const found = check_values(rule.kind, nullptr, wrong);
        CHECK(
            std::ranges::any_of(found, [](auto const& f) { return f.kind == finding_kind::value; }));
    }
}

TEST_CASE("value check: nothing that was there before is judged, only what is new")
{
    CHECK(told(resource_kind::agent,
        R"({"voice_speed": 99, "webhook_events": ["call_moved", "call_ended"], "news": {"a": 1},
                  "voice_sped": 1, "voicemail_option": {"action": {"type": "fax"}}})",
        R"({"voice_speed": 99.0, "webhook_events": ["call_started", "call_moved", "call_ended"],
                  "news": {"a": "x"}, "voice_sped": 2,
                  "voicemail_option": {"detection_prompt": "x", "action": {"type": "fax"}}})")
              .empty());
    CHECK(told(resource_kind::llm,
        R"({"general_tools": [{"name": "a", "type": "future", "depth": 1}]})",
        R"({"general_tools": [{"name": "b", "type": "end_call"}, {"name": "a", "type": "future", "depth": 2}]})")
              .empty());
    CHECK(told(resource_kind::agent, R"({"webhook_events": ["call_moved"]})",
              R"({"webhook_events": ["call_moved", "x"]})") ==
        lines({"webhook_events: holds another word; must be an array of one of call_started, "
               "call_ended, call_analyzed, transcript_updated, transfer_started, transfer_bridged, "
               "transfer_cancelled, transfer_ended"}));
}

TEST_CASE("value check: a reference is found wherever it is new, and only there")
{
    std::string const what =
        ": holds a reference that is put in at another place only (docs/sync.md), and would go "
        "live as it is written";
    auto const list = [](std::string_view items) {
        return R"({"boosted_keywords": [)" + std::string(items) + "]}";
    };
    auto const found = [&](std::string_view before, std::string_view after) {
        return told(resource_kind::agent, list(before), list(after));
    };
    CHECK(found(R"("a", "@env:A")", R"("b", "a", "@env:A")") == "");
    CHECK(found(R"("a", "b")", R"("a", "@env:A", "b")") == lines({"boosted_keywords[1]" + what}));
    CHECK(found(R"("a")", R"("a", "@env:A")") == lines({"boosted_keywords[1]" + what}));
    CHECK(found(R"("@env:A")", R"("@env:B", "@env:A")") == lines({"boosted_keywords[0]" + what}));
    CHECK(told(resource_kind::agent, "{}", list(R"("@env:A")")) ==
        lines({"boosted_keywords[0]" + what}));
    CHECK(told(resource_kind::agent, "null", list(R"("@env:A")")) ==
        lines({"boosted_keywords[0]" + what}));
    CHECK(told(resource_kind::llm, R"({"default_dynamic_variables": {"a": "x"}})",
              R"({"default_dynamic_variables": {"b": "@env:A", "a": "x"}})") ==
        lines({"default_dynamic_variables.b" + what}));
}

TEST_CASE("value check: an unknown name is carried through, and told where it looks misspelt")
{
    CHECK(
        told(resource_kind::agent, "{}",
            R"({"voice_sped": 1.2, "vendor_news": {"voice_sped": 1}, "voicespeed": 1, "vioce_id": "x"})") ==
        lines({"voice_sped: unknown to this version; did you mean voice_speed?",
            "voicespeed: unknown to this version; did you mean voice_speed?",
            "vioce_id: unknown to this version; did you mean voice_id?"}));
    CHECK(told(resource_kind::llm, "{}",
              R"({"general_tools": [{"name": "a", "type": "custom", "timeout": 1, "timeout_m": 1,
                  "parameters": {"type": "object", "propertis": {}}, "headers": {"urls": "x"}}],
                  "default_dynamic_variables": {"general_promt": "x"}})") ==
        lines({"general_tools[a].timeout_m: unknown to this version; did you mean timeout_ms?"}));
}

TEST_CASE(
    "value check: models come and go, so another one is only asked about where it looks misspelt")
{
    CHECK(told(resource_kind::llm, "{}", R"({"model": "gpt-4.1-mni", "s2s_model": "gpt-9"})") ==
        lines({"model: is a word unknown to this version; did you mean \"gpt-4.1-mini\"?"}));
    CHECK(told(resource_kind::llm, "{}", R"({"model": 4})") ==
        lines({"model: is 4; must be one of 24 known words"}));
}

TEST_CASE("value check: no text of a document is repeated")
{
    auto const text = told(resource_kind::agent, "null",
        R"({"voice_speed": "CANARY", "stt_mode": "CANARY", "language": "CANARY", "pii_config": "CANARY",
            "handbook_config": {"ai_disclosure": "CANARY"}, "voice_model": "CANARY"})");
    CHECK(std::ranges::count(text, '\n') == 5);
    CHECK(text.find("CANARY") == text.npos);
}

TEST_CASE("value check: whatever its seed, the demo account has no wrong value")
{
    for (std::uint64_t const seed : {1, 2, 77}) {
        auto const account = make_demo_account(seed, 1'795'305'600'000);
        for (auto const& [list, kind] : {std::pair("agents", resource_kind::agent),
                 {"retell_llms", resource_kind::llm}, {"conversation_flows", resource_kind::flow}})
            for (auto const& entry : account.at_or_null(list).as_array())
                for (auto const& v : entry.at_or_null("versions").as_array())
                    for (auto const& f : check_values(kind, nullptr, v)) {
                        INFO(list << " " << f.path << ": " << f.text);
                        CHECK(f.kind == finding_kind::hint);
                    }
        for (auto const& n : account.at_or_null("phone_numbers").as_array())
            CHECK(check_values(resource_kind::phone_number, nullptr, n).empty());
    }
}

TEST_CASE("value check: real flows have no wrong value")
{
    for (auto const name : {"flow-support-a.json", "flow-booking-a.json",
             "flow-booking-a-twin.json", "flow-booking-a-rev12.json", "flow-booking-b.json"})
    {
        auto const text = read_file(shared_folder() / "fixtures" / name);
        if (!text) return;
        auto document = json::parse(*text);
        repair_empty_objects(resource_kind::flow, document);
        for (auto const& f : check_values(resource_kind::flow, nullptr, document)) {
            INFO(name << " " << f.path << ": " << f.text);
            CHECK(f.kind == finding_kind::hint);
        }
    }
}
