#include <trunkline/sync/transfer.hpp>

#include "sync/bundle_files.hpp"

#include <trunkline/core/crypto.hpp>
#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>
#include <trunkline/core/time.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace trunkline::sync {
namespace {

namespace fs = std::filesystem;
using retell::resource_kind;

constexpr std::array bundle_kinds{resource_kind::agent, resource_kind::llm, resource_kind::flow,
    resource_kind::phone_number, resource_kind::knowledge_base};

/// "llms/reception.json": the kind of its folder; nothing for what is no file of a bundle.
std::optional<resource_kind> kind_of_file(std::string_view name)
{
    auto const slash = name.find('/');
    if (slash == name.npos) return std::nullopt;
    auto const file = name.substr(slash + 1);
    bool const plain = !file.empty() && !file.starts_with('.') &&
        std::ranges::all_of(file, [](char c) { return c != '/' && c != '\\' && c >= 0x20; });
    if (!plain || !(file.ends_with(".json") || file.ends_with(".md"))) return std::nullopt;
    for (auto const k : bundle_kinds)
        if (name.substr(0, slash) == folder(k)) return k;
    return std::nullopt;
}

/// "llms/praxis-empfang.json" gives "LLM_PRAXIS_EMPFANG".
std::string variable_stem(std::string_view file)
{
    std::string out;
    auto const slash = file.find('/');
    out = file.substr(0, slash);
    if (out.ends_with('s')) out.pop_back();
    out += '_';
    out += file.substr(slash + 1, file.rfind('.') - slash - 1);
    for (auto& c : out) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        bool const kept = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!kept) c = '_';
    }
    return out;
}

class secret_names {
public:
    /// The mark that stands for a secret, or for a mark of the store.
    std::string mark(std::string const& file, std::string_view text)
    {
        std::string name;
        if (text.starts_with(env_prefix)) name = text.substr(env_prefix.size());
        else if (auto const known = by_text_.find(text); known != by_text_.end())
            name = known->second;
        else name = fresh(file, text);
        used_in_[name].insert(file.substr(0, file.rfind('.')));
        return std::string(env_prefix) + name;
    }

    std::vector<export_secret> list() const
    {
        std::vector<export_secret> out;
        for (auto const& [name, files] : used_in_) {
            auto& s = out.emplace_back();
            s.name = name;
            s.used_in = files;
        }
        return out;
    }

private:
    std::string fresh(std::string const& file, std::string_view text)
    {
        auto const stem = variable_stem(file);
        for (int n = 1;; ++n) {
            auto name = stem + "_" + std::to_string(n);
            if (used_in_.contains(name)) continue;
            by_text_.emplace(std::string(text), name);
            return name;
        }
    }

    std::map<std::string, std::string, std::less<>> by_text_;
    std::map<std::string, std::set<std::string>> used_in_;
};

void collect_needs(resource_kind kind, json::value const& document,
    std::map<std::string, std::set<std::string>>& needs)
{
    retell::read_references(kind, document, [&](std::string_view target, std::string_view id) {
        auto const kind_of_target = retell::parse_resource_kind(target);
        // Of a knowledge base there is a file if it is ours, else it is only an id.
        bool const is_file = kind_of_target &&
            (kind_of_target != resource_kind::knowledge_base ||
                id.starts_with("@" + std::string(folder(*kind_of_target)) + "/"));
        if (!is_file) needs[std::string(target)].insert(detail::unescape(std::string(id)));
    });
}

/// Of what a reference leads to there is no file, and no id of it is good elsewhere.
bool is_lost(account_export const& e, resource_kind kind, std::string_view text)
{
    auto const prefix = "@" + std::string(folder(kind)) + "/";
    if (text.starts_with(prefix)) return !e.files.contains(std::string(text.substr(1)) + ".json");
    // Other people's numbers are called too, and ids of knowledge bases are needs.
    return !text.empty() && kind != resource_kind::phone_number &&
        kind != resource_kind::knowledge_base;
}

/// An id to which a number leads messages only: it may be that of a chat agent, which is no part of
/// a bundle.
bool is_message_agent(json::value const& number, std::string_view text)
{
    if (text.starts_with('@')) return false;
    auto const names = [&](std::string_view member) {
        auto const& pins = number.at_or_null(member);
        return pins.is_array() && std::ranges::any_of(pins.as_array(), [&](json::value const& pin) {
            return pin.string_at("agent_id") == text;
        });
    };
    return !names("inbound_agents") && !names("outbound_agents");
}

json::value digested_part(account_export const& e)
{
    json::object files, needs;
    for (auto const& [name, content] : e.files) files.set(name, content);
    for (auto const& [kind, ids] : e.needs) needs.set(kind, json::array(ids.begin(), ids.end()));
    json::array secrets;
    for (auto const& s : e.secrets)
        secrets.push_back(json::object{
            {"name", s.name}, {"used_in", json::array(s.used_in.begin(), s.used_in.end())}});
    return json::object{
        {"secrets", std::move(secrets)}, {"needs", std::move(needs)}, {"files", std::move(files)}};
}

[[noreturn]] void refuse(std::string text)
{
    throw error(errc::invalid_bundle, std::move(text));
}

std::set<std::string> texts_of(json::value const& v)
{
    std::set<std::string> out;
    if (!v.is_array()) refuse("this is no export: a list of names is missing in it");
    for (auto const& item : v.as_array()) out.emplace(item.string_or(""));
    return out;
}

void check_format(json::value const& document)
{
    auto const& format = document.at_or_null("trunkline_export");
    auto const major = format.int_at("major");
    if (major > export_major)
        refuse("the export is of format " + std::to_string(major) + "." +
            std::to_string(format.int_at("minor", 0)) + ", this program reads up to " +
            std::to_string(export_major) + ".x; use a newer trunkline");
    if (major < 1) refuse("this is no export of trunkline");
}

} // namespace

json::value account_export::to_json() const
{
    auto part = digested_part(*this);
    json::object out{
        {"trunkline_export", json::object{{"major", export_major}, {"minor", export_minor}}},
        {"made_at", to_iso8601(made_at)}, {"tenant", tenant}, {"environment", environment},
        {"digest", crypto::content_hash(part)}};
    for (auto& m : part.as_object()) out.set(m.key, std::move(m.val));
    return out;
}

account_export account_export::from_json(json::value const& document)
{
    check_format(document);
    account_export e;
    e.tenant = document.string_at("tenant");
    e.environment = document.string_at("environment");
    auto const& files = document.at_or_null("files");
    if (!files.is_object()) refuse("this is no export: it holds no files");
    for (auto const& m : files.as_object()) {
        if (!kind_of_file(m.key) || m.val.is_object() != m.key.text().ends_with(".json") ||
            (!m.val.is_object() && !m.val.is_string()))
            refuse("the export holds \"" + m.key.text().substr(0, 80) +
                "\", which is no file of an account");
        e.files.emplace(m.key, m.val);
    }
    for (auto const& s : document.at_or_null("secrets").is_array()
            ? document.at_or_null("secrets").as_array()
            : json::array())
    {
        auto& secret = e.secrets.emplace_back();
        secret.name = s.string_at("name");
        secret.used_in = texts_of(s.at_or_null("used_in"));
    }
    if (auto const& needs = document.at_or_null("needs"); needs.is_object())
        for (auto const& m : needs.as_object()) e.needs.emplace(m.key, texts_of(m.val));
    if (crypto::content_hash(digested_part(e)) != document.string_at("digest"))
        refuse("the export was altered after it was made (its digest does not fit); export again");
    return e;
}

account_export make_export(file_set const& files)
{
    account_export e;
    secret_names names;
    for (auto const& [path, content] : files) {
        auto const name = path.generic_string();
        auto const kind = kind_of_file(name);
        if (!kind) continue; // trunkline.json, the linter's configuration, a reader's notes
        if (name.ends_with(".md")) {
            e.files.emplace(name, content);
            continue;
        }
        json::parse_error where;
        auto document = json::parse(content, where);
        if (!document || !document->is_object())
            refuse(name + (document ? " is no JSON object" : ": " + where.message()));
        retell::for_each_secret(*kind, *document, [&](std::string_view text) {
            return text.empty() ? std::string() : names.mark(name, text);
        });
        collect_needs(*kind, *document, e.needs);
        e.files.emplace(name, std::move(*document));
    }
    e.secrets = names.list();
    if (auto const lost = lost_references(e); !lost.empty())
        throw error(errc::dangling_reference, told_lost(lost));
    return e;
}

std::vector<lost_reference> lost_references(account_export const& e)
{
    std::vector<lost_reference> out;
    for (auto const& [name, content] : e.files) {
        auto const kind = kind_of_file(name);
        if (!kind || !content.is_object()) continue;
        std::set<std::string> told;
        retell::read_references(*kind, content, [&](std::string_view target, std::string_view text) {
            auto const of = retell::parse_resource_kind(target);
            if (of && is_lost(e, *of, text)) told.emplace(text);
        });
        for (auto const& text : told) {
            if (*kind == resource_kind::phone_number && is_message_agent(content, text)) continue;
            auto& lost = out.emplace_back();
            lost.from = name.substr(0, name.rfind('.'));
            lost.to = text;
        }
    }
    return out;
}

std::string told_lost(std::vector<lost_reference> const& lost)
{
    std::string all;
    for (auto const& l : lost) all += (all.empty() ? "" : ", ") + l.from + " names " + l.to;
    return all + (lost.size() == 1 ? ", of which" : ": of these") +
        " there is no file (it was deleted in the account, say); name another one there, or take "
        "out what names it, then apply, pull and export again";
}

file_set read_files(fs::path const& dir)
{
    file_set out;
    std::error_code ec;
    for (auto const kind : bundle_kinds) {
        auto const sub = dir / folder(kind);
        if (!fs::is_directory(sub, ec)) continue;
        for (auto const& entry : fs::directory_iterator(sub, ec)) {
            auto const name = fs::path(folder(kind)) / entry.path().filename();
            if (!kind_of_file(name.generic_string())) continue;
            try {
                out.emplace(name, detail::read_text(entry.path()));
            } catch (detail::problem const& p) {
                refuse(entry.path().string() + " " + p.what());
            }
        }
        if (ec) refuse(sub.string() + " cannot be listed: " + ec.message());
    }
    if (out.empty()) refuse(dir.string() + " holds no files of an account");
    return out;
}

} // namespace trunkline::sync
