#pragma once

#include "retell/demo_account_parts.hpp"

#include <deque>

namespace trunkline::retell::demo {

/// An edge by what it leads to and when.
class equation {
public:
    std::string_view left, op, right;
};

class flow_node {
public:
    std::string id;
    json::object body;
    json::array edges;
};

/**
 * Puts a conversation flow together from topics, each a piece of conversation with its functions.
 * A topic begins at one node and ends at "weitere_hilfe", so that any choice of them is well-formed.
 */
class flow_builder {
public:
    flow_builder(agent_context const& c, dice& d);

    /// Five nodes, as people make them who try the editor for the first time.
    json::object small();
    /// At most `nodes` nodes, at least 3 fewer when the topics allow. Precondition: nodes >= 9.
    json::object by_topics(std::size_t nodes);

private:
    /// A piece of conversation that starts at `entry` when `condition` holds.
    class topic {
    public:
        std::size_t nodes;
        std::string_view entry;
        std::string_view condition;
        void (flow_builder::*build)();
    };
    static std::span<topic const> topics();
    std::vector<topic const*> choose_topics(std::size_t room);

    void core(std::vector<topic const*> const& chosen);
    void lookup();
    void human();
    void booking();
    void cancelling();
    void moving();
    void callback();
    void complaint();
    void urgent();
    void status();
    void quote();
    void information();
    void message();
    void colleague();
    void privacy();
    void keypad();

    // Nodes
    flow_node& add(std::string_view id, std::string_view name, std::string_view type);
    flow_node& talk(std::string_view id, std::string_view name, std::string_view instruction);
    flow_node& say(std::string_view id, std::string_view name, std::string_view text);
    flow_node& call(std::string_view id, std::string_view name, std::string_view tool_id);
    flow_node& extract(std::string_view id, std::string_view name);
    flow_node& transfer(std::string_view id, std::string_view name);
    bool has(std::string_view id) const;

    // Edges
    json::object edge(json::object condition, std::string_view to);
    json::object prompt_edge(std::string_view when, std::string_view to);
    void to(flow_node& from, std::string_view destination, std::string_view when);
    void when(flow_node& from, std::string_view destination, std::initializer_list<equation> all,
        std::string_view op = "&&");
    /// One of the edges with a fixed wording: "else_edge" "Else", "edge" "Transfer failed", ...
    void fixed(flow_node& from, std::string_view member, std::string_view wording,
        std::string_view destination);
    /// Edges that real flows have beyond the necessary ones, until there are `wanted`.
    void add_shortcuts(std::size_t wanted);

    // Tools
    std::string use(function_kind f);
    std::string use_calendar(bool booking);
    void more_tools(std::size_t wanted);

    json::object finish(std::string_view start);

    agent_context const& c_;
    dice& d_;
    std::deque<flow_node> nodes_;
    json::array tools_;
    std::vector<std::pair<std::string, std::string>> tool_ids_; ///< Name and id.
    std::size_t edges_ = 0;
    std::size_t least_tools_ = 0;
    int event_type_;
    bool labelled_;   ///< Edges carry a "label", as one of the editors writes it.
    bool conditions_; ///< Edges carry a "condition", as another does.
};

} // namespace trunkline::retell::demo
