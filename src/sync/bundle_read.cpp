#include <trunkline/sync/bundle.hpp>

#include <trunkline/core/diagnostics.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace trunkline::sync {
namespace {

namespace fs = std::filesystem;
using retell::resource_kind;

constexpr std::string_view file_prefix = "@file:";

/// A problem with one file; collected, so that the reader sees all of them at once.
class problem : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

std::string read_text(fs::path const& file)
{
    std::error_code ec;
    if (fs::is_directory(file, ec)) throw problem("is a directory");
    std::ifstream in(file, std::ios::binary);
    if (!in) throw problem("cannot be read: " + std::string(std::strerror(errno)));
    std::string text(std::istreambuf_iterator<char>(in), {});
    if (in.bad()) throw problem("cannot be read to its end");
    return text;
}

json::value read_json(fs::path const& file)
{
    json::parse_error where;
    auto document = json::parse(read_text(file), where);
    if (!document) throw problem(where.message());
    if (!document->is_object()) throw problem("is not a JSON object");
    return std::move(*document);
}

std::string unescape(std::string text)
{
    return text.starts_with("@@") ? text.substr(1) : text;
}

/// Turns file forms back into the document: prompts, references.
class reader {
public:
    reader(fs::path dir, name_table const& names) : dir_(std::move(dir)), names_(names) {}

    void load_prompt(json::value* field) const
    {
        if (!field || !field->is_string()) return;
        auto& text = field->as_string();
        if (!text.starts_with(file_prefix)) {
            text = unescape(std::move(text));
            return;
        }
        auto const name = text.substr(file_prefix.size());
        if (name.empty() || name.find('/') != std::string::npos || name.starts_with("."))
            throw problem("refers to \"" + text + "\", which is not a file beside it");
        try {
            text = read_text(dir_ / name);
        } catch (problem const& p) {
            throw problem("refers to " + name + ", which " + p.what());
        }
        // Editors end a file with a newline; the prompt itself does not get one.
        if (text.ends_with('\n')) text.pop_back();
        if (text.find('\0') != std::string::npos)
            throw problem("refers to " + name + ", which is not a text file");
    }

    void load_prompts(json::value& document) const
    {
        load_prompt(document.find("general_prompt"));
        load_prompt(document.find("global_prompt"));
        if (auto* const states = document.find("states"); states && states->is_array())
            for (auto& state : states->as_array()) load_prompt(state.find("state_prompt"));
    }

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
                return id ? std::string(plain_id(*id)) : std::string(text);
            });
    }

private:
    fs::path dir_;
    name_table const& names_;
};

bundle_entry read_entry(resource_kind kind, fs::path const& file, name_table const& names,
    redactor const& secrets, unknown_secrets unknown)
{
    bundle_entry entry;
    entry.kind = kind;
    entry.name = file.stem().string();
    entry.file = file;
    auto document = read_json(file);
    reader const r(file.parent_path(), names);
    r.load_prompts(document);
    r.resolve_references(kind, document, entry.engine_name);
    try {
        entry.document = secrets.adopt(kind, std::move(document), unknown);
    } catch (error const& e) {
        throw problem(e.what());
    }
    return entry;
}

std::vector<fs::path> json_files(fs::path const& dir)
{
    std::vector<fs::path> files;
    std::error_code ec;
    if (!fs::exists(dir, ec)) return files;
    fs::directory_iterator it(dir, ec);
    if (ec) throw problem("cannot be listed: " + ec.message());
    for (auto const& e : it)
        if (e.path().extension() == ".json") files.push_back(e.path());
    std::ranges::sort(files);
    return files;
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

bundle read_bundle(
    fs::path const& dir, name_table const& names, redactor const& secrets, unknown_secrets unknown)
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
             resource_kind::phone_number})
    {
        auto const sub = dir / folder(kind);
        std::vector<fs::path> files;
        try {
            files = json_files(sub);
        } catch (problem const& p) {
            note(sub, p);
        }
        for (auto const& file : files) {
            try {
                header->entries.push_back(read_entry(kind, file, names, secrets, unknown));
            } catch (std::exception const& p) {
                note(file, p);
            }
        }
    }
    if (!problems.empty()) throw error(errc::invalid_bundle, problems);
    return std::move(*header);
}

} // namespace trunkline::sync
