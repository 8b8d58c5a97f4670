#include <trunkline/sync/transfer.hpp>

#include "sync/bundle_files.hpp"

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>
#include <trunkline/store/store.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace trunkline::sync {
namespace {

namespace fs = std::filesystem;
using retell::resource_kind;

std::optional<resource_kind> kind_in_folder(std::string_view file)
{
    for (auto const k : {resource_kind::agent, resource_kind::llm, resource_kind::flow,
             resource_kind::phone_number, resource_kind::knowledge_base})
        if (file.starts_with(std::string(folder(k)) + "/")) return k;
    return std::nullopt;
}

std::string with_ids(std::string_view target, std::string_view text, import_options const& options)
{
    auto const of_kind = options.renamed.find(std::string(target));
    if (of_kind == options.renamed.end()) return std::string(text);
    auto const found = of_kind->second.find(detail::unescape(std::string(text)));
    if (found == of_kind->second.end()) return std::string(text);
    return found->second.starts_with('@') ? "@" + found->second : found->second;
}

/// What is to stand in the folder.
file_set unpack(account_export const& e, import_options const& options, redactor const& secrets,
    import_result& result)
{
    file_set out;
    for (auto const& [name, content] : e.files) {
        auto const kind = kind_in_folder(name);
        if (!kind) continue;
        if (*kind == resource_kind::phone_number) {
            auto const number = fs::path(name).stem().string();
            result.numbers_left_out.push_back(number);
            continue;
        }
        if (content.is_string()) {
            out.emplace(name, content.as_string());
            continue;
        }
        auto document = content;
        retell::for_each_reference(
            *kind, document, [&](std::string_view target, std::string_view text) {
                return with_ids(target, text, options);
            });
        retell::for_each_secret(*kind, document, [&](std::string_view text) {
            if (!text.starts_with(env_prefix)) return std::string(text);
            return secrets.seal(options.secrets.at(std::string(text.substr(env_prefix.size()))));
        });
        out.emplace(name, json::to_text(document, json::style::pretty) + "\n");
    }
    return out;
}

/// Every mark must be one that is listed, or an altered export could ask for anything.
void check_marks(account_export const& e)
{
    std::set<std::string> listed;
    for (auto const& s : e.secrets) listed.insert(s.name);
    for (auto const& [name, content] : e.files) {
        auto const kind = kind_in_folder(name);
        if (!kind || !content.is_object()) continue;
        auto document = content;
        retell::for_each_secret(*kind, document, [&](std::string_view text) {
            if (text.starts_with(env_prefix) &&
                !listed.contains(std::string(text.substr(env_prefix.size()))))
                throw error(errc::invalid_bundle,
                    "the export's " + name + " names a secret that the export does not list");
            return std::string(text);
        });
    }
}

/// An earlier try of the same import, or nothing at all.
void check_folder(fs::path const& dir, file_set const& wanted, redactor const& secrets)
{
    std::error_code ec;
    if (!fs::exists(dir, ec)) return;
    if (!fs::is_directory(dir, ec))
        throw error(errc::invalid_argument, dir.string() + " is not a folder");
    auto const refuse = [&](std::string const& why) {
        throw error(errc::invalid_argument,
            dir.string() + " " + why + "; import into a folder that is new or empty");
    };
    if (auto const header = read_header(dir); header && header->tenant != secrets.tenant().str())
        refuse("belongs to tenant \"" + header->tenant + "\"");
    for (auto const& entry : fs::recursive_directory_iterator(dir, ec)) {
        if (entry.is_directory(ec)) continue;
        auto const name = entry.path().lexically_relative(dir);
        if (name == "trunkline.json") continue;
        auto const expected = wanted.find(name);
        if (expected == wanted.end())
            refuse("holds " + name.string() + ", which is not of this export");
        if (detail::read_text(entry.path()) != expected->second)
            refuse("holds another " + name.string());
    }
}

} // namespace

std::vector<export_secret> missing_secrets(account_export const& e, import_options const& options)
{
    std::set<std::string> needed;
    // What only the numbers use is not needed, because they are left out.
    for (auto const& s : e.secrets)
        if (std::ranges::any_of(
                s.used_in, [](std::string const& f) { return !f.starts_with("numbers/"); }))
            needed.insert(s.name);
    std::vector<export_secret> out;
    for (auto const& s : e.secrets) {
        auto const given = options.secrets.find(s.name);
        bool const is_given = given != options.secrets.end() && !given->second.empty();
        if (needed.contains(s.name) && !is_given) out.push_back(s);
    }
    return out;
}

import_result write_import(fs::path const& dir, account_export const& e,
    import_options const& options, redactor const& secrets)
{
    check_marks(e);
    if (auto const missing = missing_secrets(e, options); !missing.empty()) {
        std::string names;
        for (auto const& s : missing) names += (names.empty() ? "" : ", ") + s.name;
        throw error(errc::invalid_argument,
            "the export needs " + std::to_string(missing.size()) +
                " secrets that are not given: " + names + "; nothing was written");
    }
    import_result result;
    auto const files = unpack(e, options, secrets, result);
    try {
        check_folder(dir, files, secrets);
    } catch (detail::problem const& p) {
        throw error(errc::invalid_argument, dir.string() + ": " + p.what());
    }
    auto const earlier = read_header(dir);
    bundle header;
    header.tenant = secrets.tenant().str();
    header.workspace = earlier ? earlier->workspace : store::new_workspace_id();
    std::error_code ec;
    fs::create_directories(dir, ec);
    if (ec)
        throw error(errc::invalid_argument, "cannot create " + dir.string() + ": " + ec.message());
    // The header first: a folder that holds files and no header is nobody's, and would stay so.
    write_header(dir, header);
    write_files(dir, files);
    result.files = files.size();
    for (auto const& [kind, ids] : e.needs)
        for (auto const& id : ids) {
            auto const renamed = options.renamed.find(kind);
            if (kind == "voice" ||
                (renamed != options.renamed.end() && renamed->second.contains(id)))
                continue;
            result.notes.push_back("the account must have the " + kind + " " + id +
                ", or another one named in its place");
        }
    return result;
}

} // namespace trunkline::sync
