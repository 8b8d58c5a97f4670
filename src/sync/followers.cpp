#include "sync/followers.hpp"

#include <algorithm>

namespace trunkline::sync {

using retell::resource_kind;

namespace {

/// Calls with each pin (member, pin) of a number.
template <class Visit>
void for_each_pin(json::object const& pins, Visit visit)
{
    for (auto const& m : pins)
        if (m.val.is_array())
            for (auto const& pin : m.val.as_array()) visit(m.key.text(), pin);
}

bool has_version(json::value const& versions, std::int64_t version)
{
    return versions.is_array() && std::ranges::any_of(versions.as_array(), [&](auto const& v) {
        return v.is_number() && v.int_or(-1) == version;
    });
}

void add_version(json::object& versions_by_agent, std::string_view agent_id, std::int64_t version)
{
    if (!versions_by_agent.contains(agent_id)) versions_by_agent.set(agent_id, json::array{});
    auto& versions = *versions_by_agent.find(agent_id);
    if (!has_version(versions, version)) versions.make_array().push_back(version);
}

/// Whether a file marks this pin. Groups are written as a whole, so pins stand where the file has them.
bool is_marked(json::value const& agreed, std::string_view member, std::size_t index,
    std::string_view agent_id)
{
    auto const& pins = agreed.at_or_null(member);
    if (!pins.is_array() || index >= pins.as_array().size()) return false;
    auto const& pin = pins.as_array()[index];
    return pin.string_at("agent_id") == agent_id && pin.string_at("agent_version") == released_mark;
}

} // namespace

bool follower_memory::knows(
    std::string_view number, std::string_view agent_id, std::int64_t version) const
{
    auto const* const row = row_of(number);
    return row && has_version(row->document.at_or_null(agent_id), version);
}

bool follower_memory::is_newer_than(resource_state const& number) const
{
    auto const* const row = row_of(number.id);
    return row && row->list_stamp > number.stamp;
}

store::base_row const* follower_memory::row_of(std::string_view number) const
{
    if (!read_) {
        for (auto& row : store_.bases(tenant_, followers_workspace)) {
            auto id = row.id;
            by_number_.insert_or_assign(std::move(id), std::move(row));
        }
        read_ = true;
    }
    auto const found = by_number_.find(number);
    return found == by_number_.end() ? nullptr : &found->second;
}

namespace detail {

store::base_row followers_row(std::string number, json::object versions_by_agent, std::int64_t stamp)
{
    store::base_row row;
    row.kind = retell::name(resource_kind::phone_number);
    row.id = row.name = std::move(number);
    row.list_stamp = stamp;
    row.document = std::move(versions_by_agent);
    return row;
}

void put_followers(
    store::store& s, tenant_id const& tenant, std::vector<store::base_row> const& rows)
{
    std::map<std::string, std::int64_t> stamps;
    for (auto const& row : s.bases(tenant, followers_workspace))
        stamps.emplace(row.id, row.list_stamp);
    auto newer = rows;
    std::erase_if(newer, [&](store::base_row const& row) {
        auto const found = stamps.find(row.id);
        return found != stamps.end() && found->second > row.list_stamp;
    });
    s.put_bases(tenant, followers_workspace, newer);
}

bool names_version(
    json::object const& versions_by_agent, std::string_view agent_id, std::int64_t version)
{
    auto const* const versions = versions_by_agent.find(agent_id);
    return versions && has_version(*versions, version);
}

json::object followers_among(
    json::object const& pins, std::function<bool(std::string_view, std::int64_t)> const& follows)
{
    json::object out;
    for_each_pin(pins, [&](std::string_view, json::value const& pin) {
        auto const agent_id = pin.string_at("agent_id");
        auto const& version = pin.at_or_null("agent_version");
        if (version.is_number() && follows(agent_id, version.int_or(-1)))
            add_version(out, agent_id, version.int_or(-1));
    });
    return out;
}

follower_notes::follower_notes(store::store& s, tenant_id tenant, std::string number)
    : store_(s), tenant_(std::move(tenant)), number_(std::move(number))
{
    auto const row = store_.base(
        tenant_, followers_workspace, retell::name(resource_kind::phone_number), number_);
    if (!row) return;
    if (row->document.is_object()) known_ = row->document.as_object();
    stamp_ = row->list_stamp;
}

bool follower_notes::is_known(std::string_view agent_id, std::int64_t version) const
{
    return names_version(known_, agent_id, version);
}

json::object follower_notes::once_moved(
    json::object const& pins, std::string_view agent_id, std::int64_t version) const
{
    return followers_among(pins, [&](std::string_view agent, std::int64_t v) {
        return (agent == agent_id && v == version) || is_known(agent, v);
    });
}

json::object follower_notes::once_agreed(json::object const& pins, json::value const& agreed) const
{
    json::object marked;
    for (auto const& m : pins) {
        if (!m.val.is_array()) continue;
        json::array follow;
        for (std::size_t i = 0; i < m.val.as_array().size(); ++i)
            if (auto const& pin = m.val.as_array()[i];
                is_marked(agreed, m.key, i, pin.string_at("agent_id")))
                follow.push_back(pin);
        marked.set(m.key, std::move(follow));
    }
    return followers_among(marked, [](std::string_view, std::int64_t) { return true; });
}

json::object follower_notes::once_returned(
    json::object const& before, json::object const& pins, json::object const& followers) const
{
    // Pin by pin, for of several of one agent one may be bound. A rollback changes their versions.
    json::object followed;
    for (auto const& m : pins) {
        auto const* const earlier = before.find(m.key);
        if (!m.val.is_array() || !earlier || !earlier->is_array()) continue;
        json::array follow;
        for (std::size_t i = 0; i < m.val.as_array().size() && i < earlier->as_array().size(); ++i)
        {
            auto const& was = earlier->as_array()[i];
            auto const agent = was.string_at("agent_id");
            if (m.val.as_array()[i].string_at("agent_id") == agent &&
                is_known(agent, was.int_at("agent_version", -1)))
                follow.push_back(m.val.as_array()[i]);
        }
        followed.set(m.key, std::move(follow));
    }
    auto out = followers_among(pins, [&](std::string_view agent, std::int64_t version) {
        return names_version(followers, agent, version) ||
            is_known(agent, version); // when it is noted again
    });
    for_each_pin(followed, [&](std::string_view, json::value const& pin) {
        add_version(out, pin.string_at("agent_id"), pin.int_at("agent_version", -1));
    });
    return out;
}

void follower_notes::announce(json::object versions_by_agent)
{
    for (auto const& [agent, versions] : known_)
        if (versions.is_array())
            for (auto const& version : versions.as_array())
                add_version(versions_by_agent, agent, version.int_or(-1));
    settle(std::move(versions_by_agent), stamp_);
}

void follower_notes::settle(json::object versions_by_agent, std::int64_t stamp)
{
    known_ = versions_by_agent;
    stamp_ = std::max(stamp_, stamp); // of several who note it the last one saw the number last
    store_.put_bases(tenant_, followers_workspace,
        {followers_row(number_, std::move(versions_by_agent), stamp_)});
}

} // namespace detail
} // namespace trunkline::sync
