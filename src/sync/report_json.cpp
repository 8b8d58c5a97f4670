#include <trunkline/sync/report_json.hpp>

#include <trunkline/core/time.hpp>

namespace trunkline::sync {
namespace {

json::array texts(std::vector<std::string> const& list)
{
    return json::array(list.begin(), list.end());
}

json::value version_or_null(std::int64_t v)
{
    return v < 0 ? json::value() : json::value(v);
}

json::value moment_or_null(std::int64_t unix_ms)
{
    return unix_ms == 0 ? json::value() : json::value(to_iso8601(unix_ms));
}

json::value release_or_null(std::int64_t number)
{
    return number == 0 ? json::value() : json::value(release_name(number));
}

json::object path_document(answer_path const& p)
{
    return {{"direction", p.direction}, {"agent_id", p.agent_id}, {"agent_name", p.agent_name},
        {"weight", p.weight}, {"version_wanted", p.version_wanted},
        {"version", version_or_null(p.version)}, {"published", p.published},
        {"engine_kind", p.engine_kind}, {"engine_id", p.engine_id},
        {"engine_version", version_or_null(p.engine_version)}, {"tools", texts(p.tools)},
        {"why", texts(p.why)}, {"warnings", texts(p.warnings)}};
}

} // namespace

std::string release_name(std::int64_t number)
{
    return "r" + std::to_string(number);
}

json::object to_json(operation_progress const& p)
{
    // A tenth of a request is as exact as a pace can be.
    auto const tenths = static_cast<std::int64_t>(p.requests_per_second * 10 + 0.5);
    return {{"step", "progress"}, {"phase", p.phase}, {"done", p.done}, {"total", p.total},
        {"what", p.what}, {"requests", p.requests},
        {"requests_per_second", static_cast<double>(tenths) / 10},
        {"left_ms", p.left ? json::value(p.left->count()) : json::value()}};
}

json::array to_json(std::vector<field_change> const& changes)
{
    json::array list;
    for (auto const& c : changes) {
        json::object o{{"path", c.path}};
        if (c.before) o.set("before", *c.before);
        if (c.after) o.set("after", *c.after);
        list.push_back(std::move(o));
    }
    return list;
}

json::array to_json(std::vector<plan_conflict> const& conflicts)
{
    json::array list;
    for (auto const& c : conflicts) {
        json::object o{{"kind", name(c.kind)}, {"unit", c.unit}, {"resource", c.resource},
            {"path", c.field.path}};
        if (c.field.base) o.set("base", *c.field.base);
        if (c.field.local) o.set("local", *c.field.local);
        if (c.field.remote) o.set("remote", *c.field.remote);
        list.push_back(std::move(o));
    }
    return list;
}

json::array to_json(std::vector<unit_result> const& units)
{
    json::array list;
    for (auto const& u : units) list.push_back(to_json(u));
    return list;
}

json::object to_json(drift_report const& r)
{
    json::array findings;
    for (auto const& f : r.findings) {
        json::array versions;
        for (auto const& v : f.versions)
            versions.push_back(json::object{{"version", v.version},
                {"modified_at", moment_or_null(v.modified_at)}, {"title", v.title},
                {"release", v.release.empty() ? json::value() : json::value(v.release)},
                {"actor", v.actor.empty() ? json::value() : json::value(v.actor)},
                {"fields", texts(v.fields)}});
        findings.push_back(json::object{{"kind", f.kind}, {"resource", f.resource},
            {"text", f.text}, {"advice", advice_on(f.kind)}, {"changes", to_json(f.changes)},
            {"base_version", version_or_null(f.base_version)},
            {"version", version_or_null(f.version)}, {"modified_at", moment_or_null(f.modified_at)},
            {"versions", std::move(versions)}});
    }
    json::array drafts;
    for (auto const& d : r.drafts)
        drafts.push_back(
            json::object{{"resource", d.resource}, {"agent_id", d.agent_id}, {"version", d.version},
                {"release", d.release}, {"command", draft_removal(d.agent_id, d.version)}});
    return {{"findings", std::move(findings)}, {"drafts", std::move(drafts)},
        {"unfinished", release_or_null(r.unfinished)}, {"requests", r.requests}};
}

json::object to_json(number_explanation const& e)
{
    json::array paths;
    for (auto const& p : e.paths) paths.push_back(path_document(p));
    return {{"number", e.number}, {"nickname", e.nickname}, {"fallback", e.fallback},
        {"paths", std::move(paths)}, {"warnings", texts(e.warnings)}, {"requests", e.requests}};
}

json::object to_json(store::release_row const& row)
{
    return {{"release", release_name(row.number)}, {"state", store::name(row.state)},
        {"title", row.title}, {"actor", row.actor}, {"started_at", moment_or_null(row.started_at)},
        {"ended_at", moment_or_null(row.ended_at)}, {"reverts", release_or_null(row.reverts)}};
}

json::array to_json(std::vector<store::journal_row> const& journal)
{
    json::array list;
    for (auto const& j : journal)
        list.push_back(json::object{{"sequence", j.sequence}, {"at", to_iso8601(j.at)},
            {"unit", j.unit}, {"type", j.type}, {"data", j.data}, {"hash", j.hash}});
    return list;
}

} // namespace trunkline::sync
