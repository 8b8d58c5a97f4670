#include "sync/deleted_there.hpp"

#include "sync/begun_pull.hpp"
#include "sync/planner_parts.hpp"

#include <trunkline/sync/snapshot.hpp>

#include <algorithm>
#include <set>

namespace trunkline::sync::detail {

using retell::resource_kind;

namespace {

std::vector<plan_conflict> conflicts_of(conflict_kind kind, std::string const& unit,
    std::string const& resource, std::vector<field_change> edits)
{
    std::vector<plan_conflict> out;
    for (auto& e : edits) {
        plan_conflict c;
        c.kind = kind;
        c.unit = unit;
        c.resource = resource;
        c.field.path = std::move(e.path);
        c.field.base = std::move(e.before);
        (kind == conflict_kind::deleted_there ? c.field.local : c.field.remote) = std::move(e.after);
        out.push_back(std::move(c));
    }
    return out;
}

std::string command_that_deletes(resource_kind kind, std::string_view id)
{
    return "trunkline call " +
        std::string(kind == resource_kind::llm ? "delete-retell-llm" : "delete-conversation-flow") +
        " '{\"" + std::string(id_member(kind)) + "\":\"" + std::string(id) + "\"}'";
}

} // namespace

std::vector<field_change> edits_in(
    resource_kind kind, json::value const& base, json::value const& file)
{
    if (kind != resource_kind::agent) return merge(kind, base, file, base).local_changes;
    auto const agreed = without_engine_version(base);
    return merge(kind, agreed, without_engine_version(file), agreed).local_changes;
}

std::vector<plan_conflict> edited_here(
    std::string const& unit, std::string const& resource, std::vector<field_change> edits)
{
    return conflicts_of(conflict_kind::deleted_there, unit, resource, std::move(edits));
}

std::vector<plan_conflict> edited_there(
    std::string const& unit, std::string const& resource, std::vector<field_change> edits)
{
    return conflicts_of(conflict_kind::deleted_here, unit, resource, std::move(edits));
}

bool deleted_there::is_gone(resource_kind kind, store::base_row const& base) const
{
    switch (kind) {
    case resource_kind::agent: return !remote_.agent(base.id);
    case resource_kind::phone_number: return !remote_.number(base.id);
    default: return !remote_.engine(plain_id(base.id));
    }
}

bundle_entry const* deleted_there::engine_file(bundle_entry const& agent) const
{
    auto const named = engine_named(agent.document);
    return named && !agent.engine_name.empty() ? files_.find(named->first, agent.engine_name)
                                               : nullptr;
}

bool deleted_there::is_named_by_living(bundle_entry const& engine) const
{
    return std::ranges::any_of(local_.entries, [&](bundle_entry const& e) {
        if (e.kind != resource_kind::agent || engine_file(e) != &engine) return false;
        auto const* const base = bases_.find(e.kind, e.name);
        return base && remote_.agent(base->id);
    });
}

std::vector<plan_conflict> deleted_there::lost_edits(
    bundle_entry const& agent, store::base_row const& base) const
{
    auto const unit = unit_name(agent.kind, agent.name);
    auto out = edited_here(unit, unit, edits_in(agent.kind, base.document, agent.document));
    std::ranges::move(lost_engine_edits(agent), std::back_inserter(out));
    return out;
}

std::vector<plan_conflict> deleted_there::lost_engine_edits(bundle_entry const& agent) const
{
    auto const* const file = engine_file(agent);
    if (!file || is_named_by_living(*file)) return {};
    auto const* const agreed = bases_.find(file->kind, file->name);
    if (!agreed) return {};
    return edited_here(unit_name(agent.kind, agent.name), unit_name(file->kind, file->name),
        edits_in(file->kind, agreed->document, file->document));
}

store::base_row const* deleted_there::engine_to_renew(bundle_entry const& agent) const
{
    auto const* const file = engine_file(agent);
    auto const* const base = file ? bases_.find(file->kind, file->name) : nullptr;
    if (!base) return nullptr;
    if (is_gone(file->kind, *base)) return base;
    // One that is left over was published and cannot be changed any more.
    return is_named_by_living(*file) || edits_in(file->kind, base->document, file->document).empty()
        ? nullptr
        : base;
}

void tell_lost(plan& p, std::string const& unit, std::vector<plan_conflict> lost, prefer side,
    std::string const& way_back)
{
    if (side == prefer::remote) {
        p.notes.push_back(unit +
            ": was deleted at the service, and that stands; what was edited in its file is not "
            "sent. A pull with --prefer remote removes the file");
        return;
    }
    if (!way_back.empty()) p.notes.push_back(unit + ": " + way_back);
    add_conflicts(p, std::move(lost));
}

void deleted_there::tell_of_agent(plan& p, bundle_entry const& e, store::base_row const& base) const
{
    auto const unit = unit_name(e.kind, e.name);
    auto lost = lost_edits(e, base);
    if (lost.empty()) p.notes.push_back(unit + std::string(detail::is_gone));
    else tell_lost(p, unit, std::move(lost), side_);
}

void deleted_there::tell_of(plan& p, bundle_entry const& e, store::base_row const& base) const
{
    auto const unit = unit_name(e.kind, e.name);
    bool const number = e.kind == resource_kind::phone_number;
    auto lost = edited_here(unit, unit, edits_in(e.kind, base.document, e.document));
    if (!lost.empty())
        tell_lost(p, unit, std::move(lost), side_,
            number && side_ == prefer::local
                ? "a number that was deleted cannot be made anew from a file: buy or import it in "
                  "the dashboard, then pull; or agree with --prefer remote"
                : "");
    else p.notes.push_back(unit + std::string(number ? detail::is_gone_number : detail::is_gone));
}

bool deleted_there::tell_of_engine_in_use(
    plan& p, std::string const& unit, bundle_entry const& file, agent_state const& agent) const
{
    auto const ref = sync::engine_of(agent.agent.document);
    auto const* const base = bases_.find(file.kind, file.name);
    if (agent.engine || !ref || !base || ref->id != plain_id(base->id) || !is_gone(file.kind, *base))
        return false;
    auto const resource = unit_name(file.kind, file.name);
    auto lost = edited_here(unit, resource, edits_in(file.kind, base->document, file.document));
    auto const how = resource + " was deleted at the service while " + unit +
        " still names it: copy its file to another name, apply, name the copy in the agent's file, "
        "and apply again";
    if (lost.empty()) p.notes.push_back(unit + ": " + how);
    else tell_lost(p, unit, std::move(lost), side_, how);
    return true;
}

namespace {

class renewal {
public:
    renewal(bundle const& local, std::vector<store::base_row> const& bases, snapshot const& remote)
        : local_(local),
          remote_(remote),
          agreed_(bases),
          files_(local),
          at_service_(remote),
          deleted_(local, agreed_, files_, at_service_, prefer::local)
    {
        out_.local = local;
        out_.bases = bases;
    }

    made_anew run()
    {
        for (auto const& e : local_.entries)
            if (e.kind == resource_kind::agent) look_at_agent(e);
        for (auto const& e : local_.entries)
            if ((e.kind == resource_kind::llm || e.kind == resource_kind::flow) &&
                !files_.is_named_engine(e.kind, e.name))
                look_at_engine(e);
        if (out_.replaced.empty()) return std::move(out_);
        for (auto& e : out_.local.entries) refer_anew(e);
        std::erase_if(out_.bases, [&](store::base_row const& row) {
            auto const kind = retell::parse_resource_kind(row.kind);
            if (!kind) return row.kind == agent_engine_kind && agents_.contains(row.id);
            auto const found = out_.replaced.find(unit_name(*kind, row.name));
            return found != out_.replaced.end() && found->second == row.id;
        });
        return std::move(out_);
    }

private:
    void look_at_agent(bundle_entry const& e)
    {
        auto const* const base = agreed_.find(e.kind, e.name);
        if (base && (!deleted_.is_gone(e.kind, *base) || deleted_.lost_edits(e, *base).empty()))
            return;
        if (base) {
            renew(e.kind, *base);
            agents_.emplace(base->id, "@" + unit_name(e.kind, e.name));
        }
        created_.insert(e.name);
        auto const* const engine = deleted_.engine_to_renew(e);
        auto const kind = engine ? retell::parse_resource_kind(engine->kind) : std::nullopt;
        if (kind && (base || deleted_.is_gone(*kind, *engine))) renew(*kind, *engine);
    }

    void look_at_engine(bundle_entry const& e)
    {
        auto const* const base = agreed_.find(e.kind, e.name);
        if (base && deleted_.is_gone(e.kind, *base) &&
            !edits_in(e.kind, base->document, e.document).empty())
            renew(e.kind, *base);
    }

    void renew(resource_kind kind, store::base_row const& row)
    {
        auto const unit = unit_name(kind, row.name);
        if (!out_.replaced.emplace(unit, row.id).second) return;
        if (deleted_.is_gone(kind, row)) {
            out_.notes.push_back(unit +
                ": was deleted at the service; it is made anew from its file, with another id, and "
                "what refers to it is led there");
            return;
        }
        std::string const id(plain_id(row.id));
        out_.notes.push_back(unit +
            ": its agent was deleted at the service; with the edits in its file it is made anew. " +
            id + " is left, and if nobody needs it: " + command_that_deletes(kind, id));
    }

    /// Only where the service still refers to the one that was deleted: what somebody put in its
    /// place stays.
    void refer_anew(bundle_entry& e)
    {
        auto const ids = e.kind == resource_kind::agent ? engines_of(e) : agents_named_by(e);
        if (ids.empty()) return;
        auto const before = e.document;
        retell::for_each_reference(e.kind, e.document, [&](std::string_view, std::string_view text) {
            auto const found = ids.find(text);
            return found == ids.end() ? std::string(text) : found->second;
        });
        if (e.document == before) return;
        e.digest.clear();
        if (e.kind == resource_kind::phone_number) pin_first_version(e.document);
    }

    std::map<std::string, std::string, std::less<>> engines_of(bundle_entry const& agent) const
    {
        auto const named = engine_named(agent.document);
        if (!named || !created_.contains(agent.name)) return {};
        auto const unit = unit_name(named->first, agent.engine_name);
        if (!out_.replaced.contains(unit)) return {};
        return {{std::string(named->second), "@" + unit}};
    }

    std::map<std::string, std::string, std::less<>> agents_named_by(bundle_entry const& e) const
    {
        auto const* const base = agreed_.find(e.kind, e.name);
        bool const is_new = !base || out_.replaced.contains(unit_name(e.kind, e.name));
        if (is_new) return agents_;
        auto const there = documents_of(e.kind, *base);
        auto out = agents_;
        std::erase_if(out, [&](auto const& agent) {
            return std::ranges::none_of(
                there, [&](auto const* document) { return mentions(*document, agent.first); });
        });
        return out;
    }

    std::vector<json::value const*> documents_of(
        resource_kind kind, store::base_row const& base) const
    {
        std::vector<json::value const*> out;
        if (kind == resource_kind::phone_number) {
            if (auto const* const n = at_service_.number(base.id)) out.push_back(&n->document);
            return out;
        }
        std::string const id(plain_id(base.id));
        if (auto const* const spare = at_service_.spare_engine(id)) out.push_back(&spare->document);
        for (auto const& a : remote_.agents)
            if (a.engine && a.engine->id == id) out.push_back(&a.engine->document);
        return out;
    }

    /// Of what is made anew there is one version.
    static void pin_first_version(json::value& number)
    {
        for (auto const member : pin_members) {
            auto* const pins = number.find(member);
            if (!pins || !pins->is_array()) continue;
            for (auto& pin : pins->as_array())
                if (auto* const version = pin.find("agent_version");
                    version && version->is_number() && pin.string_at("agent_id").starts_with('@'))
                    *version = 0;
        }
    }

    bundle const& local_;
    snapshot const& remote_;
    base_index agreed_;
    file_index files_;
    snapshot_index at_service_;
    deleted_there deleted_;
    std::map<std::string, std::string, std::less<>> agents_; ///< Old id -> "@agents/NAME".
    std::set<std::string> created_; ///< Agents by name, also those that are just new.
    made_anew out_;
};

} // namespace

made_anew make_anew(
    bundle const& local, std::vector<store::base_row> const& bases, snapshot const& remote)
{
    return renewal(local, bases, remote).run();
}

} // namespace trunkline::sync::detail
