#include <trunkline/sync/bundle.hpp>

#include "sync/bundle_files.hpp"

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/sync/snapshot.hpp>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace trunkline::sync {
namespace {

namespace fs = std::filesystem;
using retell::field_class;
using retell::resource_kind;

/// Literal texts that would be taken for one of our marks get one more "@".
std::string escape(std::string text)
{
    return text.starts_with('@') ? "@" + text : text;
}

std::optional<resource_kind> bundled_kind(std::string_view target)
{
    auto const kind = retell::parse_resource_kind(target);
    return kind == resource_kind::phone_number ? std::nullopt : kind;
}

void strip_bookkeeping(resource_kind kind, json::object& document)
{
    retell::field_cursor const root(kind);
    std::vector<std::string> gone;
    for (auto const& m : document) {
        auto const cls = root.member(m.key).cls();
        if (cls == field_class::identity || cls == field_class::server_owned ||
            cls == field_class::release_owned)
            gone.push_back(m.key);
    }
    for (auto const& key : gone) document.erase(key);
    // Which engine version an agent version runs is decided by the release, never by a file.
    if (auto* const engine = document.find("response_engine"); engine && engine->is_object())
        engine->as_object().erase("version");
}

/// Lone surrogates are held as WTF-8: such a text cannot stand in a UTF-8 file of its own.
bool fits_text_file(std::string const& text)
{
    for (std::size_t i = 0; i + 1 < text.size(); ++i)
        if (static_cast<unsigned char>(text[i]) == 0xED &&
            static_cast<unsigned char>(text[i + 1]) >= 0xA0)
            return false;
    return text.find('\0') == std::string::npos && text.find('\r') == std::string::npos;
}

class prompt_mover {
public:
    prompt_mover(fs::path dir, file_set& out) : dir_(std::move(dir)), out_(out) {}

    /// The one prompt of an engine keeps its file when it is empty: who empties it by mistake finds
    /// it where it was.
    void move_main(json::value* field, std::string const& file_name)
    {
        if (field && field->is_string() && field->as_string().empty()) move_text(*field, file_name);
        else move(field, file_name);
    }

    void move(json::value* field, std::string const& file_name)
    {
        if (!field || !field->is_string()) return;
        auto& text = field->as_string();
        if (text.empty() || !fits_text_file(text)) {
            text = escape(std::move(text));
            return;
        }
        move_text(*field, file_name);
    }

private:
    void move_text(json::value& field, std::string const& file_name)
    {
        out_[dir_ / file_name] = field.as_string() + "\n";
        field = "@file:" + file_name;
    }

    fs::path dir_;
    file_set& out_;
};

void move_prompts(std::string const& name, json::value& document, prompt_mover& mover)
{
    mover.move_main(document.find("general_prompt"), name + ".prompt.md");
    mover.move_main(document.find("global_prompt"), name + ".prompt.md");
    auto const move_items = [&](std::string_view list, std::string_view what,
                                std::string_view member, std::string_view title) {
        auto* const items = document.find(list);
        if (!items || !items->is_array()) return;
        int number = 0;
        for (auto& item : items->as_array()) {
            ++number;
            mover.move(item.find(member),
                name + "." + std::string(what) + "-" + std::to_string(number) + "-" +
                    slug(item.string_at(title)) + ".md");
        }
    };
    move_items("states", "state", "state_prompt", "name");
    move_items("knowledge_base_texts", "text", "text", "title");
}

} // namespace

void mark_followers(json::value& document, follow_rule const& follows)
{
    std::string const number(document.string_at(id_member(resource_kind::phone_number)));
    for (auto const member : pin_members) {
        auto* const pins = document.find(member);
        if (!pins || !pins->is_array()) continue;
        for (auto& pin : pins->as_array()) {
            auto* const version = pin.find("agent_version");
            if (version && version->is_number() &&
                follows(number, pin.string_at("agent_id"), version->int_or(-1)))
                *version = released_mark;
        }
    }
}

file_set render(resource_kind kind, std::string_view name, json::value document,
    name_table const& names, std::string_view engine_key)
{
    file_set files;
    fs::path const dir(folder(kind));
    if (document.is_object()) strip_bookkeeping(kind, document.as_object());
    retell::for_each_reference(kind, document, [&](std::string_view target, std::string_view id) {
        auto const target_kind = bundled_kind(target);
        auto const is_engine =
            target_kind == resource_kind::llm || target_kind == resource_kind::flow;
        auto const* const found = !target_kind
            ? nullptr
            : names.name_of(*target_kind, is_engine && !engine_key.empty() ? engine_key : id);
        if (found) return "@" + std::string(folder(*target_kind)) + "/" + *found;
        // A name in a file, of something that is to be created; no id looks like that.
        bool const is_name =
            target_kind && id.starts_with("@" + std::string(folder(*target_kind)) + "/");
        return is_name ? std::string(id) : escape(std::string(id));
    });
    prompt_mover mover(dir, files);
    move_prompts(std::string(name), document, mover);
    files[dir / (std::string(name) + ".json")] = json::to_text(document, json::style::pretty) + "\n";
    return files;
}

namespace {

bool holds(fs::path const& file, std::string const& content)
{
    std::error_code ec;
    if (fs::is_directory(file, ec))
        throw error(errc::invalid_bundle,
            "cannot write " + file.string() + ": there is a directory of that name, move it away");
    auto const size = fs::file_size(file, ec);
    if (ec || size != content.size()) return false;
    try {
        return detail::read_bytes(file) == content;
    } catch (detail::problem const&) {
        return false; // what cannot be read may still be replaced
    }
}

void replace_file(fs::path const& file, std::string const& content)
{
    fs::path const temporary = file.string() + ".new";
    {
        std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
        out << content;
        out.flush();
        if (!out) {
            auto const reason = std::string(std::strerror(errno));
            std::error_code ignored;
            fs::remove(temporary, ignored);
            throw error(errc::invalid_bundle, "cannot write " + file.string() + ": " + reason);
        }
    }
    std::error_code ec;
    fs::rename(temporary, file, ec);
    if (ec)
        throw error(errc::invalid_bundle, "cannot write " + file.string() + ": " + ec.message());
}

} // namespace

std::size_t write_files(fs::path const& dir, file_set const& files)
{
    std::size_t written = 0;
    // Texts first: a folder in which a document refers to a text that is not there cannot be read.
    for (bool const documents : {false, true})
        for (auto const& [relative, content] : files) {
            if ((relative.extension() == ".json") != documents) continue;
            auto const file = dir / relative;
            std::error_code ec;
            fs::create_directories(file.parent_path(), ec);
            if (ec)
                throw error(errc::invalid_bundle,
                    "cannot create " + file.parent_path().string() + ": " + ec.message());
            if (holds(file, content)) continue;
            replace_file(file, content);
            ++written;
        }
    return written;
}

void write_header(fs::path const& dir, bundle const& header)
{
    json::object o;
    o.set("format", bundle_format);
    o.set("workspace", header.workspace);
    o.set("tenant", header.tenant);
    write_files(dir,
        {{"trunkline.json", json::to_text(json::value(std::move(o)), json::style::pretty) + "\n"}});
}

} // namespace trunkline::sync
