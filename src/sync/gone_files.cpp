#include "sync/gone_files.hpp"

#include "sync/deleted_there.hpp"
#include "sync/gone_names.hpp"
#include "sync/planner_parts.hpp"

#include <algorithm>

namespace trunkline::sync::detail {

using retell::resource_kind;

static std::filesystem::path in_folder(std::filesystem::path const& file)
{
    return file.parent_path().filename() / file.filename();
}

void gone_files::find_unused_files()
{
    if (!local_) return;
    std::set<std::filesystem::path> unused;
    for (auto const* entries : {&files_.rewritten, &files_.removed})
        for (auto const* e : *entries) unused.insert(e->texts.begin(), e->texts.end());
    for (auto const& e : local_->entries)
        if (!files_.rewritten.contains(&e) && !files_.removed.contains(&e))
            for (auto const& text : e.texts) unused.erase(text);
    for (auto const& text : unused) {
        auto const name = in_folder(text);
        if (!out_.files.contains(name)) out_.unused_files.push_back(name);
    }
}

void gone_files::drop(store::base_row const& row)
{
    if (goes(row)) forget(retell::parse_resource_kind(row.kind), row);
}

bool gone_files::goes(store::base_row const& row)
{
    auto const engine = plain_id(row.id);
    auto const kind = retell::parse_resource_kind(row.kind);
    auto const* const file = kind ? here_.file(*kind, row.name) : nullptr;
    bool const is_left =
        engine != row.id && (engines_.is_run(engine) || remote_.find_spare_engine(engine));
    return !file ||
        (is_left ? goes_with_content(*kind, row, *file) : is_agreed_to(*kind, row, *file));
}

bool gone_files::goes_with_content(
    resource_kind kind, store::base_row const& row, bundle_entry const& file)
{
    auto const unit = unit_name(kind, row.name);
    bool const is_edited = !files_.carried.contains(&file) &&
        !changes(kind, row.document, here_.resolved(kind, file.document)).empty();
    auto const goes = [this](bundle_entry const* agent) { return files_.removed.contains(agent); };
    auto const stays = [&](bundle_entry const* agent) {
        return !files_.rewritten.contains(agent) && !goes(agent);
    };
    if (files_.still_named.contains(&file) || is_named_by(file, stays) ||
        (side_ != prefer::remote && is_of_gone_agent(kind, row)) ||
        (is_edited && !is_named_by(file, goes)))
        return false;
    remove(file);
    out_.notes.push_back(unit +
        ": no agent runs a content of its own of this engine any more, and its file is removed");
    return true;
}

bool gone_files::is_of_gone_agent(resource_kind kind, store::base_row const& file) const
{
    return std::ranges::any_of(bases_, [&](store::base_row const& row) {
        return row.kind == agent_engine_kind && row.name == file.name &&
            row.document.find(id_member(kind)) && !remote_.find_agent(row.id);
    });
}

bool gone_files::is_named_by(
    bundle_entry const& engine, std::function<bool(bundle_entry const*)> const& which) const
{
    return std::ranges::any_of(local_->entries, [&](bundle_entry const& e) {
        if (e.kind != resource_kind::agent || e.engine_name != engine.name) return false;
        auto const named = engine_named(e.document);
        return named && named->first == engine.kind && which(&e);
    });
}

void gone_files::remove(bundle_entry const& file)
{
    ++out_.removed;
    files_.removed.insert(&file);
    out_.unused_files.push_back(in_folder(file.file));
}

bool gone_files::is_agreed_to(
    resource_kind kind, store::base_row const& row, bundle_entry const& file)
{
    auto const unit = unit_name(kind, row.name);
    if (side_ == prefer::remote) {
        remove(file);
        out_.notes.push_back(unit + ": was deleted at the service, and its file is removed");
        return true;
    }
    auto edits =
        edited_here(unit, unit, edits_in(kind, row.document, here_.resolved(kind, file.document)));
    if (kind == resource_kind::agent)
        std::ranges::move(edits_of_left_engine(file), std::back_inserter(edits));
    bool const number = kind == resource_kind::phone_number;
    if (edits.empty()) out_.notes.push_back(unit + std::string(number ? is_gone_number : is_gone));
    else if (side_ == prefer::local)
        out_.notes.push_back(unit +
            ": was deleted at the service and edited in its file, which stays; " +
            (number ? "buy or import the number by hand, then pull"
                    : "apply --prefer local makes it anew"));
    else std::ranges::move(edits, std::back_inserter(out_.conflicts));
    return false;
}

std::vector<plan_conflict> gone_files::edits_of_left_engine(bundle_entry const& agent)
{
    if (!agreed_) agreed_.emplace(bases_);
    if (!there_) there_.emplace(remote_);
    auto out =
        deleted_there(*local_, *agreed_, here_.files(), *there_, side_).lost_engine_edits(agent);
    std::erase_if(out, [&](plan_conflict const& c) {
        auto const kind = engine_named(agent.document)->first;
        auto const* const base = agreed_->find(kind, agent.engine_name);
        return !there_->engine(plain_id(base->id)) || told_engines_.contains(c.resource);
    });
    for (auto const& c : out) told_engines_.insert(c.resource);
    return out;
}

void gone_files::forget(std::optional<resource_kind> kind, store::base_row const& row)
{
    auto const kept = kind_of_gone(row.kind);
    if (kept && names_.is_gone(*kept, row.name) && is_named(*kept, row)) return;
    out_.gone.emplace_back(row.kind, row.id);
    bool const can_be_named = kind &&
        (*kind == resource_kind::agent || *kind == resource_kind::llm ||
            *kind == resource_kind::flow);
    if (can_be_named && plain_id(row.id) == row.id && is_named(*kind, row))
        out_.bases.push_back(gone_row(*kind, row.id, row.name));
}

bool gone_files::is_named(resource_kind kind, store::base_row const& row)
{
    if (!references_) references_.emplace(local_, remote_);
    return references_->holds(kind, row.id, row.name);
}

} // namespace trunkline::sync::detail
