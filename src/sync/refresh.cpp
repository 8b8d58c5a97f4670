#include <trunkline/sync/refresh.hpp>

#include <trunkline/sync/bundle.hpp>

#include <algorithm>
#include <utility>

namespace trunkline::sync {

using retell::resource_kind;

namespace {

/// Oldest first: a row that is edited during the walk moves to the end and is met again. The other
/// way round it would move to the front, be missed, and look deleted.
retell::call oldest_first(retell::call list)
{
    list.args.set("sort_order", "ascending");
    return list;
}

retell::call list_of(resource_kind kind)
{
    switch (kind) {
    case resource_kind::agent: return retell::list_agents();
    case resource_kind::llm: return retell::list_llms();
    case resource_kind::flow: return retell::list_flows();
    case resource_kind::knowledge_base: return retell::list_knowledge_bases();
    case resource_kind::phone_number: break;
    }
    return retell::list_phone_numbers();
}

std::set<std::string> ids_of(resource_kind kind, std::vector<json::value> const& rows)
{
    std::set<std::string> ids;
    for (auto const& row : rows) ids.emplace(row.string_at(id_member(kind)));
    return ids;
}

/// How often a list is walked before it counts as one that never rests.
constexpr std::size_t patience = 6;

} // namespace

refresh::refresh(redactor secrets, known_resources const& known)
    : secrets_(std::move(secrets)), known_(known)
{
    for (auto const kind : {resource_kind::agent, resource_kind::llm, resource_kind::flow,
             resource_kind::phone_number})
        walk(kind);
    if (!known_.wants_knowledge()) return;
    ++lists_open_;
    snapshot_.knowledge_read = true;
    walk(resource_kind::knowledge_base);
}

void refresh::on_failure(error const& e)
{
    if (!code_) {
        code_ = e.code();
        diag_ = e.diag();
    }
    drop_everything();
}

bool refresh::fail(call_outcome const& outcome)
{
    if (outcome.ok()) return false;
    if (!code_) {
        code_ = outcome.code;
        diag_ = outcome.diag;
        stepwise::cancel();
    }
    return true;
}

// Lists.

void refresh::walk(resource_kind kind)
{
    // Of knowledge bases there is one answer with all of them.
    auto call = list_of(kind);
    std::function<json::value(json::value)> each; // rows of agents are no agents
    if (kind != resource_kind::agent)
        each = [this, kind](json::value row) { return taken_in(kind, std::move(row)); };
    ask_list(
        kind == resource_kind::knowledge_base ? std::move(call) : oldest_first(std::move(call)),
        [this, kind](call_outcome o, listing list) { on_list(kind, std::move(o), std::move(list)); },
        {}, std::move(each));
}

json::value refresh::taken_in(resource_kind kind, json::value document) const
{
    return known_.kept(secrets_.redact(kind, std::move(document)));
}

void refresh::on_list(resource_kind kind, call_outcome outcome, listing list)
{
    bool const unstable = outcome.code == errc::list_unstable;
    if (!unstable && fail(outcome)) return;
    if (unstable || !is_stable(kind, list)) {
        if (++walks_[kind].count >= patience) return never_rests(kind);
        return walk(kind);
    }
    note_gone(kind, list.rows);
    if (kind != resource_kind::agent) return on_rows(kind, std::move(list.rows));
    if (looks_ > 0) return on_agents_again(std::move(list.rows));
    on_agents(std::move(list.rows));
}

void refresh::note_gone(resource_kind kind, std::vector<json::value> const& rows)
{
    auto known = known_.ids(kind);
    if (known.empty()) return;
    auto const ids = ids_of(kind, rows);
    std::erase_if(snapshot_.gone, [&](auto const& entry) { return entry.first == kind; });
    for (auto& id : known)
        if (!ids.contains(id)) snapshot_.gone.emplace_back(kind, std::move(id));
}

/// What came or went between two pages may have moved others from one to the next.
bool refresh::is_stable(resource_kind kind, listing const& list)
{
    if (list.pages < 2) return true; // one answer is of one moment
    auto ids = ids_of(kind, list.rows);
    auto& past = walks_[kind];
    bool const as_before = past.count > 0 && past.ids == ids;
    bool const quiet = past.count == 0 && !list.met_twice &&
        std::ranges::all_of(known_.ids(kind), [&](auto const& id) { return ids.contains(id); });
    past.ids = std::move(ids);
    return as_before || quiet;
}

void refresh::never_rests(resource_kind kind)
{
    call_outcome o;
    o.code = errc::list_unstable;
    o.diag.message = "the list of " + std::string(folder(kind)) +
        " changes all the time while it is read; nothing was decided from it, try again";
    fail(o);
}

void refresh::on_agents(std::vector<json::value> rows)
{
    list_done();
    // Chat agents are another kind of resource with operations of their own; releases are about calls.
    snapshot_.chat_agents = static_cast<std::size_t>(std::ranges::count_if(
        rows, [](json::value const& row) { return row.string_at("channel") == "chat"; }));
    std::erase_if(rows, [](json::value const& row) { return row.string_at("channel") == "chat"; });
    read_agents(rows);
    settle();
}

void refresh::on_rows(resource_kind kind, std::vector<json::value> rows)
{
    list_done();
    for (auto& row : rows) {
        auto state = describe(kind, std::move(row));
        for (auto& m : known_.written(kind, state.id))
            state.document.make_object().set(m.key, std::move(m.val));
        if (kind == resource_kind::phone_number) snapshot_.numbers.push_back(std::move(state));
        else if (kind == resource_kind::knowledge_base)
            snapshot_.knowledge.push_back(std::move(state));
        else listed_engines_.insert_or_assign(state.id, std::move(state));
    }
    listed_.insert(kind);
    for (auto const& ref : std::exchange(unlisted_[kind], {})) read_engine(ref);
    settle();
}

// Agents that were listed and are gone.

void refresh::vanished(std::string id, std::string display_name)
{
    --agents_open_;
    vanished_.emplace(std::move(id), std::move(display_name));
    settle();
}

void refresh::look_for_vanished()
{
    if (++looks_ > patience) return never_rests(resource_kind::agent);
    walks_.erase(resource_kind::agent);
    ++lists_open_;
    walk(resource_kind::agent);
}

void refresh::on_agents_again(std::vector<json::value> rows)
{
    --lists_open_;
    auto const listed = ids_of(resource_kind::agent, rows);
    for (auto const& [id, display_name] : std::exchange(vanished_, {})) {
        if (!listed.contains(id)) continue;
        call_outcome o;
        o.code = errc::not_found;
        o.diag.message = "agent " + display_name + " (" + id + ") is listed but cannot be read";
        fail(o);
        return;
    }
    std::erase_if(snapshot_.agents, [&](agent_state const& a) { return !listed.contains(a.id()); });
    std::set<std::string_view> read;
    for (auto const& a : snapshot_.agents) read.insert(a.id());
    std::erase_if(rows, [&](json::value const& row) {
        return row.string_at("channel") == "chat" || read.contains(row.string_at("agent_id"));
    });
    read_agents(rows);
    settle();
}

void refresh::list_done()
{
    ++progress_.lists_done;
    --lists_open_;
}

void refresh::read_agents(std::vector<json::value> const& rows)
{
    agents_open_ += rows.size();
    progress_.agents_total += rows.size();
    for (auto const& row : rows) {
        if (code_) return;
        std::string id(row.string_at("agent_id"));
        std::string display_name(row.string_at("agent_name"));
        auto const stamp = row.int_at("user_modified_timestamp", 0);
        if (auto known = stamp > 0 ? known_.agent(id, stamp) : std::nullopt) {
            agent_state a;
            a.display_name = std::move(display_name);
            a.list_stamp = stamp;
            a.agent = std::move(*known);
            ++progress_.reused;
            add_agent(std::move(a));
        } else {
            get_agent(std::move(id), stamp, std::move(display_name), false);
        }
    }
}

void refresh::get_agent(
    std::string id, std::int64_t list_stamp, std::string display_name, bool latest)
{
    auto const reference =
        latest ? retell::version_ref::latest() : retell::version_ref::latest_published();
    ask(retell::get_agent(id, reference),
        [this, id, list_stamp, display_name, latest](call_outcome outcome) {
            // Whether "latest_published" of a never-published agent falls back to its draft is not documented.
            if (!latest && outcome.code == failure::not_found)
                return get_agent(id, list_stamp, display_name, true);
            if (outcome.code == failure::not_found) return vanished(id, display_name);
            if (fail(outcome)) return;
            agent_state a;
            a.display_name = display_name;
            a.list_stamp = list_stamp;
            a.agent = describe(resource_kind::agent,
                taken_in(resource_kind::agent, std::move(outcome.answer.body)));
            add_agent(std::move(a));
            settle();
        });
}

void refresh::add_agent(agent_state a)
{
    --agents_open_;
    ++progress_.agents_done;
    auto const ref = engine_of(a.agent.document);
    snapshot_.agents.push_back(std::move(a));
    if (!ref) return;
    // Whether the engine must be fetched is known when its list is.
    if (listed_.contains(ref->kind)) read_engine(*ref);
    else unlisted_[ref->kind].push_back(*ref);
}

void refresh::read_engine(engine_reference const& ref)
{
    engine_key key{ref.id, ref.version};
    if (code_ || !wanted_.insert(key).second) return;
    auto const listed = listed_engines_.find(ref.id);
    bool const is_listed = listed != listed_engines_.end();
    if (is_listed && (listed->second.version == ref.version || ref.version < 0)) {
        engines_.emplace(std::move(key), listed->second);
        // One that no list shows may be new, or gone: then what is known of it says nothing.
    } else if (auto known =
                   is_listed ? known_.published(ref.kind, ref.id, ref.version) : std::nullopt) {
        engines_.emplace(std::move(key), std::move(*known));
    } else if (ref.version >= 0) {
        ++engines_open_;
        auto get = ref.kind == resource_kind::llm ? retell::get_llm(ref.id, ref.version)
                                                  : retell::get_flow(ref.id, ref.version);
        ask(std::move(get), [this, kind = ref.kind, key](call_outcome o) {
            engine_arrived(std::move(o), kind, key);
        });
    }
}

void refresh::engine_arrived(call_outcome outcome, resource_kind kind, engine_key key)
{
    // An agent may name an engine that is gone; it is shown without one, and a release of it refused.
    if (outcome.code != failure::not_found) {
        if (fail(outcome)) return;
        ++progress_.engines_fetched;
        engines_.insert_or_assign(
            std::move(key), describe(kind, taken_in(kind, std::move(outcome.answer.body))));
    }
    --engines_open_;
    settle();
}

void refresh::settle()
{
    if (code_ || lists_open_ > 0 || agents_open_ > 0 || engines_open_ > 0) return;
    if (vanished_.empty()) assemble();
    else look_for_vanished();
}

void refresh::assemble()
{
    std::set<std::string, std::less<>> named;
    for (auto& a : snapshot_.agents) {
        auto const ref = engine_of(a.agent.document);
        if (!ref) continue;
        named.insert(ref->id);
        auto const found = engines_.find({ref->id, ref->version});
        if (found == engines_.end()) continue;
        a.engine = found->second;
        // A conversation flow's own type has no is_published; it is frozen with its agent.
        a.engine->published = a.engine->published || a.agent.published;
    }
    for (auto& [id, engine] : listed_engines_)
        if (!named.contains(id)) snapshot_.spare_engines.push_back(std::move(engine));
    std::ranges::sort(snapshot_.agents, {}, [](agent_state const& a) { return a.agent.id; });
    std::ranges::sort(snapshot_.numbers, {}, &resource_state::id);
}

} // namespace trunkline::sync
