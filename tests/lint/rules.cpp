#include "lint/documents.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace trunkline;
using namespace trunkline::test;
using namespace trunkline::retell;

namespace {

using change = std::function<void(std::vector<lint_document>&)>;

/// A defect, put into the good account.
class defect {
public:
    std::string rule;
    change put;
    std::string pointer; ///< Where the finding is to stand.
    std::size_t document = 0;
};

enum : std::size_t { agent, llm, flow, number };

/// Sets or, with nothing, removes a place of a document.
change at(std::size_t document, std::string pointer, std::optional<json::value> v)
{
    return [document, pointer = std::move(pointer), v = std::move(v)](
               std::vector<lint_document>& all) {
        json::pointer const p(pointer);
        auto& root = all[document].document;
        if (v) REQUIRE(p.set(root, *v) != nullptr);
        else REQUIRE(p.erase(root));
    };
}

change put_text(std::size_t document, std::string pointer, char const* text)
{
    return at(document, std::move(pointer), json::parse(text));
}

constexpr char const* lonely = R"({"id": "lonely", "type": "conversation",
    "instruction": {"type": "prompt", "text": "Hallo."},
    "edges": [{"id": "l1", "destination_node_id": "bye", "transition_condition": {"type": "prompt", "prompt": "x"}}]})";
constexpr char const* worked =
    R"({"id": "w", "destination_node_id": "slots", "transition_condition": {"type": "prompt", "prompt": "x"}})";

std::string passage()
{
    return "Frage immer zuerst nach dem Namen und dann nach dem Anliegen, und wiederhole beides, "
           "bevor "
           "du etwas buchst. Sage nie einen Preis, den dir kein Werkzeug genannt hat, auch nicht "
           "ungefähr, und verbinde dann.";
}

std::vector<defect> defects()
{
    return {
        {"unreadable", at(llm, "", 7), "", llm},
        {"document-shape", put_text(flow, "/nodes", R"({"a": {"type": "end"}})"), "/nodes", flow},
        {"document-shape", put_text(flow, "/edges", R"([{"from": "a", "to": "b"}])"), "/edges", flow},
        {"document-shape", put_text(flow, "/nodes/0/edges", R"({"e": 1})"), "/nodes/0/edges", flow},
        {"document-shape", put_text(llm, "/states", R"({"greet": {}})"), "/states", llm},
        {"damaged-object", put_text(flow, "/tools/0/headers", "[]"), "/tools/0/headers", flow},
        {"node-type", put_text(flow, "/nodes/2/type", R"("speak_node")"), "/nodes/2/type", flow},
        {"node-member", at(flow, "/nodes/7/mcp_id", std::nullopt), "/nodes/7", flow},
        {"duplicate-id", put_text(flow, "/nodes/8/id", R"("hello")"), "/nodes/8/id", flow},
        {"duplicate-id", put_text(flow, "/tools/1/tool_id", R"("t1")"), "/tools/1/tool_id", flow},
        {"duplicate-id", put_text(flow, "/tools/1/name", R"("slots")"), "/tools/1/name", flow},
        {"duplicate-id", put_text(llm, "/states/1/name", R"("greet")"), "/states/1/name", llm},
        {"duplicate-edge-id", put_text(flow, "/nodes/0/edges/1/id", R"("e1")"),
            "/nodes/0/edges/1/id", flow},
        {"no-nodes", at(flow, "/nodes", json::array()), "/nodes", flow},
        {"no-nodes", at(flow, "/nodes", std::nullopt), "", flow},
        {"start-missing", at(flow, "/start_node_id", std::nullopt), "", flow},
        {"start-missing", at(llm, "/starting_state", std::nullopt), "", llm},
        {"start-dangling", at(flow, "/start_node_id", "gone"), "/start_node_id", flow},
        {"start-dangling", at(llm, "/starting_state", "gone"), "/starting_state", llm},
        {"start-dangling", at(flow, "/components/0/start_node_id", "hello"),
            "/components/0/start_node_id", flow},
        {"edge-dangling", at(flow, "/nodes/0/edges/0/destination_node_id", "gone"),
            "/nodes/0/edges/0/destination_node_id", flow},
        {"edge-dangling", at(flow, "/nodes/1/else_edge/destination_node_id", "gone"),
            "/nodes/1/else_edge/destination_node_id", flow},
        {"edge-dangling", at(flow, "/nodes/6/skip_response_edge/destination_node_id", "gone"),
            "/nodes/6/skip_response_edge/destination_node_id", flow},
        {"edge-dangling", at(flow, "/nodes/5/failed_edge/destination_node_id", "gone"),
            "/nodes/5/failed_edge/destination_node_id", flow},
        {"edge-dangling", at(flow, "/components/0/nodes/0/edges/0/destination_node_id", "bye"),
            "/components/0/nodes/0/edges/0/destination_node_id", flow},
        {"edge-dangling",
            put_text(flow, "/nodes/0/finetune_transition_examples",
                R"([{"id": "f", "destination_node_id": "gone"}])"),
            "/nodes/0/finetune_transition_examples/0/destination_node_id", flow},
        {"edge-dangling", at(llm, "/states/0/edges/0/destination_state_name", "gone"),
            "/states/0/edges/0/destination_state_name", llm},
        {"edge-open", at(flow, "/nodes/0/edges/0/destination_node_id", std::nullopt),
            "/nodes/0/edges/0", flow},
        {"edge-condition", at(flow, "/nodes/0/edges/0/transition_condition", std::nullopt),
            "/nodes/0/edges/0", flow},
        {"edge-condition", at(flow, "/nodes/2/edges/1/transition_condition/equations", json::array()),
            "/nodes/2/edges/1", flow},
        {"unreachable-node", put_text(flow, "/nodes/9", lonely), "/nodes/9", flow},
        {"unreachable-node", at(flow, "/nodes/6/global_node_setting", std::nullopt), "/nodes/6",
            flow},
        {"unreachable-node", at(llm, "/states/0/edges", json::array()), "/states/1", llm},
        {"dead-end",
            [](auto& all) {
                at(flow, "/nodes/1/else_edge", std::nullopt)(all);
                at(flow, "/nodes/1/edges", json::array())(all);
            },
            "/nodes/1", flow},
        {"open-end", at(flow, "/components/0/nodes/0/edges", json::array()),
            "/components/0/nodes/0", flow},
        {"loop-without-exit", at(flow, "/components/0/nodes/0/edges/0/destination_node_id", "ask"),
            "/components/0/nodes/0", flow},
        {"silent-loop", put_text(flow, "/nodes/1/edges/-", worked), "/nodes/1", flow},
        {"tool-missing", at(flow, "/nodes/1/tool_id", "t9"), "/nodes/1/tool_id", flow},
        {"tool-missing", put_text(flow, "/nodes/2/tool_ids", R"(["t2", "t9"])"),
            "/nodes/2/tool_ids", flow},
        {"tool-unused", at(flow, "/nodes/2/tool_ids", std::nullopt), "/tools/1", flow},
        {"tool-url", at(flow, "/tools/0/url", std::nullopt), "/tools/0/url", flow},
        {"tool-url", at(llm, "/general_tools/1/url", "/book"), "/general_tools/1/url", llm},
        {"tool-url-insecure", at(flow, "/tools/0/url", "http://tools.praxis.test/slots"),
            "/tools/0/url", flow},
        {"tool-url-insecure", at(flow, "/tools/0/url", "https://localhost:8080/slots"),
            "/tools/0/url", flow},
        {"tool-url", put_text(llm, "/mcps", R"([{"name": "m", "url": "mcp.praxis.test"}])"),
            "/mcps/0/url", llm},
        {"webhook-url", at(agent, "/webhook_url", "@env:HOOK"), "/webhook_url", agent},
        {"webhook-url", at(agent, "/webhook_url", "hooks.praxis.test/x"), "/webhook_url", agent},
        {"webhook-url", at(agent, "/webhook_url", "https:///x"), "/webhook_url", agent},
        {"webhook-url", at(number, "/inbound_webhook_url", "ftp://hooks.praxis.test"),
            "/inbound_webhook_url", number},
        {"webhook-url-insecure", at(agent, "/webhook_url", "http://hooks.praxis.test/x"),
            "/webhook_url", agent},
        {"tool-name", at(flow, "/tools/0/name", "freie Termine"), "/tools/0/name", flow},
        {"tool-call-id",
            put_text(flow, "/tools/0/parameters/properties/call_id", R"({"type": "string"})"),
            "/tools/0/parameters/properties/call_id", flow},
        {"component-missing", at(flow, "/nodes/3/component_id", "c9"), "/nodes/3/component_id", flow},
        {"mcp-missing", at(flow, "/nodes/7/mcp_id", "m9"), "/nodes/7/mcp_id", flow},
        {"no-failure-edge", at(flow, "/nodes/7/else_edge", std::nullopt), "/nodes/7", flow},
        {"transfer-no-failure-edge", at(flow, "/nodes/4/edge", std::nullopt), "/nodes/4", flow},
        {"transfer-no-failure-edge",
            at(flow, "/nodes/5/failed_edge/destination_node_id", std::nullopt), "/nodes/5", flow},
        {"transfer-number", at(flow, "/nodes/4/transfer_destination/number", "030 23125"),
            "/nodes/4/transfer_destination/number", flow},
        {"placeholder-id", at(flow, "/nodes/4/transfer_destination/number", "+491234567890"),
            "/nodes/4/transfer_destination/number", flow},
        {"placeholder-id", at(llm, "/states/1/tools/0/agent_id", "<agent_id>"),
            "/states/1/tools/0/agent_id", llm},
        {"placeholder-id", at(flow, "/tools/0/url", "https://your-server.com/slots"),
            "/tools/0/url", flow},
        {"placeholder-id", at(agent, "/webhook_url", "https://example.com/hook"), "/webhook_url",
            agent},
        {"placeholder-text", at(llm, "/general_prompt", "TODO: schreiben"), "/general_prompt", llm},
        {"missing-prompt", at(flow, "/nodes/0/instruction", std::nullopt), "/nodes/0", flow},
        {"missing-prompt", at(flow, "/nodes/0/instruction/text", ""), "/nodes/0/instruction", flow},
        {"missing-prompt", at(llm, "/states/1/state_prompt", ""), "/states/1", llm},
        {"missing-prompt",
            [](auto& all) {
                at(llm, "/general_prompt", std::nullopt)(all);
                at(llm, "/states", std::nullopt)(all);
            },
            "", llm},
        {"missing-global-prompt", at(flow, "/global_prompt", ""), "", flow},
        {"prompt-doubled", at(llm, "/general_prompt", passage() + "\n" + passage()),
            "/general_prompt", llm},
        {"prompt-doubled",
            at(llm, "/general_prompt", passage() + "\n\nDann:\n\n" + passage() + "\n\nEnde."),
            "/general_prompt", llm},
        {"prompt-too-long", at(llm, "/general_prompt", std::string(70'000, 'a')), "/general_prompt",
            llm},
        {"too-many-nodes",
            [](auto& all) {
                for (int i = 0; i < 100; ++i) {
                    auto n = json::parse(lonely);
                    n.as_object().set("id", "n" + std::to_string(i));
                    all[flow].document.find("nodes")->as_array().push_back(n);
                }
            },
            "/nodes", flow},
        {"too-many-tools",
            [](auto& all) {
                for (int i = 0; i < 50; ++i)
                    put_text(llm, "/general_tools/-", R"({"type": "end_call", "name": "x"})")(all);
            },
            "", llm},
        {"agent-no-engine", at(agent, "/response_engine", std::nullopt), "/response_engine", agent},
        {"agent-no-engine", at(agent, "/response_engine/llm_id", ""), "/response_engine", agent},
        {"agent-no-tools",
            [](auto& all) {
                at(llm, "/general_tools", json::array())(all);
                at(llm, "/states/1/tools", json::array())(all);
            },
            "/response_engine", agent},
        {"flow-in-agent", at(agent, "/nodes", json::array()), "/nodes", agent},
        {"unpinned-engine", at(agent, "/response_engine/version", std::nullopt), "/response_engine",
            agent},
        {"dangling-reference", at(agent, "/response_engine/llm_id", "llm_77ee01"),
            "/response_engine/llm_id", agent},
        {"dangling-reference", at(llm, "/states/1/tools/0/agent_id", "agent_77ee01"),
            "/states/1/tools/0/agent_id", llm},
        {"dangling-reference", at(number, "/inbound_agents/0/agent_id", "agent_77ee01"),
            "/inbound_agents/0/agent_id", number},
        {"number-unpinned", at(number, "/inbound_agents/0/agent_version", "latest"),
            "/inbound_agents/0/agent_version", number},
        {"number-unpinned", at(number, "/inbound_agents/0/agent_version", std::nullopt),
            "/inbound_agents/0/agent_version", number},
        {"number-unbound", at(number, "/inbound_agents", json::array()), "", number},
        {"weights", put_text(number, "/inbound_agents/0/weight", "0.29"), "/inbound_agents", number},
        {"fallback-graph", at(number, "/fallback_number", "+493023125001"), "/fallback_number",
            number},
        {"secret-in-file",
            [](auto& all) {
                all[flow].from_file = true;
                put_text(flow, "/tools/0/headers", R"({"Authorization": "Bearer CANARY-lint"})")(
                    all);
            },
            "", flow},
    };
}

} // namespace

TEST_CASE("lint: nothing is found in documents without a defect")
{
    auto const all = good_account();
    auto const found = lint(all);
    INFO(text_of(found));
    CHECK(found.empty());
}

TEST_CASE("lint: each rule finds its defect, where it is, and says nothing without it")
{
    for (auto const& d : defects()) {
        auto all = good_account();
        d.put(all);
        auto const found = lint(all);
        INFO(d.rule << " at " << d.pointer << "; found:\n" << text_of(found));
        CHECK(std::ranges::any_of(found, [&](lint_finding const& f) {
            return f.rule == d.rule && f.pointer == d.pointer && f.file == all[d.document].file &&
                f.severity == find_lint_rule(d.rule)->severity && !f.message.empty();
        }));
        for (auto const& f : found) CHECK(f.message.find("CANARY") == std::string::npos);
    }
}

TEST_CASE("lint: every rule has a document that fails it here")
{
    std::set<std::string> tested;
    for (auto const& d : defects()) tested.insert(d.rule);
    for (auto const& r : lint_rules()) {
        INFO(r.id);
        CHECK(tested.erase(std::string(r.id)) == 1);
        CHECK(!r.hint.empty());
    }
    CHECK(tested.empty());
}

TEST_CASE("lint: a defect is told once, not also as its consequences")
{
    for (auto const& [rule, pointer, v] :
        {std::tuple(
             "edge-open", "/nodes/0/edges/1/destination_node_id", std::optional<json::value>()),
            {"tool-missing", "/nodes/1/tool_id", "t9"}})
    {
        auto all = good_account();
        at(flow, pointer, v)(all);
        auto const found = lint(all);
        INFO(text_of(found));
        CHECK(count_rule(found, rule) == 1);
        CHECK(count_rule(found, "loop-without-exit") == 0);
        CHECK(count_rule(found, "dead-end") == 0);
    }
}

TEST_CASE("lint: an exit may be a global node, a tool that hangs up, or a component")
{
    auto const loop = [](auto& all) {
        // hello -> slots -> hello: no way to bye any more.
        at(flow, "/nodes/1/else_edge/destination_node_id", "hello")(all);
        at(flow, "/nodes/0/edges/1/destination_node_id", "slots")(all);
    };
    auto all = good_account();
    loop(all);
    CHECK(count_rule(lint(all), "loop-without-exit") == 0); // the global node "emergency"
    at(flow, "/nodes/6/global_node_setting", std::nullopt)(all);
    CHECK(count_rule(lint(all), "loop-without-exit") == 1);
    auto hanging_up = all;
    put_text(flow, "/nodes/0/type", R"("subagent")")(hanging_up);
    put_text(flow, "/nodes/0/tools", R"([{"type": "end_call", "name": "end_call"}])")(hanging_up);
    CHECK(count_rule(lint(hanging_up), "loop-without-exit") == 0);
}

TEST_CASE("lint: placeholders are told from ids, URLs and numbers as accounts have them")
{
    auto const found = [](std::string const& id) {
        auto all = good_account();
        for (auto& d : all) d.id.clear();
        at(llm, "/states/1/tools/0/agent_id", id)(all);
        return count_rule(lint(all), "placeholder-id") > 0;
    };
    for (auto const id : {"TODO", "agent_xxx", "agent_xxxxxxxx", "<agent_id>", "<your agent>",
             "agent_123", "agent_123456", "agent_1234567890", "agent_123...", "agent_123\u2026",
             "00000000-0000-0000-0000-000000000000", "agent_00000000", "your_agent_id",
             "YOUR-AGENT", "agent_placeholder", "changeme", "dummy_agent", "agent_abc", "undefined",
             "agent_id", "example-agent"})
    {
        INFO(id);
        CHECK(found(id));
    }
    for (auto const id : {"agent_c0964a8a8dbbcf15cd05f1cfe4", "oBeDLoLOeuAbiuaMFXRtDOLriTJ5tSxD",
             "agent_1", "agent_reception", "{{target_agent}}", "agent_1230001", "agent_todoroff",
             "@agents/praxis", "8a1f0000-1234-4abc-8def-000000000001"})
    {
        INFO(id);
        CHECK_FALSE(found(id));
    }
}

TEST_CASE("lint: references in files go by name, and unknown names are found")
{
    auto all = good_account();
    for (auto& d : all) {
        d.from_file = true;
        d.id.clear();
        d.reference = "@" + d.file.substr(0, d.file.size() - 5);
    }
    at(agent, "/response_engine/llm_id", "@llms/reception")(all);
    at(agent, "/response_engine/version", std::nullopt)(all); // a release fills it in
    at(llm, "/states/1/tools/0/agent_id", "@agents/reception")(all);
    at(number, "/inbound_agents/0/agent_id", "@agents/reception")(all);
    at(number, "/inbound_agents/0/agent_version", "released")(all);
    at(number, "/fallback_number", "@numbers/+493023125002")(all);
    auto found = lint(all);
    INFO(text_of(found));
    CHECK(found.empty());
    at(agent, "/response_engine/llm_id", "@llms/gone")(all);
    at(number, "/fallback_number", "@numbers/+493023125001")(all);
    found = lint(all);
    CHECK(count_rule(found, "dangling-reference") == 1);
    CHECK(count_rule(found, "fallback-graph") == 1);
}
