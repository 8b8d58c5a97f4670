#include "sync/engine_contents.hpp"

#include <trunkline/sync/bundle.hpp>
#include <trunkline/sync/merge.hpp>

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>

namespace trunkline::sync::detail {

namespace {

using agent_list = std::vector<agent_state const*>;

/// A content of one engine, and the keys of the files that its agents have so far.
class content {
public:
    std::int64_t newest() const
    {
        return (*std::ranges::max_element(agents, {}, version))->engine->version;
    }
    static std::int64_t version(agent_state const* a) { return a->engine->version; }

    agent_list agents;
    bool changed = false; ///< Since it was agreed on, for one of its agents at least.
    class file {
    public:
        std::size_t agents = 0;        ///< How many of its agents have it.
        bool is_called_as_one = false; ///< It has the name of one of them.
    };
    std::map<std::string, file> files; ///< By key.
    std::string key;
};

/// Which content keeps which key: the strongest claim first.
class keys_of_one_engine {
public:
    keys_of_one_engine(
        std::string const& id, std::vector<content>& contents, name_table const& names)
        : id_(id), contents_(contents), names_(names)
    {}

    void give()
    {
        class claim {
        public:
            content* by;
            std::string key;
            content::file file;
        };
        std::vector<claim> claims;
        for (auto& c : contents_)
            for (auto const& [key, file] : c.files) claims.push_back({&c, key, file});
        auto const strength = [this](claim const& c) {
            return std::tuple(c.file.agents, c.file.is_called_as_one, !c.by->changed,
                c.by->newest(), c.key == id_);
        };
        std::ranges::stable_sort(claims, std::greater(), strength);
        for (auto const& c : claims)
            if (c.by->key.empty() && taken_.insert(c.key).second) c.by->key = c.key;
        give_plain_id();
        for (auto& c : contents_)
            if (c.key.empty()) c.key = free_variant(c);
    }

private:
    void give_plain_id()
    {
        if (taken_.contains(id_)) return;
        // Nobody has the engine's own file any more: who has none yet, else whoever was published last.
        auto& c = *std::ranges::max_element(
            contents_, {}, [](content const& x) { return std::pair(x.key.empty(), x.newest()); });
        c.key = id_;
        taken_.insert(id_);
    }

    std::string free_variant(content const& c)
    {
        auto version = (*std::ranges::min_element(c.agents, {}, content::version))->engine->version;
        // One that has a name may be that of a file which nobody's agent has any more.
        auto const kind = c.agents.front()->engine->kind;
        while (names_.name_of(kind, variant(id_, version)) ||
            !taken_.insert(variant(id_, version)).second)
            ++version;
        return variant(id_, version);
    }

    std::string const& id_;
    std::vector<content>& contents_;
    name_table const& names_;
    std::set<std::string> taken_;
};

/// What was agreed on of the engines of agents.
class of_agents {
public:
    of_agents(std::vector<store::base_row> const& bases, name_table const& names) : names_(names)
    {
        for (auto const& row : bases)
            if (row.kind == agent_engine_kind) rows_.emplace(row.id, &row);
    }

    void tell(content& c) const
    {
        for (auto const* a : c.agents) {
            auto const& e = *a->engine;
            auto const row = rows_.find(a->id());
            if (row == rows_.end()) continue;
            auto const* const key = names_.id_of(e.kind, row->second->name);
            if (!key || !is_of_engine(*row->second, e)) continue;
            auto& file = c.files[*key];
            ++file.agents;
            auto const* const name = names_.name_of(retell::resource_kind::agent, a->id());
            file.is_called_as_one = file.is_called_as_one || (name && *name == row->second->name);
            c.changed = c.changed || !changes(e.kind, row->second->document, e.document).empty();
        }
    }

private:
    name_table const& names_;
    std::map<std::string_view, store::base_row const*> rows_;
};

} // namespace

bool is_of_engine(store::base_row const& agreed, resource_state const& engine)
{
    return agreed.document.string_at(id_member(engine.kind)) == engine.id;
}

namespace {

/// Whether a row is that of an engine's file: not what an agent agreed on of it, nor of one that is gone.
bool is_engine_file(store::base_row const& row)
{
    auto const kind = retell::parse_resource_kind(row.kind);
    return kind == retell::resource_kind::llm || kind == retell::resource_kind::flow;
}

} // namespace

std::optional<rows_by_use> move_plain_ids(
    snapshot const& remote, std::vector<store::base_row> const& bases)
{
    std::map<std::string_view, store::base_row const*> of_agent;
    bool any = false;
    for (auto const& row : bases) {
        if (row.kind == agent_engine_kind) of_agent.emplace(row.id, &row);
        else any = any || (is_engine_file(row) && plain_id(row.id) != row.id);
    }
    if (!any) return std::nullopt;
    std::map<std::string_view, std::map<std::string_view, std::size_t>> agents; // by engine and file
    for (auto const& a : remote.agents)
        if (auto const row = of_agent.find(a.id());
            a.engine && row != of_agent.end() && is_of_engine(*row->second, *a.engine))
            ++agents[a.engine->id][row->second->name];
    rows_by_use out;
    auto const row_of = [&](std::string_view engine, auto const& is_it) {
        return std::ranges::find_if(out.rows, [&](store::base_row const& row) {
            return is_engine_file(row) && plain_id(row.id) == engine && is_it(row);
        });
    };
    for (auto const& row : bases) {
        auto const files = agents.find(row.id);
        if (!is_engine_file(row) || files == agents.end() || files->second.contains(row.name))
            continue;
        auto const most = std::ranges::max_element(
            files->second, {}, [](auto const& file) { return file.second; });
        if (out.rows.empty()) out.rows = bases;
        auto const plain = row_of(row.id, [&](auto const& r) { return r.id == row.id; });
        auto const used = row_of(row.id, [&](auto const& r) { return r.name == most->first; });
        if (used == out.rows.end()) continue; // it is that of another engine
        std::swap(plain->id, used->id);
        out.moved.insert({plain->id, used->id});
    }
    if (out.moved.empty()) return std::nullopt;
    return out;
}

engine_contents::engine_contents(
    snapshot const& remote, std::vector<store::base_row> const& bases, name_table const& names)
{
    std::map<std::string, agent_list> agents_of;
    for (auto const& a : remote.agents)
        if (a.engine) agents_of[a.engine->id].push_back(&a);
    of_agents const agreed(bases, names);
    for (auto const& [id, agents] : agents_of) {
        std::map<std::string, content> by_hash;
        if (agents.size() == 1) by_hash[{}].agents = agents;
        else
            for (auto const* a : agents)
                by_hash[retell::managed_hash(a->engine->kind, a->engine->document)].agents.push_back(
                    a);
        contents_.emplace(id, by_hash.size());
        if (by_hash.size() == 1) {
            add(id, agents);
            continue;
        }
        std::vector<content> contents;
        for (auto& [hash, c] : by_hash) contents.push_back(std::move(c));
        for (auto& c : contents) agreed.tell(c);
        keys_of_one_engine(id, contents, names).give();
        for (auto const& c : contents) add(c.key, c.agents);
    }
}

void engine_contents::add(std::string const& key, agent_list const& agents)
{
    shown_.emplace(key, &*(*std::ranges::max_element(agents, {}, content::version))->engine);
    for (auto const* a : agents) key_.emplace(a->id(), key);
    agents_on_.emplace(key, agents);
}

agent_list const& engine_contents::agents_on(std::string const& key) const
{
    static agent_list const nobody;
    auto const found = agents_on_.find(key);
    return found == agents_on_.end() ? nobody : found->second;
}

std::size_t engine_contents::count(std::string_view engine_id) const
{
    auto const found = contents_.find(engine_id);
    return found == contents_.end() ? 0 : found->second;
}

} // namespace trunkline::sync::detail
