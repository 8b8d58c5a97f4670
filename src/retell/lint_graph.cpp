#include "retell/lint_parts.hpp"

#include <algorithm>

namespace trunkline::retell::detail {
namespace {

using links = std::vector<std::vector<std::size_t>>;

/// Everything that can be reached from `roots`.
std::vector<bool> reach(links const& out, std::vector<std::size_t> roots)
{
    std::vector<bool> seen(out.size());
    for (auto const r : roots) seen[r] = true;
    while (!roots.empty()) {
        auto const at = roots.back();
        roots.pop_back();
        for (auto const next : out[at])
            if (!seen[next]) {
                seen[next] = true;
                roots.push_back(next);
            }
    }
    return seen;
}

links reversed(links const& out)
{
    links in(out.size());
    for (std::size_t from = 0; from < out.size(); ++from)
        for (auto const to : out[from]) in[to].push_back(from);
    return in;
}

/// Nodes in the order in which a depth-first walk leaves them. Without recursion: a flow may be as
/// deep as it is long.
std::vector<std::size_t> leaving_order(links const& out, std::vector<bool> const& within)
{
    std::vector<std::size_t> order;
    std::vector<bool> seen(out.size());
    std::vector<std::pair<std::size_t, std::size_t>> path;
    for (std::size_t root = 0; root < out.size(); ++root) {
        if (seen[root] || !within[root]) continue;
        seen[root] = true;
        path.emplace_back(root, 0);
        while (!path.empty()) {
            auto& [at, edge] = path.back();
            if (edge == out[at].size()) {
                order.push_back(at);
                path.pop_back();
                continue;
            }
            auto const next = out[at][edge++];
            if (seen[next] || !within[next]) continue;
            seen[next] = true;
            path.emplace_back(next, 0);
        }
    }
    return order;
}

/// The loops among some nodes: sets of nodes each of which can be reached from each other.
std::vector<std::vector<std::size_t>> loops(links const& out, std::vector<bool> const& within)
{
    auto const in = reversed(out);
    auto order = leaving_order(out, within);
    std::vector<bool> taken(out.size());
    std::vector<std::vector<std::size_t>> found;
    for (auto root = order.rbegin(); root != order.rend(); ++root) {
        if (taken[*root]) continue;
        std::vector<std::size_t> loop, open{*root};
        taken[*root] = true;
        while (!open.empty()) {
            auto const at = open.back();
            open.pop_back();
            loop.push_back(at);
            for (auto const next : in[at])
                if (within[next] && !taken[next]) {
                    taken[next] = true;
                    open.push_back(next);
                }
        }
        bool const to_itself = std::ranges::find(out[*root], *root) != out[*root].end();
        if (loop.size() == 1 && !to_itself) continue;
        std::ranges::sort(loop);
        found.push_back(std::move(loop));
    }
    std::ranges::sort(found);
    return found;
}

class graph {
public:
    graph(std::vector<flow_node> const& nodes, std::size_t start, lint_sink& out)
        : nodes_(nodes), start_(start), out_(out), edges_(nodes.size()), ways_(nodes.size() + 1)
    {
        // From a talking node the caller can reach every global one: by way of one more node.
        auto const hub = nodes.size();
        for (std::size_t i = 0; i < nodes.size(); ++i)
            if (nodes[i].global) ways_[hub].push_back(i);
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            for (auto const& e : nodes[i].edges)
                if (e.target != no_node) edges_[i].push_back(e.target);
            ways_[i] = edges_[i];
            if (nodes[i].talks) ways_[i].push_back(hub);
        }
    }

    void check()
    {
        std::vector<std::size_t> roots;
        if (start_ != no_node) roots.push_back(start_);
        for (std::size_t i = 0; i < nodes_.size(); ++i)
            if (nodes_[i].global) roots.push_back(i);
        // Without a start everything would be unreachable, which says nothing.
        reached_ = start_ == no_node ? std::vector<bool>(nodes_.size(), true) : reach(edges_, roots);
        unreachable();
        dead_ends();
        loops_without_exit();
        silent_loops();
    }

private:
    void unreachable()
    {
        for (std::size_t i = 0; i < nodes_.size(); ++i)
            if (!reached_[i])
                out_.add("unreachable-node", nodes_[i].at,
                    "node " + lint_quoted(nodes_[i].id) + " is reached from nowhere");
    }

    void dead_ends()
    {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            auto const& n = nodes_[i];
            if (n.ends || !edges_[i].empty()) continue;
            auto const has_open_edge = !n.edges.empty();
            out_.add(n.talks ? "open-end" : "dead-end", n.at,
                "node " + lint_quoted(n.id) +
                    (has_open_edge ? " has only edges that lead nowhere" : " has no way out"));
        }
    }

    void loops_without_exit()
    {
        std::vector<std::size_t> exits;
        for (std::size_t i = 0; i < nodes_.size(); ++i)
            if (nodes_[i].ends || edges_[i].empty()) exits.push_back(i); // dead ends: told already
        auto stuck = reach(reversed(ways_), exits);
        for (std::size_t i = 0; i < nodes_.size(); ++i) stuck[i] = !stuck[i] && reached_[i];
        for (auto const& loop : loops(edges_, stuck))
            out_.add("loop-without-exit", nodes_[loop.front()].at,
                (loop.size() == 1 ? "node " : "nodes ") + names(loop) +
                    (loop.size() == 1 ? " leads" : " lead") +
                    " round and round: no edge leads to an end");
    }

    void silent_loops()
    {
        std::vector<bool> silent(nodes_.size());
        for (std::size_t i = 0; i < nodes_.size(); ++i)
            silent[i] = reached_[i] && !nodes_[i].talks && !nodes_[i].ends;
        for (auto const& loop : loops(edges_, silent))
            out_.add("silent-loop", nodes_[loop.front()].at,
                (loop.size() == 1 ? "node " + names(loop) + " leads back to itself"
                                  : "nodes " + names(loop) + " lead back to each other") +
                    " without a word to the caller");
    }

    std::string names(std::vector<std::size_t> const& loop) const
    {
        std::vector<std::string> ids;
        for (auto const i : loop) ids.push_back(nodes_[i].id);
        return lint_quoted(ids);
    }

    std::vector<flow_node> const& nodes_;
    std::size_t start_;
    lint_sink& out_;
    links edges_; ///< As drawn.
    links ways_;  ///< And to the global nodes.
    std::vector<bool> reached_;
};

} // namespace

void lint_graph(std::vector<flow_node> const& nodes, std::size_t start, lint_sink& out)
{
    graph(nodes, start, out).check();
}

} // namespace trunkline::retell::detail
