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

json::array asks_of(std::vector<sync::export_secret> const& secrets)
{
    json::array out;
    for (auto const& x : secrets)
        out.push_back(json::object{
            {"name", x.name}, {"used_in", json::array(x.used_in.begin(), x.used_in.end())}});
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
    json::object needs;
    for (auto const& [kind, ids] : e.needs) needs.set(kind, json::array(ids.begin(), ids.end()));
    return json::object{
        {"export", e.to_json()}, {"asks", asks_of(e.secrets)}, {"needs", std::move(needs)}};
}

json::value run_import(request_context& c)
{
    auto const dir = c.in.required_text("dir");
    auto const* const document = c.in.value("export");
    auto const* const secrets = c.in.value("secrets");
    auto const* const renamed = c.in.value("renamed");
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
    if (auto const missing = sync::missing_secrets(e, o); !missing.empty()) {
        diagnostics diag;
        diag.message =
            "the export needs secrets that \"secrets\" does not give; nothing was written";
        throw request_failure(
            errc::invalid_argument, std::move(diag), json::object{{"asks", asks_of(missing)}});
    }
    auto const written = c.owner.center(false).import_into(dir, e, o);
    return json::object{{"files", written.files},
        {"numbers_left_out",
            json::array(written.numbers_left_out.begin(), written.numbers_left_out.end())},
        {"notes", json::array(written.notes.begin(), written.notes.end())}};
}

} // namespace trunkline::capi
