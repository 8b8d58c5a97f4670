#include "sync/untouched_files.hpp"

namespace trunkline::sync::detail {
namespace {

/// It was deleted by force, which every plan tells of until the agent has another.
bool lost_its_engine(agent_state const& agent)
{
    return !agent.engine && engine_of(agent.agent.document);
}

} // namespace

untouched_files::untouched_files(bundle const& local, base_index const& bases,
    file_index const& files, paired_files const& paired, snapshot_index const& at_service,
    unchanged_memory* memory)
    : bases_(bases), files_(files), paired_(paired), at_service_(at_service), memory_(memory)
{
    if (memory_) recall(local);
}

bool untouched_files::is_file(bundle_entry const& e, store::base_row const& base) const
{
    bool const kept = memory_ && !e.digest.empty() && !base.digest.empty();
    if (kept && memory_->knows(e.digest, base.digest)) return true;
    if (!says_nothing_new(e.kind, base.document, e.document)) return false;
    if (kept) memory_->add(e.digest, base.digest);
    return true;
}

void untouched_files::recall(bundle const& local)
{
    recalled_.resize(local.entries.size());
    unchanged_memory::agent_finding const* last = nullptr;
    for (auto const& e : local.entries)
        if (e.kind == retell::resource_kind::agent && !e.digest.empty())
            if (auto const* const known = memory_->agent(e.digest, last)) {
                recall_agent(e, *known);
                last = known;
            }
}

void untouched_files::recall_agent(
    bundle_entry const& e, unchanged_memory::agent_finding const& known)
{
    auto const* const base = paired_.base_of(e);
    auto const* const remote = base ? at_service_.agent(base->id) : nullptr;
    if (!remote || known.base != base->digest || known.engine_name != e.engine_name) return;
    if (known.engine_kind) {
        auto const* const file = files_.find(*known.engine_kind, e.engine_name);
        auto const* const agreed = bases_.engine_of(remote->id());
        if (!file || !agreed || !remote->engine || known.engine_id != remote->engine->id ||
            known.engine_file != file->digest || known.engine_base != agreed->digest ||
            !paired_.base_of(*file))
            return;
        recalled_[paired_.index_of(*file)] = true;
    } else if (lost_its_engine(*remote)) {
        return;
    }
    recalled_[paired_.index_of(e)] = true;
}

bool untouched_files::is_agent(
    bundle_entry const& e, store::base_row const& base, agent_state const& remote) const
{
    if (!is_file(e, base) || !has_untouched_engine(e, remote)) return false;
    if (memory_ && !e.digest.empty() && !base.digest.empty()) remember_agent(e, base, remote);
    return true;
}

void untouched_files::remember_agent(
    bundle_entry const& e, store::base_row const& base, agent_state const& remote) const
{
    unchanged_memory::agent_finding f;
    f.file = e.digest;
    f.base = base.digest;
    f.engine_name = e.engine_name;
    if (auto const named = engine_named(e.document); named && !e.engine_name.empty()) {
        f.engine_kind = named->first;
        f.engine_id = named->second;
        f.engine_file = files_.find(named->first, e.engine_name)->digest;
        f.engine_base = bases_.engine_of(remote.id())->digest;
        if (f.engine_file.empty() || f.engine_base.empty()) return;
    }
    memory_->add_agent(std::move(f));
}

/// The engine the file names is the one the agent runs and was agreed on, and its file has no edit.
bool untouched_files::has_untouched_engine(bundle_entry const& e, agent_state const& remote) const
{
    auto const named = engine_named(e.document);
    if (!named || e.engine_name.empty()) return !lost_its_engine(remote);
    auto const& [kind, id] = *named;
    auto const* const file = files_.find(kind, e.engine_name);
    auto const* const base = bases_.engine_of(remote.id());
    return file && remote.engine && base && id == remote.engine->id &&
        base->document.string_at(id_member(kind)) == remote.engine->id && is_file(*file, *base);
}

} // namespace trunkline::sync::detail
