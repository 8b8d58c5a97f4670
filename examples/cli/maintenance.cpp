#include "commands.hpp"
#include "session.hpp"

#include <trunkline/core/error.hpp>

namespace cli {

using trunkline::errc;
using trunkline::error;
using trunkline::store::store;

namespace {

std::string shown_store(session const& s)
{
    auto const path = s.store_path();
    return path ? path->string() : s.options.store_url;
}

} // namespace

exit_code run_backup(session& s)
{
    auto const& file = s.options.arguments[0];
    auto& center = s.center(store_use::read_only);
    if (s.options.dry_run) center.store().check_backup_to_file(file);
    else center.store().backup_to_file(file);
    s.out.report(line(s.options.dry_run ? "Would write " : "Wrote ")
                     .add(file, style::bold)
                     .add(", a verified copy of " + shown_store(s)));
    s.out.report("Its secrets are sealed: keep the key file safe as well, elsewhere.");
    s.out.document(
        json::object{{"backup", file}, {"store", shown_store(s)}, {"dry_run", s.options.dry_run}});
    return exit_code::done;
}

exit_code run_restore(session& s)
{
    auto const& file = s.options.arguments[0];
    s.require_consent("restore");
    auto const store_name = shown_store(s);
    json::object document{{"restored", file}, {"store", store_name}, {"dry_run", s.options.dry_run}};
    if (s.options.dry_run) {
        s.out.report("Would put " + file + " in place of " + store_name);
        s.out.document(document);
        return exit_code::done;
    }
    if (!s.options.yes &&
        !s.out.ask(
            "Put " + file + " in place of " + store_name + "? What is there is kept beside it."))
        throw error(errc::canceled, "not confirmed; nothing was changed");
    auto const replaced = store::restore_from_file(file, s.options.store_url, s.store_options());
    s.out.report(line("Restored ").add(store_name, style::bold).add(" from " + file));
    if (!replaced.empty()) s.out.report("What was there is kept as " + replaced);
    s.out.report("See what the service did since: trunkline drift");
    document.set("replaced", replaced.empty() ? json::value() : json::value(replaced));
    s.out.document(document);
    return exit_code::done;
}

} // namespace cli
