#include "commands.hpp"
#include "files.hpp"
#include "plan_view.hpp"
#include "release.hpp"
#include "session.hpp"

#include <trunkline/core/error.hpp>
#include <trunkline/core/time.hpp>
#include <trunkline/sync/transfer.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <system_error>

namespace cli {

namespace fs = std::filesystem;
using trunkline::errc;
using trunkline::error;
using trunkline::sync::account_export;

namespace {

account_export read_account(session& s)
{
    if (!s.options.from_folder.empty()) {
        auto e = trunkline::sync::make_export(trunkline::sync::read_files(s.options.from_folder));
        auto const header = trunkline::sync::read_header(s.options.from_folder);
        e.tenant = header ? header->tenant : s.options.tenant;
        e.made_at = trunkline::system_time::instance().unix_ms();
        return e;
    }
    s.require_service();
    auto& center = s.center(store_use::scratch);
    auto r = s.run<account_export>([&](diagnostics& diag, auto token) {
        center.async_export(&s.progress, diag, std::move(token));
    });
    if (!r.ok()) throw error(r.code, r.diag);
    return std::move(r.result);
}

void show_secrets(session& s, std::vector<trunkline::sync::export_secret> const& secrets)
{
    for (auto const& x : secrets)
        s.out.report(line("  ")
                         .add(padded(x.name, 31) + " ", style::bold)
                         .add(joined({x.used_in.begin(), x.used_in.end()}), style::dim));
}

/// {"NAME": "value", ...}
std::map<std::string, std::string> text_map(json::value const& v, std::string const& what)
{
    std::map<std::string, std::string> out;
    if (!v.is_object()) throw error(errc::invalid_argument, what + " is no JSON object of texts");
    for (auto const& m : v.as_object()) {
        if (!m.val.is_string())
            throw error(errc::invalid_argument, what + ": \"" + m.key + "\" is no text");
        out.emplace(m.key, m.val.as_string());
    }
    return out;
}

trunkline::sync::import_options answers(session const& s, account_export const& e)
{
    trunkline::sync::import_options o;
    o.allow = s.options.allow;
    if (s.options.secrets_from_env)
        for (auto const& x : e.secrets)
            if (auto const* const found = std::getenv(x.name.c_str())) o.secrets[x.name] = found;
    if (auto const& file = s.options.secrets_file; !file.empty())
        for (auto& [name, value] : text_map(parse_json(read_file_or_input(file), file), file))
            o.secrets.insert_or_assign(name, std::move(value));
    if (auto const& file = s.options.map_file; !file.empty()) {
        auto const document = parse_json(read_file(file), file);
        if (!document.is_object()) throw error(errc::invalid_argument, file + " is no JSON object");
        for (auto const& m : document.as_object())
            o.renamed[m.key] = text_map(m.val, file + ": \"" + m.key + "\"");
    }
    return o;
}

/// Goes with all that is in it.
class passing_folder {
public:
    passing_folder() : path_((fs::temp_directory_path() / "trunkline-import-XXXXXX").string())
    {
        if (!::mkdtemp(path_.data()))
            throw error(
                errc::invalid_argument, "cannot make " + path_ + ": " + std::strerror(errno));
    }
    ~passing_folder()
    {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    passing_folder(passing_folder const&) = delete;
    passing_folder& operator=(passing_folder const&) = delete;
    fs::path path() const { return path_; }

private:
    std::string path_;
};

exit_code refuse(session& s, outcome<trunkline::sync::import_findings> r)
{
    auto const& asks = r.result.asks;
    if (!asks.empty()) {
        // An error is masked, and a word in capitals behind "--secrets" would look like one.
        r.diag.message +=
            "; secrets are given by --secrets with a file that holds a JSON object of names and "
            "values, or by --secrets-from-env";
        show_secrets(s, asks);
    }
    return s.fail(r.code, r.diag, to_json(r.result));
}

/// Numbers are left out; those that the account has already are told from those to be bought.
void show_numbers(session& s, trunkline::sync::import_result const& written,
    std::set<std::string> const& there, std::string const& folder)
{
    auto const& all = written.numbers_left_out;
    if (all.empty()) return;
    auto const absent = all.size() - there.size();
    std::string text = counted(all.size(), "phone number") + " left out; ";
    if (!there.empty()) text += "the account has " + std::to_string(there.size()) + " of them; ";
    if (absent > 0) text += "buy or import " + std::to_string(absent) + ", then: ";
    show_notes(s.out, {text + "trunkline pull " + folder});
}

} // namespace

exit_code run_export(session& s)
{
    fs::path target = s.options.arguments[0];
    std::error_code ec;
    if (fs::is_directory(target, ec)) target /= s.options.tenant + ".trunkline.json";
    std::optional<private_file> file;
    if (!s.options.dry_run) file.emplace(target);
    auto const e = read_account(s);
    if (file) file->write(json::to_text(e.to_json(), json::style::pretty) + "\n");
    s.out.report(
        line().add("Exported " + counted(e.files.size(), "file") + " to " + target.string()));
    if (!e.secrets.empty()) {
        s.out.report("Whoever imports it is asked for " + counted(e.secrets.size(), "secret") + ":");
        show_secrets(s, e.secrets);
    }
    s.out.document(json::object{{"export", target.string()}, {"files", e.files.size()},
        {"asks", trunkline::sync::to_json(e.secrets)}, {"needs", trunkline::sync::to_json(e.needs)},
        {"dry_run", s.options.dry_run}});
    return exit_code::done;
}

exit_code run_import(session& s)
{
    auto const& source = s.options.arguments[0];
    auto const& target = s.options.into;
    if (target.empty())
        throw usage_error("--into DIR is missing: the folder that is to hold the new account");
    auto const document = parse_json(read_file(source), source);
    account_export e;
    try {
        e = account_export::from_json(document);
    } catch (error const& why) {
        throw error(why.code(), source + ": " + why.what());
    }
    auto const given = answers(s, e);
    if (missing_secrets(e, given).empty()) s.require_consent("import");
    auto const looked = s.run<trunkline::sync::import_findings>([&](diagnostics& diag, auto token) {
        s.center(store_use::scratch).async_check_import(target, e, given, diag, std::move(token));
    });
    if (!looked.ok()) return refuse(s, looked);
    if (looked.result.begun && s.options.dry_run)
        throw error(errc::invalid_argument,
            "this import was begun in " + target + "; what is left of it says: trunkline plan " +
                target);
    // A dry run needs the folder to plan from and a store for its secrets, but keeps neither.
    auto& center = s.reopened(s.options.dry_run ? store_use::memory : store_use::create);
    std::optional<passing_folder> passing;
    if (s.options.dry_run) passing.emplace();
    auto const folder = passing ? passing->path() : fs::path(target);
    auto const written = center.import_into(folder, e, given);
    if (!looked.result.missing.empty()) show_notes(s.out, written.notes);
    show_numbers(s, written, looked.result.numbers, target);
    auto o = release_options(s, false);
    // The account was looked at. Numbers alone are in nobody's way: they were bought for this.
    if (looked.result.agents.empty() ||
        std::ranges::count(o.allow, trunkline::sync::allow_not_empty) > 0)
        o.allow.emplace_back("new-folder");
    auto const r = s.run<trunkline::apply_report>([&](diagnostics& diag, auto token) {
        center.async_apply(folder, o, diag, std::move(token));
    });
    show_release(s, r);
    return finish_release(s, r);
}

} // namespace cli
