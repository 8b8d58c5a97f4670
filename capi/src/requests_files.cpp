#include "requests.hpp"

#include <trunkline/core/time.hpp>
#include <trunkline/sync/lint_files.hpp>
#include <trunkline/sync/transfer.hpp>

#include <filesystem>

namespace trunkline::capi {
namespace {

namespace fs = std::filesystem;

json::object const& object_of(json::value const& v, std::string_view member)
{
    if (!v.is_object())
        throw error(errc::invalid_argument, "\"" + std::string(member) + "\" must be an object");
    return v.as_object();
}

/// {"NAME": "value", ...}. What a value holds is not repeated: it may be a secret.
std::map<std::string, std::string> texts_of(json::value const& v, std::string_view member)
{
    std::map<std::string, std::string> out;
    for (auto const& m : object_of(v, member)) {
        if (!m.val.is_string())
            throw error(errc::invalid_argument,
                "\"" + std::string(member) + "\": the value of \"" + m.key.text().substr(0, 64) +
                    "\" must be a string");
        out.emplace(m.key, m.val.as_string());
    }
    return out;
}

sync::account_export export_of_folder(std::string const& dir)
{
    auto e = sync::make_export(sync::read_files(dir));
    if (auto const header = sync::read_header(dir)) e.tenant = header->tenant;
    e.made_at = system_time::instance().unix_ms();
    return e;
}

sync::account_export export_of_account(request_context& c)
{
    auto& center = c.owner.center(false);
    diagnostics diag;
    sync::account_export e;
    if (auto const code = c.owner.run(
            e, diag, [&](diagnostics& d, auto token) { center.async_export(nullptr, d, token); }))
        throw error(code, std::move(diag));
    return e;
}

} // namespace

json::value run_lint(request_context& c)
{
    auto const names = c.in.texts("paths");
    auto const* const config = c.in.value("config");
    c.in.no_others();
    if (names.empty())
        throw error(errc::invalid_argument, "request \"lint\": \"paths\" must be given");
    std::vector<fs::path> const paths(names.begin(), names.end());
    return to_json(sync::lint_files(
        paths, config ? retell::lint_config::from_json(*config) : sync::own_lint_config(paths)));
}

json::value run_export(request_context& c)
{
    auto const dir = c.in.text("dir");
    c.in.no_others();
    auto const e = dir.empty() ? export_of_account(c) : export_of_folder(dir);
    return json::object{{"export", e.to_json()}, {"asks", sync::to_json(e.secrets)},
        {"needs", sync::to_json(e.needs)}};
}

json::value run_import(request_context& c)
{
    auto const dir = c.in.required_text("dir");
    auto const* const document = c.in.value("export");
    auto const* const secrets = c.in.value("secrets");
    auto const* const renamed = c.in.value("renamed");
    auto allow = c.in.texts("allow");
    c.in.no_others();
    if (!document)
        throw error(errc::invalid_argument, "request \"import\": \"export\" must be given");
    auto const* const inner = document->find("export"); // given as "export" answered it
    auto const e = sync::account_export::from_json(inner ? *inner : *document);
    sync::import_options o;
    if (secrets) o.secrets = texts_of(*secrets, "secrets");
    if (renamed)
        for (auto const& m : object_of(*renamed, "renamed"))
            o.renamed[m.key] = texts_of(m.val, "renamed");
    o.allow = std::move(allow);
    auto& center = c.owner.center(false);
    diagnostics diag;
    sync::import_findings found;
    if (auto const code = c.owner.run(found, diag,
            [&](diagnostics& d, auto token) { center.async_check_import(dir, e, o, d, token); }))
        throw request_failure(code, std::move(diag), to_json(found));
    auto const written = center.import_into(dir, e, o);
    return json::object{{"files", written.files},
        {"numbers_left_out",
            json::array(written.numbers_left_out.begin(), written.numbers_left_out.end())},
        {"notes", json::array(written.notes.begin(), written.notes.end())}};
}

} // namespace trunkline::capi
