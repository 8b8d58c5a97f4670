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

json::object followers_among(
    json::object const& pins, std::function<bool(std::string_view, std::int64_t)> const& follows)
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
    return versions;
}

void remember_moved(store::store& s, tenant_id const& tenant, std::string const& number,
    json::object const& pins, std::string_view agent_id, std::int64_t version)
{
    known_pins const known(s, tenant, number);
    auto now = followers_among(pins, [&](std::string_view agent, std::int64_t v) {
        return (agent == agent_id && v == version) || known.follows(agent, v);
    });
    s.put_bases(tenant, followers_workspace, {followers_row(number, std::move(now))});
}

void remember_agreed(store::store& s, tenant_id const& tenant, std::string const& number,
    json::object const& pins, json::value const& agreed)
{
    json::object marked; // of each member, for one agent may be marked in one and bound in another
    for_each_pin(pins, [&](std::string_view member, json::value const& pin) {
        if (!is_marked(agreed, member, pin.string_at("agent_id"))) return;
        if (!marked.contains(member)) marked.set(member, json::array{});
        marked.find(member)->as_array().push_back(pin);
    });
    auto now = followers_among(marked, [](std::string_view, std::int64_t) { return true; });
    s.put_bases(tenant, followers_workspace, {followers_row(number, std::move(now))});
}

void remember_returned(store::store& s, tenant_id const& tenant, std::string const& number,
    json::object const& before, json::object const& pins, json::object const& followers)
{
    known_pins const known(s, tenant, number);
    std::set<std::string, std::less<>> following; // agents, until now
    for_each_pin(before, [&](std::string_view, json::value const& pin) {
        auto const agent = pin.string_at("agent_id");
        if (known.follows(agent, pin.int_at("agent_version", -1))) following.emplace(agent);
    });
    auto now = followers_among(pins, [&](std::string_view agent, std::int64_t version) {
        auto const* const earlier = followers.find(agent);
        return following.contains(agent) || (earlier && has_version(*earlier, version));
    });
    s.put_bases(tenant, followers_workspace, {followers_row(number, std::move(now))});
}

} // namespace detail
} // namespace trunkline::sync
