#include "catalogue_support.hpp"

#include <doctest/doctest.h>

using namespace trunkline;
using namespace trunkline::retell;
using namespace catalogue_test;

namespace {

using strings = std::vector<std::string>;

std::string content(resource_kind kind, char const* text)
{
    return json::to_text(managed_content(kind, json::parse(text)));
}

bool same(resource_kind kind, char const* a, char const* b)
{
    auto const left = json::parse(a);
    auto const right = json::parse(b);
    bool const equal = managed_hash(kind, left) == managed_hash(kind, right);
    // The hash and the content may never disagree.
    CHECK(equal == (managed_content(kind, left) == managed_content(kind, right)));
    return equal;
}

} // namespace

TEST_CASE("repair: lists in the place of known objects become objects")
{
    auto agent = json::parse(R"({"user_dtmf_options": [], "metadata": [], "response_engine": [],
        "voicemail_option": {"action": []}, "webhook_events": [], "pii_config": {"categories": []}})");
    CHECK(repair_empty_objects(resource_kind::agent, agent) ==
        strings{"/user_dtmf_options", "/metadata", "/response_engine", "/voicemail_option/action"});
    CHECK(json::to_text(agent) ==
        R"({"user_dtmf_options":{},"metadata":{},"response_engine":{},"voicemail_option":{"action":{}},)"
        R"("webhook_events":[],"pii_config":{"categories":[]}})");
    CHECK(repair_empty_objects(resource_kind::agent, agent).empty());

    auto llm = json::parse(R"({"default_dynamic_variables": [], "kb_config": [], "general_tools": [
        {"name": "a/b", "headers": [], "query_params": [], "response_variables": [],
         "parameter_mapping": [], "parameters": {"type": "object", "properties": [], "required": []}},
        {"name": "c", "parameters": {"properties": {"x": {"type": "object", "properties": [],
            "enum": []}, "y": {"type": "array", "items": {"properties": []}}}}}],
        "states": [{"name": "s", "tools": [], "edges": []}], "knowledge_base_ids": []})");
    CHECK(repair_empty_objects(resource_kind::llm, llm) ==
        strings{"/default_dynamic_variables", "/kb_config", "/general_tools/0/headers",
            "/general_tools/0/query_params", "/general_tools/0/response_variables",
            "/general_tools/0/parameter_mapping", "/general_tools/0/parameters/properties",
            "/general_tools/1/parameters/properties/x/properties",
            "/general_tools/1/parameters/properties/y/items/properties"});
}

TEST_CASE("repair: unknown parts and filled lists are left alone")
{
    char const* text = R"({"nodes":[{"id":"n","edges":[],"what":[],"display_position":[1],)"
                       R"("instruction":["x"]}],"tools":[],"new":{"properties":[]},"notes":[]})";
    auto flow = json::parse(text);
    CHECK(repair_empty_objects(resource_kind::flow, flow).empty());
    CHECK(json::to_text(flow) == text);
    json::value odd = json::array{};
    CHECK(repair_empty_objects(resource_kind::flow, odd) == strings{""});
}

TEST_CASE("references: each with the kind it points to")
{
    auto const found = [](resource_kind kind, char const* text) {
        auto document = json::parse(text);
        strings out;
        for_each_reference(kind, document, [&](std::string_view target, std::string_view id) {
            out.push_back(std::string(target) + " " + std::string(id));
            return std::string(id);
        });
        return out;
    };
    CHECK(found(resource_kind::agent, R"({"agent_id": "self", "voice_id": "v1",
        "fallback_voice_ids": ["v2", "v3"], "response_engine": {"llm_id": "l", "version": 3}})") ==
        strings{"voice v1", "voice v2", "voice v3", "retell-llm l"});
    CHECK(found(resource_kind::agent, R"({"response_engine": {"conversation_flow_id": "f"}})") ==
        strings{"conversation-flow f"});
    CHECK(found(resource_kind::llm, R"({"knowledge_base_ids": ["k1", "k2"], "general_tools": [
        {"type": "agent_swap", "name": "s", "agent_id": "a1"},
        {"type": "transfer_call", "name": "t", "transfer_option": {"agentic_transfer_config":
            {"transfer_agent": {"agent_id": "a2"}}}}]})") ==
        strings{"knowledge-base k1", "knowledge-base k2", "agent a1", "agent a2"});
    CHECK(found(resource_kind::flow, R"({"nodes": [
        {"id": "1", "type": "component", "component_type": "shared", "component_id": "c1"},
        {"id": "2", "type": "component", "component_type": "local", "component_id": "c2"},
        {"id": "3", "type": "agent_swap", "agent_id": "a1", "knowledge_base_ids": ["k"]}],
        "components": [{"name": "x", "nodes": [{"id": "4", "agent_id": "a2"}]}]})") ==
        strings{"conversation-flow-component c1", "agent a1", "knowledge-base k", "agent a2"});
    CHECK(found(resource_kind::phone_number, R"({"phone_number": "+1", "fallback_number": "+2",
        "inbound_agents": [{"agent_id": "a1", "weight": 1}], "outbound_agents": null,
        "inbound_sms_agents": [{"agent_id": "a2"}], "outbound_sms_agents": [{"agent_id": "a3"}]})") ==
        strings{"phone-number +2", "agent a1", "agent a2", "agent a3"});
}

TEST_CASE("references: what the visitor returns is put in place")
{
    auto document =
        json::parse(R"({"voice_id":"v1","response_engine":{"llm_id":"l1"},"agent_name":"v1"})");
    for_each_reference(
        resource_kind::agent, document, [](std::string_view target, std::string_view id) {
            return std::string(target) + ":" + std::string(id);
        });
    CHECK(json::to_text(document) ==
        R"({"voice_id":"voice:v1","response_engine":{"llm_id":"retell-llm:l1"},"agent_name":"v1"})");
}

TEST_CASE("managed content: leaves out what is not the author's")
{
    CHECK(content(resource_kind::agent, R"({"agent_id": "a", "version": 4, "is_published": true,
        "base_version": 3, "assigned_tags": [], "last_modification_timestamp": 1, "version_title": "t",
        "version_description": "d", "response_engine": {"type": "retell-llm", "llm_id": "l", "version": 4},
        "agent_name": "x", "new_field": null})") ==
        R"({"response_engine":{"type":"retell-llm","llm_id":"l"},"agent_name":"x","new_field":null})");
    CHECK(content(resource_kind::flow, R"({"conversation_flow_id": "f", "notes": [{"id": "1"}],
        "begin_tag_display_position": {"x": 1, "y": 2}, "nodes": [{"id": "n", "display_position":
        {"x": 1, "y": 2}, "name": "N"}]})") == R"({"nodes":[{"id":"n","name":"N"}]})");
    CHECK(content(resource_kind::phone_number, R"({"phone_number": "+1", "phone_number_pretty": "1",
        "auth_password": "p", "nickname": "n"})") == R"({"nickname":"n"})");
}

TEST_CASE("managed content: a documented default, null and absent are one")
{
    auto const agent = resource_kind::agent;
    CHECK(same(agent, R"({"interruption_sensitivity": 1.0})", "{}"));
    CHECK(same(agent, R"({"interruption_sensitivity": null})", "{}"));
    CHECK_FALSE(same(agent, R"({"interruption_sensitivity": 0.9})", "{}"));
    CHECK(same(agent, R"({"backchannel_frequency": 8e-1})", "{}"));
    CHECK(
        same(agent, R"({"webhook_events": ["call_analyzed", "call_started", "call_ended"]})", "{}"));
    CHECK_FALSE(same(agent, R"({"webhook_events": ["call_ended"]})", "{}"));
    CHECK(same(agent, R"({"webhook_url": null})", "{}"));
    CHECK_FALSE(same(agent, R"({"webhook_url": ""})", "{}"));
    CHECK(same(agent, R"({"pii_config": {"mode": "post_call"}})", "{}"));
    CHECK_FALSE(same(agent, R"({"unknown": null})", "{}"));
    CHECK_FALSE(same(resource_kind::flow, R"({"tools": []})", "{}"));
    CHECK(same(resource_kind::llm, R"({"model_temperature": 0})", "{}"));
    CHECK_FALSE(same(resource_kind::llm, R"({"begin_message": ""})", R"({"begin_message": null})"));
}

TEST_CASE("managed content: what the service fills in changes nothing, what the author sets does")
{
    auto const flow = resource_kind::flow;
    CHECK(same(flow, R"({"kb_config": {"filter_score": 0.60, "top_k": 3}})", "{}"));
    CHECK_FALSE(same(flow, R"({"kb_config": {"filter_score": 0.6, "top_k": 5}})", "{}"));
    CHECK(same(
        flow, R"({"nodes": [{"id": "n", "skippable": false}]})", R"({"nodes": [{"id": "n"}]})"));
    CHECK_FALSE(
        same(flow, R"({"nodes": [{"id": "n", "skippable": true}]})", R"({"nodes": [{"id": "n"}]})"));
    CHECK(same(resource_kind::agent, R"({"response_engine": {"type": "retell-llm", "version": 7}})",
        R"({"response_engine": {"type": "retell-llm"}})"));
}

TEST_CASE("managed content: a scalar language is a list of one, multi the ten it used to mean")
{
    auto const agent = resource_kind::agent;
    CHECK(same(agent, R"({"language": "de-DE"})", R"({"language": ["de-DE"]})"));
    CHECK(same(agent, R"({"language": "en-US"})", "{}"));
    CHECK(same(agent, R"({"language": ["en-US"]})", R"({"language": null})"));
    CHECK_FALSE(same(agent, R"({"language": "de-DE"})", "{}"));
    CHECK(same(agent, R"({"language": "multi"})",
        R"({"language": ["en-US","es-ES","fr-FR","de-DE","hi-IN","ru-RU","pt-PT","ja-JP","it-IT","nl-NL"]})"));
    CHECK_FALSE(same(agent, R"({"language": "multi"})", R"({"language": ["en-US"]})"));
}

TEST_CASE("managed content: order counts in lists with keys, not in sets and members")
{
    auto const llm = resource_kind::llm;
    CHECK(
        same(llm, R"({"knowledge_base_ids": ["b", "a"]})", R"({"knowledge_base_ids": ["a", "b"]})"));
    CHECK_FALSE(
        same(llm, R"({"knowledge_base_ids": ["b", "a"]})", R"({"knowledge_base_ids": ["a"]})"));
    CHECK_FALSE(same(llm, R"({"general_tools": [{"name": "a"}, {"name": "b"}]})",
        R"({"general_tools": [{"name": "b"}, {"name": "a"}]})"));
    CHECK(same(llm, R"({"general_tools": [{"name": "a", "type": "custom", "parameters":
        {"required": ["x", "y"], "type": "object"}}]})",
        R"({"general_tools": [{"parameters": {"type": "object", "required": ["y", "x"]},
        "type": "custom", "name": "a"}]})"));
    CHECK(same(resource_kind::agent, R"({"boosted_keywords": [2, "b", 1.0, "a"]})",
        R"({"boosted_keywords": ["a", 1, "b", 2]})"));
}

TEST_CASE("managed content: weights are exact numbers")
{
    auto const number = resource_kind::phone_number;
    CHECK(same(number, R"({"inbound_agents": [{"agent_id": "a", "weight": 1}]})",
        R"({"inbound_agents": [{"agent_id": "a", "weight": 1.00}]})"));
    CHECK_FALSE(same(number, R"({"inbound_agents": [{"agent_id": "a", "weight": 0.1}]})",
        R"({"inbound_agents": [{"agent_id": "a", "weight": 0.1000000000000001}]})"));
}

TEST_CASE("managed content: damage that repair would mend makes no difference")
{
    CHECK(same(resource_kind::llm, R"({"general_tools": [{"name": "a", "headers": []}]})",
        R"({"general_tools": [{"name": "a", "headers": {}}]})"));
    CHECK(
        same(resource_kind::agent, R"({"user_dtmf_options": []})", R"({"user_dtmf_options": {}})"));
}

TEST_CASE("fixtures: damage is found, nothing is secret, layout and bookkeeping do not count")
{
    auto const folder = shared_folder() / "fixtures";
    auto const load = [&](char const* file) {
        auto const text = read_file(folder / file);
        return text ? std::optional(json::parse(*text)) : std::nullopt;
    };
    auto agent = load("agent-flow-draft.json");
    if (!agent) {
        MESSAGE("skipped: no fixtures in ", folder.string(), " (set TRUNKLINE_SHARED)");
        return;
    }
    CHECK(repair_empty_objects(resource_kind::agent, *agent) == strings{"/user_dtmf_options"});
    auto support = load("flow-support-a.json");
    REQUIRE(support);
    CHECK(repair_empty_objects(resource_kind::flow, *support) ==
        strings{"/tools/0/parameter_mapping"});

    for (auto file : {"agent-flow-draft.json", "flow-support-a.json", "flow-booking-a.json",
             "flow-booking-a-twin.json", "flow-booking-a-rev12.json", "flow-booking-b.json",
             "flow-minimal.json", "bad-flow-toplevel-edges.json", "bad-flow-nodes-map.json"})
    {
        INFO(file);
        auto document = load(file);
        REQUIRE(document);
        auto const kind = std::string_view(file).starts_with("agent") ? resource_kind::agent
                                                                      : resource_kind::flow;
        strings found;
        for_each_secret(kind, *document, [&](std::string_view s) {
            found.emplace_back(s);
            return std::string(s);
        });
        CHECK(found == strings{});
    }

    auto const a = load("flow-booking-a.json");
    auto const twin = load("flow-booking-a-twin.json");
    REQUIRE(a);
    REQUIRE(twin);
    CHECK(managed_hash(resource_kind::flow, *a) != managed_hash(resource_kind::flow, *twin));
    auto filled = *a;
    filled.as_object().set("conversation_flow_id", "conversation_flow_1");
    filled.as_object().set("version", 9);
    filled.as_object().set("kb_config", json::parse(R"({"top_k":3,"filter_score":0.6})"));
    for (auto& node : filled.find("nodes")->as_array()) node.as_object().set("skippable", false);
    CHECK(managed_hash(resource_kind::flow, *a) == managed_hash(resource_kind::flow, filled));
}
