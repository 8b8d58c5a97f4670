#include <trunkline/sync/release.hpp>

#include <algorithm>
#include <array>

namespace trunkline::sync {
namespace {

constexpr std::array<std::pair<unit_state, std::string_view>, 8> state_names{{
    {unit_state::pending, "pending"},
    {unit_state::running, "running"},
    {unit_state::done, "done"},
    {unit_state::conflict, "conflict"},
    {unit_state::failed, "failed"},
    {unit_state::skipped, "skipped"},
    {unit_state::interrupted, "interrupted"},
    {unit_state::abandoned, "abandoned"},
}};

constexpr unit_action all_actions[] = {unit_action::release, unit_action::create_engine,
    unit_action::create_agent, unit_action::update_engine, unit_action::update_number,
    unit_action::link, unit_action::remove, unit_action::build_knowledge};

json::object object_at(json::value const& v, std::string_view key)
{
    auto const* const found = v.find(key);
    return found && found->is_object() ? found->as_object() : json::object{};
}

} // namespace

std::string_view name(unit_state s) noexcept
{
    for (auto const& [state, text] : state_names)
        if (state == s) return text;
    return {};
}

std::string draft_removal(std::string_view agent_id, std::int64_t version)
{
    return "trunkline call delete-agent-version '{\"agent_id\":\"" + std::string(agent_id) +
        "\",\"version\":" + std::to_string(version) + "}'";
}

json::value to_json(unit_result const& r)
{
    json::object o;
    o.set("unit", r.name);
    o.set("action", name(r.action));
    o.set("state", name(r.state));
    o.set("step", r.step);
    o.set("message", r.message);
    o.set("id", r.id);
    o.set("before_version", r.before_version);
    o.set("after_version", r.after_version);
    o.set("engine_id", r.engine_id);
    o.set("engine_before", r.engine_before);
    o.set("engine_after", r.engine_after);
    o.set("live", r.live);
    json::array numbers;
    for (auto const& n : r.numbers) {
        json::object e;
        e.set("number", n.number);
        e.set("before", n.before);
        e.set("after", n.after);
        numbers.push_back(std::move(e));
    }
    o.set("numbers", std::move(numbers));
    o.set("fields_before", r.fields_before);
    o.set("fields_after", r.fields_after);
    json::array orphans;
    for (auto const v : r.orphans) orphans.push_back(v);
    o.set("orphans", std::move(orphans));
    return o;
}

unit_result unit_result_from(json::value const& v)
{
    unit_result r;
    r.name = v.string_at("unit");
    for (auto const a : all_actions)
        if (name(a) == v.string_at("action")) r.action = a;
    for (auto const& [state, text] : state_names)
        if (text == v.string_at("state")) r.state = state;
    r.step = v.string_at("step");
    r.message = v.string_at("message");
    r.id = v.string_at("id");
    r.before_version = v.int_at("before_version");
    r.after_version = v.int_at("after_version");
    r.engine_id = v.string_at("engine_id");
    r.engine_before = v.int_at("engine_before");
    r.engine_after = v.int_at("engine_after");
    r.live = v.bool_at("live");
    if (auto const& numbers = v.at_or_null("numbers"); numbers.is_array())
        for (auto const& n : numbers.as_array()) {
            moved_number m;
            m.number = n.string_at("number");
            m.before = object_at(n, "before");
            m.after = object_at(n, "after");
            r.numbers.push_back(std::move(m));
        }
    r.fields_before = object_at(v, "fields_before");
    r.fields_after = object_at(v, "fields_after");
    if (auto const& orphans = v.at_or_null("orphans"); orphans.is_array())
        for (auto const& version : orphans.as_array()) r.orphans.push_back(version.int_or(-1));
    return r;
}

std::vector<unit_result> results_of(store::release_row const& release)
{
    std::vector<unit_result> out;
    if (auto const& units = release.result.at_or_null("units"); units.is_array())
        for (auto const& u : units.as_array()) out.push_back(unit_result_from(u));
    return out;
}

} // namespace trunkline::sync
