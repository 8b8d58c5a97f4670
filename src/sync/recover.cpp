#include "sync/number_mover.hpp"
#include "sync/unit_run.hpp"

#include <algorithm>
#include <iterator>

/// What is known of an interrupted release, from its plan and journal alone.
namespace trunkline::sync {
namespace detail {

unit_histories::unit_histories(std::vector<store::journal_row> const& history)
{
    for (auto const& row : history)
        if (row.type == "cut") cuts_.push_back(&row);
        else by_unit_[row.unit].push_back(&row);
}

std::vector<store::journal_row const*> unit_histories::of(std::string_view unit) const
{
    auto const found = by_unit_.find(unit);
    if (found == by_unit_.end()) return cuts_;
    std::vector<store::journal_row const*> out;
    std::ranges::merge(found->second, cuts_, std::back_inserter(out), {},
        &store::journal_row::sequence, &store::journal_row::sequence);
    return out;
}

bool recovered::is_unsettled(unit_action a) const noexcept
{
    if (done) return false;
    bool const opened = (draft || draft_unknown) && !settled;
    return (creates(a) && create_unknown) || (a == unit_action::remove && delete_unknown) ||
        (a == unit_action::release && opened);
}

recovered recover(unit_histories const& history, std::string_view unit)
{
    recovered r;
    for (auto const* const record : history.of(unit)) {
        auto const& row = *record;
        if (row.type == "cut" && !r.done) {
            r.after_cut = true;
            r.published_or_unknown = true;
            if (!r.draft) r.draft_unknown = true;
            if (r.created.empty()) r.create_unknown = true;
            r.delete_unknown = true;
        }
        if (row.type == "cut" || row.type == "intent") r.settled = false;
        auto const what = row.data.string_at("step");
        if (row.type == "done") {
            r.done = true;
            r.result = row.data.at_or_null("result");
        } else if (row.type == "intent" && what == "open-draft") {
            r.draft_unknown = true;
            r.versions_before.clear();
            if (auto const& before = row.data.at_or_null("versions_before"); before.is_array())
                for (auto const& v : before.as_array()) r.versions_before.insert(v.int_or(-1));
        } else if (row.type == "outcome" && what == "open-draft" && row.data.bool_at("ok")) {
            r.draft_unknown = false;
            r.draft = row.data.int_at("version");
            r.engine_draft = row.data.int_at("engine_version");
        } else if (row.type == "outcome" && what == "open-draft" && !row.data.bool_at("unknown")) {
            r.draft_unknown = false; // refused: none was opened
        } else if (what == "publish" && (row.type == "intent" || row.type == "outcome")) {
            r.published_or_unknown =
                row.type == "intent" || row.data.bool_at("ok") || row.data.bool_at("unknown");
        } else if (what == "delete" && (row.type == "intent" || row.type == "outcome")) {
            // The client repeats it: of what was refused at last, an attempt before may have arrived.
            r.delete_unknown = row.type == "intent" || !row.data.find("rule");
        } else if (row.type == "orphan") {
            r.draft_unknown = false;
            r.orphans.push_back(row.data.int_at("version"));
        } else if (row.type == "settled") {
            r.settled = true;
            r.draft_unknown = false;
            r.published_or_unknown = row.data.bool_at("published");
            r.draft.reset();
            if (auto const version = row.data.int_at("version"); version >= 0) r.draft = version;
        } else if (row.type == "intent" && what == "create") {
            r.create_unknown = true;
            r.equal_before.clear();
            if (auto const& before = row.data.at_or_null("equal_before"); before.is_array())
                for (auto const& id : before.as_array()) r.equal_before.emplace(id.string_or(""));
        } else if (row.type == "outcome" && what == "create") {
            if (row.data.bool_at("ok")) r.created = row.data.string_at("id");
            if (!row.data.bool_at("unknown")) r.create_unknown = false;
        } else if (row.type == "adopted") {
            r.created = row.data.string_at("id");
            r.create_unknown = false;
        }
    }
    return r;
}

namespace {

/// Numbers whose move was begun, by the journal. Whether a move that was begun arrived, the
/// rollback sees at the number itself.
std::vector<moved_number> moves_begun(
    unit_histories const& history, plan_unit const& u, std::int64_t draft)
{
    std::vector<moved_number> out;
    for (auto const* const record : history.of(u.name)) {
        auto const& row = *record;
        if (row.type != "intent" || row.data.string_at("step") != "move-number") continue;
        auto const& before = row.data.at_or_null("before");
        if (!before.is_object()) continue;
        moved_number m;
        m.number = row.data.string_at("number");
        m.before = before.as_object();
        auto const planned = std::ranges::find(u.numbers, m.number, &pinned_number::number);
        auto const moves = [&](std::int64_t v) {
            return planned == u.numbers.end() || planned->versions.empty()
                ? v <= u.base_version
                : planned->versions.contains(v);
        };
        m.after = moved_pins(m.before, u.id, moves, draft);
        out.push_back(std::move(m));
    }
    return out;
}

unit_result recover_unit(plan_unit const& u, unit_histories const& history)
{
    auto const past = recover(history, u.name);
    if (past.done) return unit_result_from(past.result);
    unit_result r;
    r.name = u.name;
    r.action = u.action;
    r.id = u.id;
    r.engine_id = u.engine_id;
    r.state = unit_state::interrupted;
    r.message = "was interrupted before it was done";
    r.before_version = u.base_version;
    if (past.draft) {
        r.after_version = *past.draft;
        r.engine_after = past.engine_draft.value_or(-1);
        r.numbers = moves_begun(history, u, *past.draft);
    }
    r.live = past.published_or_unknown;
    r.orphans = past.orphans;
    if (past.settled && past.draft && !r.live) r.orphans.push_back(*past.draft);
    if (!past.created.empty()) {
        r.id = past.created;
        r.after_version = 0;
    }
    bool const direct =
        u.action == unit_action::update_number || u.action == unit_action::update_engine;
    bool const begun = std::ranges::any_of(history.of(u.name), [](auto const* row) {
        return row->type == "intent" && row->data.string_at("step").starts_with("patch-");
    });
    if (direct && begun)
        // Whether the write arrived, the rollback sees at the resource itself.
        for (auto const& m : u.patch) {
            r.fields_before.set(m.key, u.before.at_or_null(m.key));
            r.fields_after.set(m.key, m.val);
        }
    return r;
}

} // namespace
} // namespace detail

std::vector<unit_result> recover_results(
    plan const& p, std::vector<store::journal_row> const& history)
{
    detail::unit_histories const by_unit(history);
    std::vector<unit_result> out;
    for (auto const& u : p.units) out.push_back(detail::recover_unit(u, by_unit));
    return out;
}

std::vector<unit_result> abandoned_results(
    plan const& p, std::vector<store::journal_row> const& history)
{
    auto units = recover_results(p, history);
    for (auto& u : units) {
        if (u.state != unit_state::interrupted) continue;
        u.state = unit_state::abandoned;
        auto const version = std::to_string(u.after_version);
        u.message = "was interrupted, and is not gone on with: ";
        if (!u.orphans.empty()) u.message += "its draft was not published";
        else if (u.action == unit_action::release && u.live)
            u.message += "version " + version + " had been published";
        else if (detail::creates(u.action) && !u.id.empty())
            u.message += u.id + " had been created";
        else if (!u.fields_after.empty()) u.message += "its fields may have been written";
        else u.message += "nothing of it had been done";
    }
    return units;
}

bool has_unknown_outcomes(plan const& p, std::vector<store::journal_row> const& history)
{
    detail::unit_histories const by_unit(history);
    return std::ranges::any_of(p.units,
        [&](plan_unit const& u) { return detail::recover(by_unit, u.name).is_unsettled(u.action); });
}

namespace {

/// Calls visit(number, plan) for each release that has not ended.
template <class Visit>
void for_each_running(store::store const& s, tenant_id const& tenant, Visit visit)
{
    for (auto const& r : s.releases(tenant))
        if (r.state == store::release_state::running)
            visit(r.number, plan::from_json(s.release(tenant, r.number)->plan));
}

} // namespace

std::set<retell::resource_kind> creations_under_way(store::store const& s, tenant_id const& tenant)
{
    std::set<retell::resource_kind> kinds;
    for_each_running(s, tenant, [&](std::int64_t number, plan const& p) {
        std::vector<store::journal_row> history;
        try {
            history = s.journal(tenant, number);
        } catch (error const& e) {
            if (e.code() != errc::store_corrupt) throw;
            // The apply that resumes it cuts the journal off; until then nothing of it is settled.
        }
        detail::unit_histories const by_unit(history);
        for (auto const& u : p.units) {
            if (detail::creates(u.action) && !detail::recover(by_unit, u.name).done)
                kinds.insert(u.kind);
        }
    });
    return kinds;
}

std::set<std::string> agents_under_way(store::store const& s, tenant_id const& tenant)
{
    std::set<std::string> ids;
    for_each_running(s, tenant, [&](std::int64_t, plan const& p) {
        for (auto const& u : p.units)
            if (u.action == unit_action::release) ids.insert(u.id);
    });
    return ids;
}

} // namespace trunkline::sync
