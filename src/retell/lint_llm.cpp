#include "retell/lint_parts.hpp"

#include <map>

namespace trunkline::retell::detail {
namespace {

/// The states of an LLM: a graph too, but a caller may stay in any of them.
class state_check {
public:
    state_check(json::value const& llm, lint_sink& out) : llm_(llm), out_(out) {}

    void check()
    {
        auto const& states = llm_.at_or_null("states");
        if (!states.is_null() && !states.is_array())
            return out_.add("document-shape", json::pointer("/states"), "states are no array");
        read(lint_items(states));
        if (states_.empty()) return;
        auto const start = check_start();
        for (auto const& s : states_) check_state(s);
        if (start != no_node) check_reach(start);
    }

private:
    class state {
    public:
        std::string name;
        json::value const* document;
        json::pointer at;
    };

    void read(json::array const& states)
    {
        std::size_t index = 0;
        for (auto const& s : states) {
            auto const at = json::pointer("/states") / index++;
            std::string const name(s.string_at("name"));
            if (name.empty()) {
                out_.add("document-shape", at, "a state has no name");
                continue;
            }
            if (!by_name_.emplace(name, states_.size()).second)
                out_.add("duplicate-id", at / "name",
                    "state " + lint_quoted(name) + " is there more than once");
            states_.push_back({name, &s, at});
        }
    }

    std::size_t check_start()
    {
        auto const name = llm_.string_at("starting_state");
        if (name.empty()) {
            out_.add(
                "start-missing", json::pointer(), "the LLM has states and names no starting state");
            return no_node;
        }
        auto const found = by_name_.find(name);
        if (found != by_name_.end()) return found->second;
        out_.add("start-dangling", json::pointer("/starting_state"),
            "the starting state " + lint_quoted(name) + " does not exist");
        return no_node;
    }

    void check_state(state const& s)
    {
        auto const& prompt = s.document->at_or_null("state_prompt");
        if (prompt.string_or("").empty())
            out_.add("missing-prompt", s.at, "state " + lint_quoted(s.name) + " has no prompt");
        lint_prompt(
            prompt, s.at / "state_prompt", "the prompt of state " + lint_quoted(s.name), out_);
        lint_tool_list(s.document->at_or_null("tools"), s.at / "tools", out_);
        std::size_t index = 0;
        for (auto const& e : lint_items(s.document->at_or_null("edges"))) {
            auto const at = s.at / "edges" / index++;
            auto const to = e.string_at("destination_state_name");
            if (to.empty())
                out_.add(
                    "edge-open", at, "an edge of state " + lint_quoted(s.name) + " leads nowhere");
            else if (!by_name_.contains(to))
                out_.add("edge-dangling", at / "destination_state_name",
                    "an edge of state " + lint_quoted(s.name) + " leads to state " +
                        lint_quoted(to) + ", which does not exist");
        }
    }

    void check_reach(std::size_t start)
    {
        std::vector<bool> seen(states_.size());
        std::vector<std::size_t> open{start};
        seen[start] = true;
        while (!open.empty()) {
            auto const at = open.back();
            open.pop_back();
            for (auto const& e : lint_items(states_[at].document->at_or_null("edges"))) {
                auto const to = by_name_.find(e.string_at("destination_state_name"));
                if (to == by_name_.end() || seen[to->second]) continue;
                seen[to->second] = true;
                open.push_back(to->second);
            }
        }
        for (std::size_t i = 0; i < states_.size(); ++i)
            if (!seen[i])
                out_.add("unreachable-node", states_[i].at,
                    "state " + lint_quoted(states_[i].name) + " is reached from nowhere");
    }

    json::value const& llm_;
    lint_sink& out_;
    std::vector<state> states_;
    std::map<std::string, std::size_t, std::less<>> by_name_;
};

} // namespace

void lint_llm(json::value const& llm, lint_sink& out)
{
    auto const& prompt = llm.at_or_null("general_prompt");
    // A speech-to-speech model is named by s2s_model; both kinds take the same prompts.
    if (prompt.string_or("").empty() && lint_items(llm.at_or_null("states")).empty())
        out.add(
            "missing-prompt", json::pointer(), "the LLM has neither a general prompt nor states");
    lint_prompt(prompt, json::pointer("/general_prompt"), "the general prompt", out);
    lint_tool_list(llm.at_or_null("general_tools"), json::pointer("/general_tools"), out);
    lint_mcp_list(llm.at_or_null("mcps"), json::pointer("/mcps"), out);
    state_check(llm, out).check();
}

} // namespace trunkline::retell::detail
