#include "sync/bundle_files.hpp"

#include <trunkline/sync/bundle.hpp>

#include <trunkline/core/diagnostics.hpp>

#include <algorithm>
#include <set>
#include <system_error>

namespace trunkline::sync {
namespace {

namespace fs = std::filesystem;
using detail::problem;
using detail::read_json;
using detail::unescape;
using retell::resource_kind;

/// Turns names in files back into ids.
class reader {
public:
    reader(name_table const& names, fs::path const& dir) : names_(names), dir_(dir) {}

    void resolve_references(resource_kind kind, json::value& document, std::string& engine_name) const
    {
        retell::for_each_reference(
            kind, document, [&](std::string_view target, std::string_view text) {
                if (!text.starts_with('@') || text.starts_with("@@"))
                    return unescape(std::string(text));
                auto const target_kind = retell::parse_resource_kind(target);
                auto const wanted =
                    target_kind ? "@" + std::string(folder(*target_kind)) + "/" : std::string();
                if (!target_kind || !text.starts_with(wanted))
                    throw problem("has \"" + std::string(text) + "\" where " +
                        (target_kind ? "\"" + wanted + "NAME\""
                                     : "the id of a " + std::string(target)) +
                        " belongs");
                auto const name = text.substr(wanted.size());
                if (kind == resource_kind::agent && target_kind != resource_kind::agent)
                    engine_name = name;
                auto const* const id = names_.id_of(*target_kind, name);
                return id && !is_anew(*target_kind, name) ? std::string(plain_id(*id))
                                                          : std::string(text);
            });
    }

private:
    /// A file of the name of something that is gone creates it anew: that is what is meant from then on.
    bool is_anew(resource_kind kind, std::string_view name) const
    {
        std::error_code ec;
        return names_.is_gone(kind, name) &&
            fs::exists(dir_ / folder(kind) / (std::string(name) + ".json"), ec);
    }

    name_table const& names_;
    fs::path const& dir_;
};

bundle_entry read_entry(resource_kind kind, fs::path const& file, name_table const& names,
    redactor const& secrets, unknown_secrets unknown)
{
    bundle_entry entry;
    entry.kind = kind;
    entry.name = file.stem().string();
    entry.file = file;
    auto document = read_json(file);
    entry.texts = detail::load_prompts(file.parent_path(), document);
    reader(names, file.parent_path().parent_path())
        .resolve_references(kind, document, entry.engine_name);
    try {
        entry.document = secrets.adopt(kind, std::move(document), unknown);
    } catch (error const& e) {
        throw problem(e.what());
    }
    return entry;
}

/// Of the Markdown beside the documents, what is named like a prompt of one of them and is none.
std::vector<std::string> unused_texts(fs::path const& dir, bundle const& b)
{
    std::set<fs::path> used;
    std::set<fs::path> stems;
    for (auto const& e : b.entries) {
        used.insert(e.texts.begin(), e.texts.end());
        stems.insert(e.file.parent_path() / e.name);
    }
    std::vector<std::string> out;
    for (auto const kind : {resource_kind::llm, resource_kind::flow, resource_kind::knowledge_base})
        for (auto const& file : detail::files_of(dir / folder(kind), ".md")) {
            auto owner = file;
            while (!stems.contains(owner) && owner.has_extension()) owner.replace_extension();
            if (!used.contains(file) && stems.contains(owner))
                out.push_back(file.lexically_relative(dir).generic_string());
        }
    return out;
}

std::vector<std::string> read_deleted(fs::path const& file)
{
    std::vector<std::string> out;
    std::error_code ec;
    if (!fs::exists(file, ec)) return out;
    auto const document = read_json(file);
    auto const& list = document.at_or_null("delete");
    if (!list.is_array() || document.as_object().size() != 1)
        throw problem("is not {\"delete\": [\"agents/NAME\", ...]}");
    for (auto const& name : list.as_array()) {
        if (!name.is_string()) throw problem("has a name that is no text");
        if (std::ranges::find(out, name.as_string()) == out.end()) out.push_back(name.as_string());
    }
    return out;
}

} // namespace

std::optional<bundle> read_header(fs::path const& dir)
{
    auto const file = dir / "trunkline.json";
    std::error_code ec;
    if (!fs::exists(file, ec)) return std::nullopt;
    try {
        auto const document = read_json(file);
        auto const format = document.int_at("format");
        if (format > bundle_format)
            throw problem("is of format " + std::to_string(format) + ", this program knows up to " +
                std::to_string(bundle_format) + "; use a newer trunkline");
        bundle b;
        b.workspace = document.string_at("workspace");
        b.tenant = document.string_at("tenant");
        if (format < 1 || b.workspace.empty())
            throw problem("lacks \"format\" or \"workspace\"; it is written by pull");
        return b;
    } catch (problem const& p) {
        throw error(errc::invalid_bundle, file.string() + ": " + p.what());
    }
}

bundle read_bundle(fs::path const& dir, name_table const& names, redactor const& secrets,
    unknown_secrets unknown, agreed_documents const& agreed)
{
    auto header = read_header(dir);
    if (!header)
        throw error(errc::invalid_bundle,
            dir.string() + " holds no bundle (no trunkline.json); run: trunkline pull " +
                dir.string());
    std::string problems;
    auto const note = [&](fs::path const& file, std::exception const& e) {
        if (!problems.empty()) problems += "; ";
        problems += file.lexically_relative(dir).string() + ": " + e.what();
    };
    for (auto const kind : {resource_kind::agent, resource_kind::llm, resource_kind::flow,
             resource_kind::phone_number, resource_kind::knowledge_base})
    {
        auto const sub = dir / folder(kind);
        std::vector<fs::path> files;
        try {
            files = detail::files_of(sub, ".json");
        } catch (problem const& p) {
            note(sub, p);
        }
        for (auto const& file : files) {
            try {
                auto entry = read_entry(kind, file, names, secrets, unknown);
                if (auto const* const base = agreed ? agreed(kind, entry.name) : nullptr)
                    json::keep_once(entry.document, *base);
                header->entries.push_back(std::move(entry));
            } catch (std::exception const& p) {
                note(file, p);
            }
        }
    }
    try {
        header->deleted = read_deleted(dir / deleted_name);
    } catch (std::exception const& p) {
        note(dir / deleted_name, p);
    }
    if (!problems.empty()) throw error(errc::invalid_bundle, problems);
    header->unused_texts = unused_texts(dir, *header);
    return std::move(*header);
}

} // namespace trunkline::sync
