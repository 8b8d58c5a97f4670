#include <trunkline/sync/transfer.hpp>

#include "sync/bundle_files.hpp"
#include "sync/restore.hpp"

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>
#include <trunkline/store/store.hpp>

#include <algorithm>
#include <array>
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

std::vector<std::string> references_of(resource_kind kind, json::value const& document)
{
    std::vector<std::string> out;
    retell::read_references(
        kind, document, [&](std::string_view, std::string_view text) { out.emplace_back(text); });
    return out;
}

/// The ids that stand in the folder's file where the export's document has references; none if it
/// is no such file.
std::vector<std::string> standing_references(
    fs::path const& file, resource_kind kind, json::value const& document)
{
    std::error_code ec;
    if (!fs::exists(file, ec)) return {};
    json::parse_error where;
    auto const standing = json::parse(detail::read_text(file), where);
    if (!standing) return {};
    auto out = references_of(kind, *standing);
    if (out.size() != references_of(kind, document).size()) out.clear();
    return out;
}

/// Puts ids in the place of the export's, and tells each by kind, with the one that stands there
/// then. One that an earlier try put there stays unless another is given now.
void put_ids(fs::path const& file, resource_kind kind, json::value& document,
    account_export const& e, import_options const& options,
    std::function<void(std::string const& kind, std::string const& id, std::string const& put)> const&
        tell)
{
    auto const standing = standing_references(file, kind, document);
    std::size_t at = 0;
    retell::for_each_reference(kind, document, [&](std::string_view target, std::string_view text) {
        auto out = at < standing.size() ? standing[at] : std::string(text);
        ++at;
        std::string const target_kind(target);
        auto const needed = e.needs.find(target_kind);
        auto const id = detail::unescape(std::string(text));
        if (needed == e.needs.end() || !needed->second.contains(id)) return std::string(text);
        if (auto const* const other = options.in_place_of(target, id))
            out = other->starts_with('@') ? "@" + *other : *other;
        tell(target_kind, id, detail::unescape(out));
        return out;
    });
}

/// What is to stand in the folder.
file_set unpack(fs::path const& dir, account_export const& e, import_options const& options,
    redactor const& secrets, import_result& result)
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
        put_ids(dir / name, *kind, document, e, options, [](auto const&...) {});
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

/// Whether a file of the folder and what is to stand there are the same but for secrets and for ids
/// of what no file holds: for what an import is answered.
bool differ_in_answers_only(
    std::string const& name, std::string const& standing, std::string const& wanted)
{
    auto const kind = kind_in_folder(name);
    json::parse_error where;
    auto const documents = std::array{json::parse(standing, where), json::parse(wanted, where)};
    if (!kind || !documents[0] || !documents[1]) return false;
    auto const without = [&](json::value document) {
        retell::for_each_reference(*kind, document, [&](std::string_view, std::string_view text) {
            bool const is_file = text.starts_with('@') && !text.starts_with("@@");
            return is_file ? std::string(text) : std::string();
        });
        retell::for_each_secret(*kind, document, [](std::string_view) { return std::string("x"); });
        return document;
    };
    return without(*documents[0]) == without(*documents[1]);
}

/// An earlier try of the same import, or nothing at all.
void check_folder(fs::path const& dir, file_set const& wanted, redactor const& secrets)
{
    std::error_code ec;
    if (!fs::exists(dir, ec)) return;
    if (!fs::is_directory(dir, ec))
        throw error(errc::invalid_argument, dir.string() + " is not a folder");
    auto const refuse = [&](std::string const& why, std::string const& or_else = {}) {
        throw error(errc::invalid_argument,
            dir.string() + " " + why + "; import into a folder that is new or empty" + or_else);
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
        auto const standing = detail::read_text(entry.path());
        if (standing != expected->second &&
            !differ_in_answers_only(name.generic_string(), standing, expected->second))
            refuse("holds another " + name.string() +
                    ", which was edited or pulled since an import wrote it",
                ", or release what the folder says by: trunkline apply " + dir.string());
    }
}

} // namespace

std::string const* import_options::in_place_of(std::string_view kind, std::string const& id) const
{
    auto const of_kind = renamed.find(std::string(kind));
    if (of_kind == renamed.end()) return nullptr;
    auto const found = of_kind->second.find(id);
    return found == of_kind->second.end() ? nullptr : &found->second;
}

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

std::vector<lost_reference> lost_where_written(account_export const& e)
{
    auto lost = lost_references(e);
    std::erase_if(lost, [](auto const& l) { return l.from.starts_with("numbers/"); });
    return lost;
}

ids_in_place needs_left(fs::path const& dir, account_export const& e, import_options const& options)
{
    ids_in_place out;
    try {
        for (auto const& [name, content] : e.files) {
            auto const kind = kind_in_folder(name);
            if (!kind || !content.is_object() || *kind == resource_kind::phone_number) continue;
            auto document = content;
            put_ids(dir / name, *kind, document, e, options,
                [&](std::string const& needed, std::string const& id, std::string const& put) {
                    out[needed][put].insert(id);
                });
        }
    } catch (detail::problem const& p) {
        throw error(errc::invalid_argument, dir.string() + ": " + p.what());
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
    if (auto const lost = lost_where_written(e); !lost.empty())
        throw error(errc::dangling_reference, told_lost(lost) + "; nothing was written");
    import_result result;
    file_set files;
    try {
        files = unpack(dir, e, options, secrets, result);
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
            if (kind == "voice" || options.in_place_of(kind, id)) continue;
            result.notes.push_back("the account must have the " + kind + " " + id +
                ", or another one named in its place");
        }
    return result;
}

void forget_taken_back(store::store& s, tenant_id const& tenant, std::filesystem::path const& dir,
    std::string_view agreed_workspace)
{
    auto const header = read_header(dir);
    if (!header) return;
    auto const ids = detail::taken_back(s, tenant);
    if (ids.empty()) return;
    store::store::transaction t(s);
    for (auto const workspace : {std::string_view(header->workspace), agreed_workspace})
        for (auto const& row : s.bases(tenant, workspace))
            if (ids.contains(plain_id(row.id))) s.erase_base(tenant, workspace, row.kind, row.id);
    t.commit();
}

} // namespace trunkline::sync
