#include "sync/rollback_numbers.hpp"

#include "sync/planner_parts.hpp"

#include <algorithm>

namespace trunkline::sync::detail {

using retell::resource_kind;

json::value* number_returner::wanted(std::string const& number)
{
    auto const* const remote = work_.remote.find_number(number);
    if (!remote) {
        work_.note("numbers/" + number +
            ": was deleted at the service since, so there is nothing of it to take back");
        return nullptr;
    }
    return &wanted_.try_emplace(number, remote->document).first->second;
}

void number_returner::restore_pins(unit_result const& r, moved_number const& moved)
{
    auto* const document = wanted(moved.number);
    if (!document) return;
    for (auto const& m : moved.before) {
        auto const* const after = moved.after.find(m.key);
        auto* const now = document->find(m.key);
        if (!after || !now || !after->is_array() || !now->is_array() || !m.val.is_array()) continue;
        restore_member(r, moved.number, m.key, m.val.as_array(), after->as_array(), now->as_array());
    }
}

void number_returner::restore_member(unit_result const& r, std::string const& number,
    std::string const& member, json::array const& before, json::array const& after, json::array& now)
{
    for (std::size_t i = 0; i < before.size() && i < after.size(); ++i) {
        if (before[i].string_at("agent_id") != r.id) continue;
        auto const old_version = before[i].at_or_null("agent_version");
        auto const new_version = after[i].at_or_null("agent_version");
        if (old_version == new_version) continue;
        auto const at = [&](json::value const& version) { // one agent may have several pins
            return std::ranges::find_if(now, [&](json::value const& p) {
                return p.string_at("agent_id") == r.id && p.at_or_null("agent_version") == version;
            });
        };
        if (auto const pin = at(new_version); pin != now.end()) {
            pin->as_object().set("agent_version", old_version);
            continue;
        }
        auto const any = std::ranges::find_if(
            now, [&](json::value const& p) { return p.string_at("agent_id") == r.id; });
        if (any == now.end() || at(old_version) != now.end()) continue;
        if (work_.options.prefer == prefer::local)
            any->as_object().set("agent_version", old_version);
        else if (work_.options.prefer == prefer::neither)
            work_.conflict("numbers/" + number, member + "/" + r.id + "/agent_version", new_version,
                old_version, any->at_or_null("agent_version"));
    }
}

void number_returner::undo(unit_result const& r)
{
    auto* const document = wanted(r.id);
    if (!document) return;
    for (auto const& m : r.fields_before) {
        auto const* const after = r.fields_after.find(m.key);
        auto const now = document->at_or_null(m.key);
        if (now == m.val) continue;
        auto const again = with_renewed(resource_kind::phone_number,
            json::value(json::object{{m.key, m.val}}), work_.made_again);
        if (now == again.at_or_null(m.key)) continue; // an earlier rollback was here
        if (m.val.is_null() && is_write_only(resource_kind::phone_number, m.key)) {
            work_.note("numbers/" + r.id + ": " + m.key +
                " stays: what it was before is not known, no answer shows it; set it by hand");
            continue;
        }
        if (after && !(now == *after) && work_.options.prefer != prefer::local) {
            if (work_.options.prefer == prefer::neither)
                work_.conflict("numbers/" + r.id, m.key, *after, m.val, now);
            continue;
        }
        if (auto const gone =
                work_.gone_agent(resource_kind::phone_number, json::object{{m.key, m.val}});
            !gone.empty())
        {
            work_.note("numbers/" + r.id + ": its " + m.key + " had the agent " + gone +
                ", which is gone, so only versions return there; write into its file whom it "
                "is "
                "to lead to, and apply");
            continue;
        }
        auto back = m.val;
        if (m.key == trunk_member) keep_trunk_parts(r.id, now, back);
        document->make_object().set(m.key, std::move(back));
    }
}

/// What requests cannot clear stays, or the rest would not return either.
void number_returner::keep_trunk_parts(
    std::string const& number, json::value const& now, json::value& trunk)
{
    if (!now.is_object()) return;
    for (auto const& m : now.as_object()) {
        if (m.val.is_null() || !trunk.at_or_null(m.key).is_null()) continue;
        trunk.make_object().set(m.key, m.val);
        work_.note("numbers/" + number + ": " + std::string(trunk_member) + "/" + m.key +
            " stays: it cannot be taken away through the API; clear it in the dashboard, or write "
            "another value into the number's file and apply");
    }
}

void number_returner::keep_ahead(std::map<std::string, std::int64_t> const& led_nowhere)
{
    for (auto& u : work_.made.units) {
        auto const old = led_nowhere.find(u.id);
        if (u.action != unit_action::release || old == led_nowhere.end()) continue;
        for (auto& [number, document] : wanted_)
            for (auto const member : pin_members) {
                auto* const pins = document.find(member);
                if (!pins || !pins->is_array()) continue;
                for (auto& pin : pins->as_array())
                    if (pin.string_at("agent_id") == u.id &&
                        pin.int_at("agent_version") == old->second)
                        pin.as_object().set("agent_version", u.base_version);
            }
        std::vector<std::pair<std::string, json::value const*>> numbers;
        for (auto const& n : work_.remote.numbers) {
            auto const changed = wanted_.find(n.id);
            numbers.emplace_back(n.id, changed == wanted_.end() ? &n.document : &changed->second);
        }
        u.numbers = numbers_to_move(
            numbers, u.id, [&](auto const&, std::int64_t v) { return v == u.base_version; });
    }
}

void number_returner::add_units()
{
    for (auto const& [number, document] : wanted_) {
        auto const* const remote = work_.remote.find_number(number);
        auto patch = patch_between(resource_kind::phone_number, remote->document, document);
        if (patch.empty()) continue;
        plan_unit u;
        u.action = unit_action::update_number;
        u.name = "numbers/" + number;
        u.kind = resource_kind::phone_number;
        u.id = number;
        u.before = remote->document;
        u.patch = std::move(patch);
        u.expected = document;
        u.changes = changes(u.kind, u.before, u.expected);
        u.followers = followed_before(u.name);
        work_.made.units.push_back(std::move(u));
    }
}

/// Which pins of a number followed before the release that is taken back changed or moved it.
json::object number_returner::followed_before(std::string const& number) const
{
    json::object out;
    auto const add = [&](std::string_view agent_id, std::int64_t version) {
        if (!out.contains(agent_id)) out.set(agent_id, json::array{});
        out.find(agent_id)->as_array().push_back(version);
    };
    for (auto const& u : work_.planned) {
        if (u.name == number)
            for (auto const& m : u.followers)
                if (m.val.is_array())
                    for (auto const& version : m.val.as_array()) add(m.key, version.int_or(-1));
        for (auto const& moved : u.numbers)
            if ("numbers/" + moved.number == number)
                for (auto const version : moved.versions) add(u.id, version);
    }
    return out;
}

bool number_returner::moves(std::string const& number) const
{
    return wanted_.contains(number) && !work_.is_blocked("numbers/" + number);
}

json::value const& number_returner::expected(resource_state const& number) const
{
    return moves(number.id) ? wanted_.at(number.id) : number.document;
}

} // namespace trunkline::sync::detail
