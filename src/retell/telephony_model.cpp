#include "telephony_model.hpp"

namespace trunkline::retell::simulation {

std::string_view name(call_phase p) noexcept
{
    switch (p) {
    case call_phase::registered: return "registered";
    case call_phase::asking: return "asking";
    case call_phase::waiting: return "waiting";
    case call_phase::dialing: return "dialing";
    case call_phase::talking: return "talking";
    case call_phase::ended: return "ended";
    }
    return {};
}

std::string_view name(call_act a) noexcept
{
    switch (a) {
    case call_act::connect: return "connect";
    case call_act::admit: return "admit";
    case call_act::speak: return "speak";
    case call_act::bridge: return "bridge";
    case call_act::end_leg: return "end_leg";
    case call_act::cut: return "cut";
    case call_act::expire: return "expire";
    case call_act::analyze: return "analyze";
    }
    return {};
}

std::int64_t call_record::due() const noexcept
{
    auto const first = std::ranges::min_element(plan, {}, &planned_act::at);
    return first == plan.end() ? never : first->at;
}

std::int64_t chat_record::due() const noexcept
{
    auto const next = [](std::int64_t at) { return at ? at : never; };
    return std::min(next(closes), next(analyzed));
}

} // namespace trunkline::retell::simulation
