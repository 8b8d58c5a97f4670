#include <trunkline/sync/drift.hpp>

#include <trunkline/sync/release.hpp>
#include <trunkline/sync/report_json.hpp>

#include <algorithm>
#include <set>

namespace trunkline::sync {

using retell::resource_kind;

namespace {

constexpr std::string_view mark_begin = "[trunkline r";

/// Of a history longer than this the oldest part is left out: each version costs a request or two.
constexpr std::size_t most_stages = 20;

json::value const* row_of(std::vector<json::value> const& rows, std::int64_t version)
{
    auto const it =
        std::ranges::find_if(rows, [&](auto const& r) { return r.int_at("version") == version; });
    return it == rows.end() ? nullptr : &*it;
}

std::vector<std::string> paths_between(
    resource_kind kind, json::value const& before, json::value const& after)
{
    std::vector<std::string> paths;
    if (!before.is_null() && !after.is_null())
        for (auto& c : changes(kind, before, after)) paths.push_back(std::move(c.path));
    return paths;
}

} // namespace

drift_origins::drift_origins(
    drift_report found, snapshot const& now, redactor secrets, store::store const& s)
    : report_(std::move(found)), now_(now), secrets_(std::move(secrets)), store_(s)
{
    for (auto const& f : report_.findings) {
        if (f.agent_id.empty() || ways_.contains(f.agent_id)) continue;
        ways_[f.agent_id].from = f.agent_base;
    }
    std::set<std::string> agents;
    for (auto const& known : ways_) agents.insert(known.first);
    for (auto const& d : report_.drafts) agents.insert(d.agent_id);
    for (auto const& id : agents) ask_versions(id);
}

void drift_origins::ask_versions(std::string const& agent_id)
{
    ask_list(retell::list_agent_versions(agent_id),
        [this, agent_id](call_outcome outcome, listing list) {
            bool const gone = outcome.code == failure::not_found; // deleted meanwhile
            if (!gone && fail(outcome)) return;
            keep_drafts(agent_id, list.rows);
            if (!gone && ways_.contains(agent_id)) on_versions(agent_id, list.rows);
        });
}

/// Those that are still there, and still drafts.
void drift_origins::keep_drafts(std::string const& agent_id, std::vector<json::value> const& rows)
{
    std::erase_if(report_.drafts, [&](left_draft const& d) {
        if (d.agent_id != agent_id) return false;
        auto const* const row = row_of(rows, d.version);
        return !row || row->bool_at("is_published");
    });
}

void drift_origins::on_failure(error const& e)
{
    if (!code_) {
        code_ = e.code();
        diag_ = e.diag();
    }
    drop_everything();
}

bool drift_origins::fail(call_outcome const& outcome)
{
    if (outcome.ok()) return false;
    if (!code_) {
        code_ = outcome.code;
        diag_ = outcome.diag;
        cancel();
    }
    return true;
}

/// The way from what was agreed to what callers get leads from version to version by what each was
/// made from; others were published beside it and are not what callers get.
void drift_origins::on_versions(std::string const& agent_id, std::vector<json::value> const& rows)
{
    auto const* const agent = now_.find_agent(agent_id);
    auto& w = ways_.find(agent_id)->second;
    for (auto at = agent->agent.version; at > w.from && w.stages.size() < most_stages;) {
        auto const* const row = row_of(rows, at);
        if (!row) break;
        stage s;
        s.version.version = at;
        s.version.modified_at = row->int_at("last_modification_timestamp", 0);
        s.version.title = row->string_at("version_title");
        attribute(s.version, row->string_at("version_description"));
        w.stages.push_back(std::move(s));
        at = row->int_at("base_version", -1);
    }
    // What was made from something older than the agreed version (a rollback) differs from that too.
    stage base;
    base.version.version = w.from;
    if (w.stages.size() == most_stages)
        base.version.version =
            row_of(rows, w.stages.back().version.version)->int_at("base_version", -1);
    w.stages.push_back(std::move(base));
    std::ranges::reverse(w.stages);
    w.open = w.stages.size();
    for (std::size_t i = 0; i < w.stages.size(); ++i) read_stage(agent_id, i);
}

void drift_origins::attribute(drift_version& v, std::string_view description) const
{
    auto const begin = description.find(mark_begin);
    if (begin == std::string_view::npos) return;
    auto const digits = description.substr(begin + mark_begin.size());
    std::int64_t number = 0;
    for (char const c : digits.substr(0, 15)) {
        if (c < '0' || c > '9') break;
        number = number * 10 + (c - '0');
    }
    v.release = release_name(number);
    // Numbers are counted in each store, marks are made with its key.
    auto const row = number > 0 ? store_.release(secrets_.tenant(), number) : std::nullopt;
    if (row && carries_mark_of(store_, secrets_.tenant(), *row, description)) v.actor = row->actor;
    else v.release += " of another store";
}

void drift_origins::read_stage(std::string const& agent_id, std::size_t index)
{
    auto& s = ways_.find(agent_id)->second.stages[index];
    if (s.version.version < 0) return arrived(agent_id);
    auto const* const agent = now_.find_agent(agent_id);
    if (agent->agent.version == s.version.version) {
        s.agent = agent->agent.document;
        if (agent->engine) s.engine = agent->engine->document;
        return arrived(agent_id);
    }
    if (auto known = store_.version(secrets_.tenant(), "agent", agent_id, s.version.version)) {
        s.agent = std::move(known->document);
        return read_engine(agent_id, index);
    }
    ask(retell::get_agent(agent_id, s.version.version),
        [this, agent_id, index](call_outcome outcome) {
            if (outcome.code == failure::not_found) return arrived(agent_id);
            if (fail(outcome)) return;
            ways_.find(agent_id)->second.stages[index].agent =
                secrets_.redact(resource_kind::agent, std::move(outcome.answer.body));
            read_engine(agent_id, index);
        });
}

void drift_origins::read_engine(std::string const& agent_id, std::size_t index)
{
    auto& s = ways_.find(agent_id)->second.stages[index];
    auto const ref = engine_of(s.agent);
    if (!ref || ref->version < 0) return arrived(agent_id);
    if (auto known =
            store_.version(secrets_.tenant(), retell::name(ref->kind), ref->id, ref->version)) {
        s.engine = std::move(known->document);
        return arrived(agent_id);
    }
    ask(ref->kind == resource_kind::llm ? retell::get_llm(ref->id, ref->version)
                                        : retell::get_flow(ref->id, ref->version),
        [this, agent_id, index, kind = ref->kind](call_outcome outcome) {
            if (outcome.code == failure::not_found) return arrived(agent_id);
            if (fail(outcome)) return;
            ways_.find(agent_id)->second.stages[index].engine =
                secrets_.redact(kind, std::move(outcome.answer.body));
            arrived(agent_id);
        });
}

void drift_origins::arrived(std::string const& agent_id)
{
    if (--ways_.find(agent_id)->second.open == 0) tell(agent_id);
}

void drift_origins::tell(std::string const& agent_id)
{
    auto const& stages = ways_.find(agent_id)->second.stages;
    for (auto& f : report_.findings) {
        if (f.agent_id != agent_id) continue;
        bool const agent = f.resource.starts_with("agents/");
        auto const kind = agent               ? resource_kind::agent
            : f.resource.starts_with("llms/") ? resource_kind::llm
                                              : resource_kind::flow;
        for (std::size_t i = 1; i < stages.size(); ++i) {
            auto v = stages[i].version;
            v.fields = paths_between(kind, agent ? stages[i - 1].agent : stages[i - 1].engine,
                agent ? stages[i].agent : stages[i].engine);
            if (!v.fields.empty()) f.versions.push_back(std::move(v));
        }
    }
}

} // namespace trunkline::sync
