#include <trunkline/control_center.hpp>
#include <trunkline/sync/report_json.hpp>

namespace trunkline {

json::object to_json(pull_report const& r, bool dry_run)
{
    auto const& c = r.changes;
    return {{"agents", r.agents}, {"llms", r.llms}, {"flows", r.flows}, {"numbers", r.numbers},
        {"tools", r.tools}, {"resources", c.resources}, {"created", c.created},
        {"updated", c.updated}, {"merged", c.merged}, {"edited", c.edited}, {"removed", c.removed},
        {"files_written", r.files_written}, {"reused", r.reused}, {"requests", r.requests},
        {"dry_run", dry_run}, {"conflicts", sync::to_json(c.conflicts)},
        {"notes", json::array(c.notes.begin(), c.notes.end())}};
}

json::object to_json(apply_report const& r, bool dry_run)
{
    auto const release_or_null = [](std::int64_t number) {
        return number == 0 ? json::value() : json::value(sync::release_name(number));
    };
    json::object o{{"release", release_or_null(r.release)}};
    o.set("state", r.release == 0 ? json::value() : json::value(store::name(r.state)));
    o.set("resumed", r.resumed);
    o.set("dry_run", dry_run);
    o.set("reverts", release_or_null(r.plan.reverts));
    o.set("units", sync::to_json(r.units));
    o.set("conflicts", sync::to_json(r.plan.conflicts));
    o.set("notes", json::array(r.plan.notes.begin(), r.plan.notes.end()));
    o.set("backup", r.backup.empty() ? json::value() : json::value(r.backup));
    o.set("requests", r.requests);
    if (dry_run) o.set("plan", r.plan.to_json());
    return o;
}

} // namespace trunkline
