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

/// What is known of one number.
class known_pins {
public:
    known_pins(store::store const& s, tenant_id const& tenant, std::string const& number)
        : row_(s.base(tenant, followers_workspace, retell::name(resource_kind::phone_number), number))
    {}
    bool follows(std::string_view agent_id, std::int64_t version) const
    {
        return row_ && has_version(row_->document.at_or_null(agent_id), version);
    }

private:
    std::optional<store::base_row> row_;
};

bool is_marked(json::value const& agreed, std::string_view member, std::string_view agent_id)
{
    auto const& pins = agreed.at_or_null(member);
    return pins.is_array() && std::ranges::any_of(pins.as_array(), [&](json::value const& pin) {
        return pin.string_at("agent_id") == agent_id &&
            pin.string_at("agent_version") == released_mark;
    });
}

} // namespace

bool follower_memory::knows(
    std::string_view number, std::string_view agent_id, std::int64_t version) const
{
    if (!read_) {
        for (auto& row : store_.bases(tenant_, followers_workspace))
            by_number_.insert_or_assign(std::move(row.id), std::move(row.document));
        read_ = true;
    }
    auto const found = by_number_.find(number);
    return found != by_number_.end() && has_version(found->second.at_or_null(agent_id), version);
}

namespace detail {

store::base_row followers_row(std::string number, json::object versions_by_agent)
{
    store::base_row row;
    row.kind = retell::name(resource_kind::phone_number);
    row.id = row.name = std::move(number);
    row.document = std::move(versions_by_agent);
    return row;
}

store::base_row followers_among(std::string number, json::object const& pins,
    std::function<bool(std::string_view, std::int64_t)> const& follows)
{
    json::object versions;
    for_each_pin(pins, [&](std::string_view, json::value const& pin) {
        auto const agent_id = pin.string_at("agent_id");
        auto const& version = pin.at_or_null("agent_version");
        if (!version.is_number() || !follows(agent_id, version.int_or(-1))) return;
        if (!versions.contains(agent_id)) versions.set(agent_id, json::array{});
        auto& known = *versions.find(agent_id);
        if (!has_version(known, version.int_or(-1))) known.as_array().push_back(version);
    });
    return followers_row(std::move(number), std::move(versions));
}

void remember_moved(store::store& s, tenant_id const& tenant, std::string const& number,
    json::object const& pins, std::string_view agent_id, std::int64_t version)
{
    known_pins const known(s, tenant, number);
    s.put_bases(tenant, followers_workspace,
        {followers_among(number, pins, [&](std::string_view agent, std::int64_t v) {
            return (agent == agent_id && v == version) || known.follows(agent, v);
        })});
}

void remember_changed(store::store& s, tenant_id const& tenant, std::string const& number,
    json::object const& before, json::object const& after, json::value const& agreed)
{
    known_pins const known(s, tenant, number);
    std::set<std::pair<std::string, std::int64_t>> following;
    for_each_pin(after, [&](std::string_view member, json::value const& pin) {
        std::string const agent(pin.string_at("agent_id"));
        auto const version = pin.int_at("agent_version", -1);
        bool follows =
            !agreed.is_null() ? is_marked(agreed, member, agent) : known.follows(agent, version);
        if (agreed.is_null())
            for_each_pin(before, [&](std::string_view earlier_member, json::value const& earlier) {
                follows = follows ||
                    (earlier_member == member && earlier.string_at("agent_id") == agent &&
                        known.follows(agent, earlier.int_at("agent_version", -1)));
            });
        if (follows) following.emplace(agent, version);
    });
    s.put_bases(tenant, followers_workspace,
        {followers_among(number, after, [&](std::string_view agent, std::int64_t v) {
            return following.contains({std::string(agent), v});
        })});
}

} // namespace detail
} // namespace trunkline::sync
