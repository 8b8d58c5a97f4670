#include "sync/pulled_folder.hpp"

#include <trunkline/sync/merge.hpp>

#include <algorithm>

namespace trunkline::sync::detail {

using retell::resource_kind;

pulled_folder::pulled_folder(std::optional<bundle> const& local,
    std::vector<store::base_row> const& bases, name_table const& names,
    engine_contents const& engines)
    : names_(names), engines_(engines)
{
    if (local) files_.emplace(*local);
    for (auto const& row : bases) rows_.try_emplace({row.kind, row.id}, &row);
}

store::base_row const* pulled_folder::row(std::string_view kind, std::string_view id) const
{
    auto const found = rows_.find({kind, id});
    return found == rows_.end() ? nullptr : found->second;
}

bundle_entry const* pulled_folder::file(resource_kind kind, std::string const& name) const
{
    return files_ ? files_->find(kind, name) : nullptr;
}

bundle_entry const* pulled_folder::agent_file(agent_state const& a) const
{
    return file(resource_kind::agent, *names_.name_of(resource_kind::agent, a.id()));
}

bundle_entry const* pulled_folder::engine_file_of(agent_state const& a) const
{
    if (auto const* const base = row(agent_engine_kind, a.id()))
        return is_of_engine(*base, *a.engine) ? file_of_engine(a, base->name) : nullptr;
    auto const* const agent = agent_file(a);
    return agent ? file_of_engine(a, agent->engine_name) : nullptr;
}

bundle_entry const* pulled_folder::led_to(agent_state const& a) const
{
    auto const* const file = other_engine_in_file(a);
    return file && !is_done(a, *file) ? file : nullptr;
}

bundle_entry const* pulled_folder::other_engine_in_file(agent_state const& a) const
{
    auto const* const agent = agent_file(a);
    auto const* const base = row("agent", a.id());
    auto const* const engine = row(agent_engine_kind, a.id());
    if (!agent || !base || !engine || !a.engine) return nullptr;
    auto const here = engine_named(agent->document);
    auto const agreed = engine_named(base->document);
    if (!here || agent->engine_name == engine->name) return nullptr;
    bool const within = engine->document.string_at(id_member(here->first)) == here->second;
    if (agreed && agreed->second == here->second && !within) return nullptr;
    auto const& key = engines_.key_of(a.id());
    bool const unnoted = agent->engine_name == *names_.name_of(a.engine->kind, key) &&
        !row(retell::name(a.engine->kind), key);
    return unnoted ? nullptr : file(here->first, agent->engine_name);
}

bundle_entry const* pulled_folder::engine_in_file(agent_state const& a) const
{
    auto const* const agent = agent_file(a);
    auto const named = agent ? engine_named(agent->document) : std::nullopt;
    return named ? file(named->first, agent->engine_name) : nullptr;
}

bool pulled_folder::is_done(agent_state const& a, bundle_entry const& file) const
{
    auto const& e = *a.engine;
    auto const& key = engines_.key_of(a.id());
    if (file.kind != e.kind) return false;
    auto const* const id = names_.id_of(e.kind, file.name);
    if (!id || plain_id(*id) != e.id) return false;
    bool const joined = std::ranges::any_of(engines_.agents_on(key), [&](auto const* other) {
        auto const* const base = row(agent_engine_kind, other->id());
        return base && base->name == file.name && is_of_engine(*base, e);
    });
    return joined || changes(e.kind, e.document, resolved(e.kind, file.document)).empty();
}

bundle_entry const* pulled_folder::file_of_engine(agent_state const& a, std::string const& name) const
{
    auto const* const key = names_.id_of(a.engine->kind, name);
    return key && plain_id(*key) == a.engine->id ? file(a.engine->kind, name) : nullptr;
}

std::string pulled_folder::key_in_file(
    agent_state const& a, json::value const& document, std::string const& key) const
{
    auto const* const agent = agent_file(a);
    auto const* const file = led_to(a);
    auto const named = engine_named(document);
    if (!named || !agent || (a.engine && !file)) return key;
    // Without an engine at the service it has the one that its file names, if any.
    if (auto const* const led = names_.id_of(named->first, agent->engine_name))
        return plain_id(*led) == named->second ? *led : key;
    return a.engine && named->second == a.engine->id ? key : std::string();
}

bool pulled_folder::is_led_two_ways(agent_state const& a) const
{
    auto const* const base = row(agent_engine_kind, a.id());
    auto const* const file = led_to(a);
    auto const* const id = file ? names_.id_of(file->kind, file->name) : nullptr;
    return id && !is_of_engine(*base, *a.engine) &&
        base->document.string_at(id_member(file->kind)) == plain_id(*id);
}

json::value pulled_folder::resolved(resource_kind kind, json::value document) const
{
    retell::for_each_reference(kind, document, [&](std::string_view target, std::string_view text) {
        auto const target_kind = retell::parse_resource_kind(target);
        auto const prefix =
            target_kind ? "@" + std::string(folder(*target_kind)) + "/" : std::string("@");
        auto const* const id = target_kind && text.starts_with(prefix)
            ? names_.id_of(*target_kind, text.substr(prefix.size()))
            : nullptr;
        return id ? std::string(plain_id(*id)) : std::string(text);
    });
    return document;
}

} // namespace trunkline::sync::detail
