#include "sync/unit_creating.hpp"

#include <algorithm>

namespace trunkline::sync::detail {
namespace {

constexpr std::int64_t first_pause_ms = 500;

} // namespace

void creating_run::create(json::object note, json::value body)
{
    note_ = std::move(note);
    body_ = std::move(body);
    send(true);
}

void creating_run::look_for(json::object note, json::value body)
{
    note_ = std::move(note);
    body_ = std::move(body);
    look();
}

void creating_run::send(bool may_repeat)
{
    auto note = note_;
    json::array before;
    for (auto const& id : equal_before_) before.push_back(id);
    note.set("equal_before", std::move(before));
    write(
        "create", std::move(note), [this](json::value b) { return create_call(std::move(b)); },
        unit_.kind, body_,
        [this, may_repeat](call_outcome outcome) {
            if (outcome.code == failure::ambiguous && may_repeat) return look();
            if (!outcome.ok()) return fail(outcome);
            std::string const id(outcome.answer.body.string_at(id_member(unit_.kind)));
            if (id.empty())
                return fail(unit_state::failed,
                    "the service created " + std::string(words().one) +
                        " without telling its id; look for it in the dashboard");
            created_as(id);
        });
}

void creating_run::look()
{
    step("look");
    look_until_ = now() + lists_lag_ms;
    pause_ms_ = first_pause_ms;
    find_candidates({});
}

/// Nothing was found: again, with growing pauses, until no list can lag any more.
void creating_run::look_again()
{
    if (auto const left = look_until_ - now(); left > 0) {
        pause_ms_ = std::min<std::int64_t>(pause_ms_ * 2, left);
        return find_candidates(std::chrono::milliseconds(pause_ms_));
    }
    journal_undone("create", "not found within the time that lists may lag");
    if (only_settles())
        return fail(unit_state::interrupted, "was interrupted before anything was created");
    send(false);
}

void creating_run::adopt(std::vector<std::string> const& found)
{
    if (found.empty()) return look_again();
    // Resumable: once somebody has deleted all but one, that one is adopted.
    if (found.size() > 1) return fail(unit_state::interrupted, ambiguity(found));
    json::object data;
    data.set("id", found.front());
    data.set("rule", words().rule);
    journal("adopted", std::move(data));
    if (!only_settles()) return created_as(found.front());
    result_.id = found.front();
    fail(unit_state::interrupted, "was created, and taken back before it was in use");
}

bool creating_run::created_here(std::string_view id)
{
    return std::ranges::any_of(created(), [&](auto const& entry) { return entry.second == id; });
}

std::string creating_run::ambiguity(std::vector<std::string> const& found) const
{
    std::string ids, commands;
    for (auto const& id : found) {
        ids += (ids.empty() ? "" : ", ") + id;
        commands += (commands.empty() ? "" : " or ") + remove_command(id);
    }
    return "several " + std::string(words().several) +
        " could be the one created before the interruption (" + ids +
        "); nothing was written: delete all but one, with " + commands + ", and run apply again";
}

std::string creating_run::remove_command(std::string const& id) const
{
    return "trunkline call " + std::string(words().delete_command) + " '{\"" +
        std::string(id_member(unit_.kind)) + "\":\"" + id + "\"}'";
}

} // namespace trunkline::sync::detail
