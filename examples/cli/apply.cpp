#include "commands.hpp"
#include "files.hpp"
#include "plan_view.hpp"
#include "release.hpp"
#include "session.hpp"

#include <trunkline/core/error.hpp>

namespace cli {

using trunkline::apply_report;
using trunkline::errc;
using trunkline::error;
using trunkline::sync::plan;

namespace {

plan read_plan(session const& s)
{
    auto const& file = s.options.plan_file;
    auto document = parse_json(read_file(file), file);
    if (auto* const o = document.is_object() ? &document.as_object() : nullptr)
        for (auto const added : {"empty", "unfinished", "refused"}) o->erase(added); // plan --json
    try {
        auto p = plan::from_json(document);
        if (!s.options.title.empty()) p.title = s.options.title;
        return p;
    } catch (error const& e) {
        throw error(e.code(), file + ": " + e.what());
    }
}

void check_arguments(session const& s)
{
    bool const folder = !s.options.arguments.empty();
    if (folder && !s.options.plan_file.empty())
        throw usage_error("a folder and --plan are two things to release; name one of them");
    if (!folder && s.options.plan_file.empty())
        throw usage_error("nothing to release is named; usage: trunkline apply DIR, or: trunkline "
                          "apply --plan FILE");
}

/// An interrupted release goes on before anything else; who is asked at all is asked about that too.
bool may_resume(session& s, trunkline::control_center& center)
{
    if (s.options.yes || s.options.dry_run) return true;
    auto const r = center.store().unfinished_release(center.tenant());
    return !r ||
        s.out.ask("Release " + release_name(r->number) + " (" + r->actor + ", " +
            moment(r->started_at) + ") was interrupted. Finish it first?");
}

} // namespace

exit_code run_apply(session& s)
{
    check_arguments(s);
    s.require_consent("apply");
    std::optional<plan> saved;
    if (!s.options.plan_file.empty()) saved = read_plan(s);
    auto& center = s.center(store_use::existing);
    if (!may_resume(s, center)) throw error(errc::canceled, "not confirmed; nothing was sent");
    auto const o = release_options(s, false);
    auto const r = s.run<apply_report>([&](diagnostics& diag, auto token) {
        if (saved) center.async_apply_plan(*saved, o, diag, std::move(token));
        else center.async_apply(s.options.arguments[0], o, diag, std::move(token));
    });
    show_release(s, r);
    return finish_release(s, r);
}

} // namespace cli
