#include "commands.hpp"
#include "session.hpp"
#include "shm_view.hpp"

#include <trunkline/core/error.hpp>
#include <trunkline/resilience/space.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace cli {

namespace fs = std::filesystem;
namespace res = trunkline::resilience;
using trunkline::errc;
using trunkline::error;

namespace {

res::space_options shm_options(session const& s)
{
    res::space_options o;
    if (!s.options.directory.empty()) o.directory = s.options.directory;
    o.create = false;
    return o;
}

/// Names of our segments, of this version of the layout and of others: (name, file).
std::vector<std::pair<std::string, fs::path>> segments(std::string const& directory)
{
    auto const prefix = "trunkline-" + std::to_string(::geteuid()) + "-";
    std::vector<std::pair<std::string, fs::path>> out;
    std::error_code ec;
    for (auto const& entry : fs::directory_iterator(directory, ec)) {
        auto const file = entry.path().filename().string();
        if (!file.starts_with(prefix) || !entry.is_regular_file(ec)) continue;
        auto const version = file.rfind(".v");
        if (version == file.npos) continue;
        out.emplace_back(file.substr(prefix.size(), version - prefix.size()), entry.path());
    }
    if (ec) throw error(errc::invalid_argument, directory + ": " + ec.message());
    std::ranges::sort(out);
    return out;
}

exit_code list(session& s)
{
    auto const o = shm_options(s);
    json::array rows;
    for (auto const& [name, file] : segments(o.directory)) {
        json::object row{{"name", name}, {"file", file.string()}};
        auto const space = file == res::resilience_space::path_of(name, o)
            ? std::optional(res::resilience_space::open(name, o))
            : std::nullopt;
        bool const readable = space && space->kind() == res::resilience_space::kind_type::shared;
        if (readable) {
            describe_counts(row, space->counts());
            s.out.print(line().add(padded(name, 24), style::bold).add(counts_text(space->counts())));
        } else {
            auto const why = space ? space->reason() : "made by another version of this library";
            row.set("unreadable", why);
            s.out.print(line().add(padded(name, 24), style::bold).add(why, style::yellow));
        }
        rows.push_back(row);
    }
    if (rows.empty()) s.out.print("No segments in " + o.directory);
    s.out.document(json::object{{"directory", o.directory}, {"segments", std::move(rows)}});
    return exit_code::done;
}

res::resilience_space attach(session& s, std::string const& name)
{
    auto space = res::resilience_space::open(name, shm_options(s));
    if (space.kind() != res::resilience_space::kind_type::shared)
        throw error(errc::not_found, space.reason());
    return space;
}

exit_code show(session& s, std::string const& name)
{
    auto const space = attach(s, name);
    auto const wrong = show_segment(s.out, name, space);
    return wrong ? exit_code::error : exit_code::done;
}

exit_code remove(session& s, std::string const& name)
{
    s.require_consent("shm remove");
    auto const o = shm_options(s);
    auto const path = res::resilience_space::path_of(name, o);
    json::object document{{"removed", path}, {"dry_run", s.options.dry_run}};
    if (s.options.dry_run) {
        s.out.report("Would remove " + path);
        s.out.document(document);
        return exit_code::done;
    }
    if (!s.options.yes &&
        !s.out.ask("Remove " + path +
            "? Programs that use it go on with what they have until they are restarted."))
        throw error(errc::canceled, "not confirmed; nothing was changed");
    if (::unlink(path.c_str()) != 0)
        throw error(
            errno == ENOENT ? errc::not_found : errc::internal, path + ": " + std::strerror(errno));
    s.out.report(line("Removed ").add(path, style::bold));
    s.out.report("Restart the programs that use it: until then they share with each other, not "
                 "with new ones.");
    s.out.document(document);
    return exit_code::done;
}

} // namespace

exit_code run_shm(session& s)
{
    auto const& a = s.options.arguments;
    auto const verb = a.empty() ? std::string("list") : a[0];
    try {
        if (verb == "list" && a.size() <= 1) return list(s);
        if (verb == "show" && a.size() == 2) return show(s, a[1]);
        if (verb == "remove" && a.size() == 2) return remove(s, a[1]);
    } catch (std::invalid_argument const& e) {
        throw usage_error(e.what());
    }
    throw usage_error("shm takes list, show NAME or remove NAME; see trunkline help shm");
}

} // namespace cli
