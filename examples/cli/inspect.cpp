#include "commands.hpp"
#include "plan_view.hpp"
#include "release.hpp"
#include "session.hpp"

#include <trunkline/sync/release.hpp>
#include <trunkline/sync/report_json.hpp>

#include <algorithm>
#include <set>

namespace cli {

using trunkline::sync::answer_path;
using trunkline::sync::drift_report;
using trunkline::sync::number_explanation;

namespace {

style style_of_finding(std::string_view kind)
{
    return kind == "gone" || kind == "dangling" ? style::red : style::yellow;
}

/// "  version 4, 2026-11-28 12:00, by r7 (anna), "Summer hours": voice_speed, language"
void show(console& out, trunkline::sync::drift_version const& v)
{
    auto text = "  version " + std::to_string(v.version);
    if (v.modified_at > 0) text += ", " + moment(v.modified_at);
    if (v.release.empty()) text += ", made in the dashboard or by another program";
    else text += ", by " + v.release + (v.actor.empty() ? "" : " (" + v.actor + ")");
    if (!v.title.empty()) text += ", \"" + shortened(v.title, 40) + "\"";
    std::vector<std::string> fields(v.fields.begin(),
        v.fields.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(v.fields.size(), 6)));
    if (v.fields.size() > fields.size())
        fields.push_back("and " + std::to_string(v.fields.size() - fields.size()) + " more");
    out.print(line().add(text + ": ", style::dim).add(joined(fields)));
}

void show(session& s, drift_report const& r)
{
    for (auto const& f : r.findings) {
        s.out.print(line()
                        .add(padded(f.kind, 10), style_of_finding(f.kind))
                        .add(f.resource, style::bold)
                        .add("  " + f.text));
        show_changes(s.out, f.changes, 2);
        for (auto const& v : f.versions) show(s.out, v);
        if (f.versions.empty() && f.modified_at > 0)
            s.out.print(line().add("  last changed " + moment(f.modified_at), style::dim));
    }
    for (auto const& d : r.drafts)
        s.out.print(line()
                        .add(padded("draft", 10), style::dim)
                        .add(d.resource, style::bold)
                        .add("  version " + std::to_string(d.version) +
                            ", left behind unpublished by " + d.release + "; if nobody needs it: " +
                            trunkline::sync::draft_removal(d.agent_id, d.version)));
    s.out.report(r.findings.empty() ? "No drift: the service is as it was agreed."
                                    : counted(r.findings.size(), "finding"));
    std::set<std::string> kinds;
    for (auto const& f : r.findings)
        if (kinds.insert(f.kind).second)
            s.out.report(line("  ").add(padded(f.kind, 10)).add(trunkline::sync::advice_on(f.kind)));
    s.out.report(line().add(counted(r.requests, "request") + ", " + s.seconds_passed(), style::dim));
}

/// "inbound_agents" -> "inbound call", "outbound_sms_agents" -> "outbound SMS".
std::string readable_direction(std::string_view d)
{
    auto const way = std::string(d.substr(0, d.find('_')));
    return way + (d.find("_sms_") != d.npos ? " SMS" : " call");
}

void show_warnings(console& out, std::vector<std::string> const& warnings, std::string_view indent)
{
    for (auto const& w : warnings)
        out.print(line(indent).add("! ", style::yellow).add(w, style::yellow));
}

void show_tools(console& out, std::vector<std::string> const& tools)
{
    if (tools.empty()) return;
    out.print("     " + counted(tools.size(), "tool") + ":");
    for (auto const& t : tools) out.print("       " + t);
}

void show(console& out, answer_path const& p)
{
    line l(readable_direction(p.direction));
    l.add(" -> ").add(p.agent_name.empty() ? p.agent_id : p.agent_name, style::bold);
    if (p.version >= 0) l.add(" version " + std::to_string(p.version), style::cyan);
    if (!p.weight.empty() && p.weight != "1") l.add(" (weight " + p.weight + ")");
    if (!p.engine_id.empty()) {
        l.add(" -> " + p.engine_kind + " " + p.engine_id);
        if (p.engine_version >= 0)
            l.add(" version " + std::to_string(p.engine_version), style::cyan);
    }
    out.print(l);
    for (auto const& reason : p.why) out.print(line("     ").add(reason, style::dim));
    show_warnings(out, p.warnings, "     ");
    show_tools(out, p.tools);
}

void show(session& s, number_explanation const& e)
{
    s.out.print(line().add(e.number, style::bold).add(e.nickname.empty() ? "" : "  " + e.nickname));
    for (auto const& p : e.paths) show(s.out, p);
    if (!e.fallback.empty()) s.out.print("fallback number " + e.fallback);
    show_warnings(s.out, e.warnings, "");
    s.out.report(line().add(counted(e.requests, "request") + ", " + s.seconds_passed(), style::dim));
}

/// "+49 30 2312-5001" as people write it; anything that is no such number stays as it is.
std::string plain_number(std::string const& text)
{
    std::string out;
    for (auto const c : text)
        if (std::string_view(" -()/.").find(c) == std::string_view::npos) out += c;
    bool const number = out.size() > 1 && out[0] == '+' &&
        std::ranges::all_of(out.substr(1), [](char c) { return c >= '0' && c <= '9'; });
    return number ? out : text;
}

} // namespace

exit_code run_drift(session& s)
{
    auto& center = s.center(store_use::existing);
    auto const r = s.run<drift_report>([&](diagnostics& diag, auto token) {
        center.async_drift(&s.progress, diag, std::move(token));
    });
    if (!r.ok()) return s.fail(r.code, r.diag);
    show(s, r.result);
    if (auto const unfinished = center.store().unfinished_release(center.tenant()))
        show_unfinished(s, *unfinished);
    s.out.document(to_json(r.result));
    return r.result.findings.empty() ? exit_code::done : exit_code::changes;
}

exit_code run_explain(session& s)
{
    s.require_service();
    auto& center = s.center(store_use::optional);
    auto const number = plain_number(s.options.arguments[0]);
    auto const r = s.run<number_explanation>([&](diagnostics& diag, auto token) {
        center.async_explain(number, diag, std::move(token));
    });
    if (!r.ok()) return s.fail(r.code, r.diag);
    show(s, r.result);
    s.out.document(to_json(r.result));
    return exit_code::done;
}

} // namespace cli
