#include "sync/number_planner.hpp"

#include "retell/number_rules.hpp"
#include "sync/followers.hpp"
#include "sync/links.hpp"
#include "sync/planner_parts.hpp"

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/sync/release.hpp>

#include <algorithm>
#include <map>

namespace trunkline::sync::detail {

using retell::resource_kind;

namespace {

/// A pin of an agent that this release is to create can name its first version only.
std::string impossible_link(json::value const& patch)
{
    for (auto const member : pin_members) {
        auto const& pins = patch.at_or_null(member);
        if (!pins.is_array()) continue;
        for (auto const& pin : pins.as_array()) {
            auto const& version = pin.at_or_null("agent_version");
            if (!is_link(pin.string_at("agent_id")) || version.string_or("") == released_mark ||
                version.int_or(-1) == first_version)
                continue;
            return std::string(member) + " names version " + json::to_text(version) + " of " +
                std::string(pin.string_at("agent_id")) +
                ", which is not in the account; the number is left alone. Write "
                "\"agent_version\": \"released\" to lead it to the one that is created";
        }
    }
    return {};
}

/// A list that says no weight at all is none of the linter's: the service may have it so.
std::string weight_problem(json::value const& pins)
{
    if (pins.is_array())
        for (auto const& pin : pins.as_array())
            if (!pin.find("weight")) return "an agent has no weight (a single one has 1)";
    return retell::detail::weight_problem(pins);
}

std::string unit_of(base_index const& bases, agent_state const& agent)
{
    return called(bases.find_id(resource_kind::agent, agent.id()), agent);
}

} // namespace

number_planner::number_planner(plan& p, snapshot const& remote, store::store const& s,
    tenant_id tenant, plan_options const& options, version_contents const& contents,
    std::shared_ptr<snapshot_index const> const& index, base_index const& bases,
    deleted_there const& deleted, gone_agents const& gone)
    : plan_(p),
      remote_(remote),
      store_(s),
      tenant_(std::move(tenant)),
      options_(options),
      at_service_(*index),
      bases_(bases),
      deleted_(deleted),
      gone_(gone),
      is_current_(current_versions(index, contents)),
      known_followers_(s, tenant_),
      follows_(follows_releases(is_current_, known_followers_))
{}

/// The mark "released" as a number: the pin the number has now if that follows the agent's
/// releases, else the newest published version.
void number_planner::resolve_pins(json::value& local, resource_state const& remote) const
{
    for (auto const member : pin_members) {
        auto* const pins = local.find(member);
        if (!pins || !pins->is_array()) continue;
        for (auto& pin : pins->as_array()) {
            auto* const version = pin.find("agent_version");
            if (!version || version->string_or("") != released_mark) continue;
            auto const agent_id = pin.string_at("agent_id");
            if (is_link(agent_id)) { // to be created, and published, by this release
                *version = first_version;
                continue;
            }
            auto const now = following_version(remote, member, agent_id);
            auto const* const agent = at_service_.agent(agent_id);
            if (now >= 0) {
                *version = now;
            } else if (agent && agent->agent.published) {
                *version = agent->agent.version;
            } else {
                throw error(errc::dangling_reference,
                    unit_name(remote.kind, remote.id) + ": " + std::string(member) +
                        " follows the releases of " + std::string(agent_id) +
                        ", which has no published version; release the agent first or write a "
                        "version number");
            }
        }
    }
}

/// Pins among which an agent was, and is, that is gone: the service would refuse them. What
/// else is edited is sent.
void number_planner::leave_stuck_pins(json::value& patch, merged_document& merged,
    json::value const& base, resource_state const& remote)
{
    for (auto const member : pin_members) {
        auto const gone = gone_among(member, patch.at_or_null(member));
        if (gone.empty() || gone_among(member, remote.document.at_or_null(member)).empty())
            continue;
        plan_.notes.push_back(unit_name(remote.kind, remote.id) + ": its " + std::string(member) +
            " names " + gone +
            ", which is gone, so the service would refuse it; name another agent there");
        patch.make_object().erase(member);
        std::erase_if(
            merged.changes, [&](field_change const& c) { return c.path.starts_with(member); });
        // Not sent is not agreed on: else the edit would count as done, and the next pull lose it.
        if (auto const* const before = base.find(member))
            merged.agreed.make_object().set(member, *before);
        else merged.agreed.make_object().erase(member);
    }
}

/// Of a group of pins the first agent that is gone: its name, or else its id; empty if there is
/// none. Chat agents are not read, so of those that answer messages only known ones can be gone.
std::string number_planner::gone_among(std::string_view member, json::value const& pins) const
{
    if (!pins.is_array()) return {};
    bool const voice = member.find("sms") == std::string_view::npos;
    for (auto const& pin : pins.as_array()) {
        auto const agent_id = pin.string_at("agent_id");
        if (agent_id.empty() || is_link(agent_id) || at_service_.agent(agent_id)) continue;
        if (auto const* const name = gone_.name_of(agent_id)) return "agents/" + *name;
        if (voice) return std::string(agent_id);
    }
    return {};
}

/// The version of the pin of an agent that follows its releases; of several pins one may be bound.
std::int64_t number_planner::following_version(
    resource_state const& number, std::string_view member, std::string_view agent_id) const
{
    auto const& pins = number.document.at_or_null(member);
    if (!pins.is_array()) return -1;
    for (auto const& pin : pins.as_array())
        if (auto const version = pin.int_at("agent_version", -1);
            pin.string_at("agent_id") == agent_id && version >= 0 &&
            follows_(number.id, agent_id, version))
            return version;
    return -1;
}

/// What a file binds by a version stays, the newest one too. What a release has let follow since
/// the file was agreed on goes on following.
void number_planner::note_bound(bundle_entry const& e, json::value const& base)
{
    auto const agreed = followers_among(pins_of(base), [](auto, auto) { return true; });
    auto bound = followers_among(pins_of(e.document), [&](auto agent, auto version) {
        return !names_version(agreed, agent, version) ||
            !known_followers_.knows(e.name, agent, version);
    });
    if (!bound.empty()) bound_.emplace(e.name, std::move(bound));
}

bool number_planner::moves(
    std::string const& number, std::string_view agent_id, std::int64_t version) const
{
    auto const bound = bound_.find(number);
    return follows_(number, agent_id, version) &&
        (bound == bound_.end() || !names_version(bound->second, agent_id, version));
}

void number_planner::add(bundle_entry const& e)
{
    auto const unit = unit_name(e.kind, e.name);
    files_.emplace(e.name, &e.document);
    auto const* const remote = at_service_.number(e.name);
    auto const* const base = bases_.find(e.kind, e.name);
    if (!remote && base) return deleted_.tell_of(plan_, e, *base);
    if (!remote) {
        plan_.notes.push_back(
            unit + ": the account has no such number; numbers are bought or imported by hand, then pulled");
        return;
    }
    if (!base) {
        plan_.notes.push_back(unit +
            ": never pulled into this folder, so nobody knows who changed what; run pull first");
        return;
    }
    note_bound(e, base->document);
    auto remote_marked = remote->document;
    mark_followers(remote_marked, follows_);
    auto merged = merge_document(e.kind, base->document, e.document, remote_marked, options_.prefer);
    std::string stays; // why nothing of it is sent
    if (!merged.conflicts.empty()) stays = merged.conflicts[0].path + " is in conflict";
    add_conflicts(plan_, unit, unit, std::move(merged.conflicts));
    note_overruled(plan_, unit, merged.overruled);
    json::value patch(std::move(merged.patch));
    if (auto const wrong = impossible_link(patch); !wrong.empty()) {
        plan_.notes.push_back(unit + ": " + wrong);
        return;
    }
    leave_stuck_pins(patch, merged, base->document, *remote);
    resolve_pins(patch, *remote);
    auto expected = remote->document;
    for (auto const& m : patch.as_object()) expected.make_object().set(m.key, m.val);
    auto const lost = lost_trunk_part(remote->document, expected);
    if (!lost.empty()) stays = lost + " cannot be taken away";
    merged_.emplace_back(e.name, stays.empty() ? expected : remote->document);
    if (patch.as_object().empty()) return;
    if (!stays.empty() && patch.find("fallback_number")) kept_fallbacks_.emplace(e.name, stays);
    for (auto const& m : patch.as_object())
        if (auto const wrong = weight_problem(m.val);
            !wrong.empty() && std::ranges::find(pin_members, m.key) != std::end(pin_members))
            throw error(errc::invalid_bundle,
                unit + ": " + m.key + ": " + wrong + "; correct the file, nothing was sent");
    refuse_unpublished(unit, patch, remote->document);
    if (!lost.empty()) {
        plan_.notes.push_back(unit + ": " + lost +
            " cannot be taken away through the API; put it back, or write another value");
        return;
    }
    plan_unit u;
    u.action = unit_action::update_number;
    u.name = unit;
    u.kind = e.kind;
    u.id = e.name;
    u.before = remote->document;
    u.patch = std::move(patch.as_object());
    u.expected = std::move(expected);
    u.changes = std::move(merged.changes);
    u.agreed = std::move(merged.agreed);
    u.followers = followers_among(pins_of(remote->document),
        [&](auto agent, auto version) { return follows_(remote->id, agent, version); });
    plan_.units.push_back(std::move(u));
}

/// The service lets a number lead to a draft; callers would hear what nobody has released. Whether
/// a version below the newest is one is looked up before the number is written.
void number_planner::refuse_unpublished(
    std::string const& unit, json::value const& patch, json::value const& remote) const
{
    for (auto const member : pin_members) {
        auto const& pins = patch.at_or_null(member);
        if (!pins.is_array()) continue;
        for (auto const& pin : pins.as_array()) {
            auto const agent_id = pin.string_at("agent_id");
            auto const version = pin.int_at("agent_version", -1);
            if (version < 0 && pin.at_or_null("agent_version").is_number())
                throw error(errc::dangling_reference,
                    unit + ": " + std::string(member) + " leads to version " +
                        json::to_text(pin.at_or_null("agent_version")) +
                        ", which is none; write a published version, or \"released\" to follow the "
                        "releases. Nothing was sent");
            auto const* const agent = at_service_.agent(agent_id);
            if (!agent || version < 0) continue;
            auto const newest = agent->agent.published ? agent->agent.version : -1;
            if (version <= newest || has_pin(remote.at_or_null(member), agent_id, version))
                continue;
            throw error(errc::dangling_reference,
                unit + ": " + std::string(member) + " leads to version " + std::to_string(version) +
                    " of " + unit_of(bases_, *agent) + ", which is a draft or does not exist: " +
                    (newest < 0 ? "none of it is published"
                                : "the newest that is published is " + std::to_string(newest)) +
                    "; write a published version, or \"released\" to follow the releases. "
                    "Nothing was sent");
        }
    }
}

/// The service refuses a chain of fallbacks, one number at a time: half of the release would be done.
void number_planner::refuse_bad_fallbacks() const
{
    bool const changed = std::ranges::any_of(
        plan_.units, [](plan_unit const& u) { return u.patch.contains("fallback_number"); });
    if (!changed) return;
    std::map<std::string, json::value const*> numbers;
    for (auto const& n : remote_.numbers) numbers.emplace(n.id, &n.document);
    for (auto const& [number, document] : merged_) numbers.insert_or_assign(number, &document);
    auto const wrong = retell::detail::fallback_problem(numbers);
    if (wrong.empty()) return;
    std::string kept;
    for (auto const& [number, why] : kept_fallbacks_)
        if (wrong.find(number) != std::string::npos)
            kept += "; numbers/" + number + " keeps the one it has, for its " + why;
    throw error(errc::invalid_bundle,
        "fallback_number: " + wrong + kept + "; correct the files, nothing was sent");
}

std::vector<pinned_number> number_planner::to_move(plan_unit const& u, agent_state const& remote)
{
    if (!remote.agent.published) return {};
    std::vector<std::pair<std::string, json::value const*>> numbers;
    std::set<std::string> planned;
    for (auto const& [number, document] : merged_) {
        numbers.emplace_back(number, &document);
        planned.insert(number);
    }
    for (auto const& n : remote_.numbers)
        if (!planned.contains(n.id)) numbers.emplace_back(n.id, &n.document);
    note_standing_pins(u, numbers);
    std::erase_if(numbers, [&](auto const& n) { return is_stuck(u, n.first, *n.second); });
    return numbers_to_move(numbers, u.id,
        [&](std::string const& number, std::int64_t v) { return moves(number, u.id, v); });
}

/// The service takes no change of a group of pins while one of its agents is gone.
bool number_planner::is_stuck(
    plan_unit const& u, std::string const& number, json::value const& document)
{
    for (auto const& member : pins_of(document)) {
        auto const gone = gone_among(member.key.text(), member.val);
        if (gone.empty()) continue;
        bool const would_move = std::ranges::any_of(member.val.as_array(), [&](auto const& pin) {
            return pin.string_at("agent_id") == u.id &&
                moves(number, u.id, pin.int_at("agent_version", -1));
        });
        if (!would_move) continue;
        plan_.notes.push_back("numbers/" + number + ": its " + member.key + " names " + gone +
            " as well, which is gone; until that is taken out of its file the service lets "
            "nobody move it, and it stays at the version of " +
            u.name + " it has");
        return true;
    }
    return false;
}

void number_planner::note_standing_pins(
    plan_unit const& u, std::vector<std::pair<std::string, json::value const*>> const& numbers)
{
    for (auto const& [number, document] : numbers)
        for (auto const member : pin_members) {
            auto const& pins = document->at_or_null(member);
            if (!pins.is_array()) continue;
            for (auto const& pin : pins.as_array()) {
                if (pin.string_at("agent_id") != u.id) continue;
                auto const& version = pin.at_or_null("agent_version");
                if (version.is_number() && moves(number, u.id, version.int_or(-1))) continue;
                plan_.notes.push_back("numbers/" + number + ": " + std::string(member) +
                    " is bound to " + (version.is_null() ? "no version" : json::to_text(version)) +
                    " of " + u.name +
                    " and is not moved; write \"agent_version\": \"released\" to let it follow "
                    "releases");
            }
        }
}

/// Numbers that follow releases of an agent and are not at its newest version.
void number_planner::note_left_behind()
{
    std::map<std::string_view, json::value const*> planned;
    for (auto const& [number, document] : merged_) planned.emplace(number, &document);
    for (auto const& n : remote_.numbers) {
        auto const found = planned.find(n.id);
        auto const& document = found == planned.end() ? n.document : *found->second;
        for (auto const& member : pins_of(document))
            if (member.val.is_array())
                for (auto const& pin : member.val.as_array())
                    note_left_behind(n.id, member.key, member.val, pin);
    }
}

void number_planner::note_left_behind(std::string const& number, std::string const& member,
    json::value const& pins, json::value const& pin)
{
    std::string const agent_id(pin.string_at("agent_id"));
    auto const version = pin.int_at("agent_version", -1);
    auto const* const agent = at_service_.agent(agent_id);
    if (!agent || !agent->agent.published || is_current_(agent_id, version) ||
        !moves(number, agent_id, version) || is_released(agent_id))
        return;
    if (!under_way_) under_way_ = agents_under_way(store_, tenant_);
    if (under_way_->contains(agent_id)) return;
    auto const newest = agent->agent.version;
    auto const published_by = publisher_of(agent_id, newest);
    auto const by = published_by.release;
    auto const gone = gone_among(member, pins);
    if (published_by.has_missed(number) && gone.empty() &&
        catch_up(number, member, agent_id, newest)) {
        plan_.notes.push_back("numbers/" + number + ": was not moved by r" + std::to_string(by) +
            ", which published version " + std::to_string(newest) + " of " +
            unit_of(bases_, *agent) + ", and is led there now");
        return;
    }
    plan_.notes.push_back("numbers/" + number + ": follows the releases of " +
        unit_of(bases_, *agent) + " and is still at version " + std::to_string(version) +
        ": version " + std::to_string(newest) + " was published " +
        (by == 0 ? "without a release" : "by r" + std::to_string(by)) + ". " +
        (gone.empty() ? "The next release moves the number; to lead it there now, write "
                        "\"agent_version\": " +
                    std::to_string(newest) + " in its " + member
                      : "It cannot be moved while its " + member + " names " + gone +
                    ", which is gone: take that out of its file"));
}

/// A release of ours could not move the number, or was stopped before. False where its file does
/// not say that the pin follows releases, or where nothing of it is sent.
bool number_planner::catch_up(std::string const& number, std::string const& member,
    std::string const& agent_id, std::int64_t version)
{
    auto const file = files_.find(number);
    auto const* const base = bases_.find(resource_kind::phone_number, number);
    auto const* const now = at_service_.number(number);
    if (file == files_.end() || !base || !now ||
        units_in_conflict(plan_).contains(unit_name(resource_kind::phone_number, number)))
        return false;
    auto const& written = file->second->at_or_null(member);
    bool const follows =
        written.is_array() && std::ranges::any_of(written.as_array(), [&](json::value const& pin) {
            return pin.string_at("agent_id") == agent_id &&
                pin.string_at("agent_version") == released_mark;
        });
    bool const is_sent = std::ranges::any_of(plan_.units, [&](plan_unit const& u) {
        return u.action == unit_action::update_number && u.id == number;
    });
    if (!follows || is_sent) return false;
    plan_unit u;
    u.action = unit_action::update_number;
    u.name = unit_name(resource_kind::phone_number, number);
    u.kind = resource_kind::phone_number;
    u.id = number;
    u.before = now->document;
    u.expected = now->document;
    auto& pins = *u.expected.find(member);
    for (auto& pin : pins.as_array())
        if (pin.string_at("agent_id") == agent_id &&
            follows_(number, agent_id, pin.int_at("agent_version", -1)))
            pin.make_object().set("agent_version", version);
    u.patch.set(member, pins);
    u.changes = changes(u.kind, u.before, u.expected);
    u.agreed = base->document; // the file says the same as before
    u.followers = followers_among(
        pins_of(now->document), [&](auto agent, auto of) { return follows_(number, agent, of); });
    plan_.units.push_back(std::move(u));
    return true;
}

/// Whether the release ended before it had moved a number. One that was led back since, by somebody
/// or by a rollback, is where it is meant to be.
bool number_planner::publisher::has_missed(std::string const& number) const
{
    return release != 0 && !is_rollback && unit.state != unit_state::done &&
        std::ranges::none_of(
            unit.numbers, [&](moved_number const& moved) { return moved.number == number; });
}

/// Which release published a version: 0 if none of ours did.
number_planner::publisher number_planner::publisher_of(
    std::string const& agent_id, std::int64_t version) const
{
    for (auto const& r : store_.releases(tenant_))
        for (auto& u : results_of(r))
            if (u.id == agent_id && u.after_version == version && u.live)
                return {r.number, r.reverts != 0, std::move(u)};
    return {};
}

bool number_planner::is_released(std::string const& agent_id) const
{
    return std::ranges::any_of(plan_.units,
        [&](plan_unit const& u) { return u.action == unit_action::release && u.id == agent_id; });
}

} // namespace trunkline::sync::detail
