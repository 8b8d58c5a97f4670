#include "demo_account_support.hpp"

#include <algorithm>
#include <set>
#include <sstream>
#include <vector>

using namespace trunkline;
using namespace trunkline::retell;

namespace {

std::size_t code_points(std::string_view text)
{
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(),
        [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::size_t bytes_of(json::value const& v)
{
    return json::to_text(v).size();
}

/// Long lines that stand in a text more than once.
std::vector<std::string> repeated_lines(std::string const& text)
{
    std::set<std::string> seen;
    std::vector<std::string> out;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        if (line.size() > 70 && !seen.insert(line).second) out.push_back(line);
    return out;
}

void check_prompt(std::string const& prompt)
{
    CHECK(prompt.find("CANARY") == prompt.npos);
    CHECK(prompt.find("%") == prompt.npos);         // no place left unfilled
    CHECK(prompt.size() - code_points(prompt) > 8); // umlauts, in UTF-8
    for (auto const& line : repeated_lines(prompt)) FAIL_CHECK("repeated: " << line);
}

/// A flow as a graph; every member that bears an edge is followed.
class flow_graph {
public:
    explicit flow_graph(json::value const& flow) : flow_(flow)
    {
        for (auto const& node : list(flow, "nodes"))
            CHECK(nodes_.emplace(node.string_at("id"), &node).second);
    }

    std::vector<json::value const*> edges(json::value const& node) const
    {
        std::vector<json::value const*> out;
        for (auto const& e : list(node, "edges")) out.push_back(&e);
        for (auto member : {"else_edge", "always_edge", "skip_response_edge", "edge",
                 "success_edge", "failed_edge"})
            if (auto const* e = node.find(member)) out.push_back(e);
        return out;
    }

    std::size_t check_edges() const
    {
        std::set<std::string_view> ids;
        std::size_t count = 0;
        for (auto const& [id, node] : nodes_) {
            auto const outgoing = edges(*node);
            CAPTURE(id);
            CHECK((outgoing.empty()) == (node->string_at("type") == "end"));
            for (auto const* e : outgoing) {
                ++count;
                CHECK(ids.insert(e->string_at("id")).second);
                CHECK(nodes_.count(std::string(e->string_at("destination_node_id"))) == 1);
                auto const type = e->find("transition_condition")->string_at("type");
                CHECK((type == "prompt" || type == "equation"));
            }
        }
        return count;
    }

    std::size_t reachable() const
    {
        std::set<std::string> seen;
        std::vector<std::string> open{std::string(flow_.string_at("start_node_id"))};
        for (auto const& [id, node] : nodes_)
            if (node->find("global_node_setting")) open.push_back(id);
        while (!open.empty()) {
            auto const id = open.back();
            open.pop_back();
            auto const at = nodes_.find(id);
            if (at == nodes_.end() || !seen.insert(id).second) continue;
            for (auto const* e : edges(*at->second))
                open.emplace_back(e->string_at("destination_node_id"));
        }
        return seen.size();
    }

    /// Tools the nodes use: all of them exist, and all that exist are used.
    void check_tools() const
    {
        std::set<std::string> have, used;
        for (auto const& tool : list(flow_, "tools"))
            CHECK(have.emplace(tool.string_at("tool_id")).second);
        for (auto const& [id, node] : nodes_) {
            if (node->string_at("type") == "function") used.emplace(node->string_at("tool_id"));
            for (auto const& tool : list(*node, "tool_ids")) used.emplace(tool.string_or(""));
        }
        CHECK(have == used);
    }

    std::size_t size() const { return nodes_.size(); }
    std::string_view type_of(std::string const& id) const
    {
        return nodes_.at(id)->string_at("type");
    }

private:
    json::value const& flow_;
    std::map<std::string, json::value const*> nodes_;
};

std::size_t tool_count(json::value const& engine)
{
    auto count = list(engine, "general_tools").size() + list(engine, "tools").size();
    for (auto const& state : list(engine, "states")) count += list(state, "tools").size();
    return count;
}

} // namespace

TEST_CASE("demo account: the newest versions hold more than a thousand functions")
{
    for (auto seed : demo_seeds) {
        CAPTURE(seed);
        std::size_t count = 0;
        for (auto resources : {"retell_llms", "conversation_flows"})
            for (auto const& entry : list(demo_account(seed), resources))
                count += tool_count(list(entry, "versions").back());
        CHECK(count > 1'000);
    }
}

TEST_CASE("demo account: LLMs have prompts, tools and sizes like real ones")
{
    for (auto seed : demo_seeds) {
        CAPTURE(seed);
        std::size_t shortest = 100'000, longest = 0;
        each_version(
            demo_account(seed), "retell_llms", [&](json::value const&, json::value const& llm) {
                CAPTURE(llm.string_at("llm_id"));
                CHECK(llm.string_at("llm_id").size() == 4 + 28);
                CHECK(bytes_of(llm) >= 7 * 1024);
                CHECK(bytes_of(llm) <= 28 * 1024);
                auto const& prompt = llm.find("general_prompt")->as_string();
                auto const length = code_points(prompt);
                CHECK(length >= 2'000);
                CHECK(length <= 15'000);
                shortest = std::min(shortest, length);
                longest = std::max(longest, length);
                check_prompt(prompt);
                auto const& tools = list(llm, "general_tools");
                CHECK(tools.size() >= 4);
                CHECK(tools.size() <= 9);
                for (auto const& tool : tools) {
                    CAPTURE(tool.string_at("name"));
                    CHECK(bytes_of(tool) >= 200);
                    CHECK(bytes_of(tool) <= 1'500);
                }
            });
        CHECK(shortest < 3'000);
        CHECK(longest > 13'000);
    }
}

TEST_CASE("demo account: every kind of tool occurs, and names are unique within a set")
{
    std::set<std::string> types;
    each_version(demo_account(1), "retell_llms", [&](json::value const&, json::value const& llm) {
        std::set<std::string> names;
        for (auto const& tool : list(llm, "general_tools")) {
            types.emplace(tool.string_at("type"));
            CHECK(names.emplace(tool.string_at("name")).second);
        }
        for (auto const& state : list(llm, "states"))
            for (auto const& tool : list(state, "tools"))
                CHECK(names.emplace(tool.string_at("name")).second);
    });
    for (auto type : {"end_call", "transfer_call", "check_availability_cal", "book_appointment_cal",
             "custom", "send_sms", "agent_swap", "extract_dynamic_variable", "press_digit", "code",
             "mcp", "calendar_plugin_beta"})
        CHECK_MESSAGE(types.count(type) == 1, type);
}

TEST_CASE("demo account: states lead to states")
{
    for (auto seed : demo_seeds) {
        CAPTURE(seed);
        std::size_t with_states = 0;
        each_version(
            demo_account(seed), "retell_llms", [&](json::value const&, json::value const& llm) {
                auto const& states = list(llm, "states");
                if (states.empty()) return;
                ++with_states;
                CHECK(find_by(states, "name", llm.string_at("starting_state")));
                for (auto const& state : states) {
                    CHECK(state.string_at("state_prompt").size() > 100);
                    for (auto const& edge : list(state, "edges"))
                        CHECK(find_by(states, "name", edge.string_at("destination_state_name")));
                }
            });
        CHECK(with_states > 20);
    }
}

TEST_CASE("demo account: flows are well-formed in every version")
{
    for (auto seed : demo_seeds) {
        CAPTURE(seed);
        std::size_t smallest = 100, large = 0;
        each_version(demo_account(seed), "conversation_flows",
            [&](json::value const&, json::value const& flow) {
                CAPTURE(flow.string_at("conversation_flow_id"));
                CAPTURE(flow.int_at("version"));
                CHECK(flow.string_at("conversation_flow_id").size() == 18 + 12);
                CHECK(bytes_of(flow) >= 5 * 1024);
                CHECK(bytes_of(flow) <= 65 * 1024);
                check_prompt(flow.find("global_prompt")->as_string());
                flow_graph const graph(flow);
                auto const edges = graph.check_edges();
                CHECK(graph.reachable() == graph.size());
                graph.check_tools();
                CHECK(graph.size() >= 5);
                CHECK(graph.size() <= 41);
                CHECK(edges <= 66);
                smallest = std::min(smallest, graph.size());
                if (graph.size() < 34) return;
                ++large;
                CHECK(edges >= 56);
                CHECK(list(flow, "tools").size() >= 7);
                CHECK(list(flow, "tools").size() <= 11);
            });
        CHECK(smallest == 5);
        CHECK(large >= 8);
    }
}

TEST_CASE("demo account: flows use the kinds of nodes and conditions there are")
{
    std::set<std::string> types;
    int equations = 0, global = 0;
    each_version(
        demo_account(1), "conversation_flows", [&](json::value const&, json::value const& flow) {
            for (auto const& node : list(flow, "nodes")) {
                types.emplace(node.string_at("type"));
                global += node.find("global_node_setting") != nullptr;
                for (auto const& edge : list(node, "edges"))
                    equations += edge.find("transition_condition")->string_at("type") == "equation";
            }
        });
    for (auto type : {"conversation", "subagent", "function", "branch", "extract_dynamic_variables",
             "transfer_call", "agent_swap", "sms", "press_digit", "end"})
        CHECK_MESSAGE(types.count(type) == 1, type);
    CHECK(equations > 50);
    CHECK(global > 40);
}

TEST_CASE("demo account: some documents carry members the vendor's types do not know")
{
    int labels = 0, annotations = 0, plain = 0;
    each_version(
        demo_account(1), "conversation_flows", [&](json::value const&, json::value const& flow) {
            bool labelled = false;
            for (auto const& node : list(flow, "nodes"))
                for (auto const& edge : list(node, "edges"))
                    labelled = labelled || edge.find("label");
            labels += labelled;
            annotations += flow.find("annotations") != nullptr;
            plain += !labelled;
        });
    CHECK(labels >= 5);
    CHECK(annotations >= 5);
    CHECK(plain > labels);
}
