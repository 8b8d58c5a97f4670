#include "sync/number_mover.hpp"

namespace trunkline::sync::detail {

json::object moved_pins(json::object const& pins, std::string_view agent_id,
    std::function<bool(std::int64_t)> const& from, std::int64_t to)
{
    json::object out = pins;
    for (auto& m : out) {
        if (!m.val.is_array()) continue;
        for (auto& pin : m.val.as_array()) {
            auto* const version = pin.find("agent_version");
            if (pin.string_at("agent_id") == agent_id && version && version->is_number() &&
                from(version->int_or(-1)))
                *version = to;
        }
    }
    return out;
}

json::array pins_of_agent(json::object const& pins, std::string_view agent_id)
{
    json::array out;
    for (auto const& m : pins) {
        if (!m.val.is_array()) continue;
        for (auto const& pin : m.val.as_array()) {
            if (pin.string_at("agent_id") != agent_id) continue;
            json::object entry;
            entry.set("member", m.key.text());
            entry.set("pin", pin);
            out.push_back(std::move(entry));
        }
    }
    return out;
}

} // namespace trunkline::sync::detail
