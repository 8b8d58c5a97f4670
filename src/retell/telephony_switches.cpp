#include "telephony_switches.hpp"
#include "simulator_model.hpp"

#include <concepts>

namespace trunkline::retell::simulation {

namespace {

void read_switch(bool& into, json::value const& v, std::string_view name)
{
    if (!v.is_bool()) refuse(400, "calls." + std::string(name) + " must be true or false");
    into = v.as_bool();
}

void read_switch(double& into, json::value const& v, std::string_view name)
{
    if (!v.is_number() || !(v.as_number().to_double() > 0))
        refuse(400, "calls." + std::string(name) + " must be a positive number");
    into = v.as_number().to_double();
}

template <std::unsigned_integral Count>
void read_switch(Count& into, json::value const& v, std::string_view name)
{
    auto const n = v.int_or(-1);
    if (n < 0 || n > UINT32_MAX)
        refuse(400, "calls." + std::string(name) + " must be a non-negative integer");
    into = static_cast<Count>(n);
}

class switch_row {
public:
    std::string_view name;
    json::value (*get)(call_options const&);
    void (*set)(call_options&, json::value const&, std::string_view name);
};

template <auto Member>
constexpr switch_row switch_of(std::string_view name)
{
    return {name, [](call_options const& o) { return json::value(o.*Member); },
        [](call_options& o, json::value const& v, std::string_view n) {
            read_switch(o.*Member, v, n);
        }};
}

constexpr switch_row switch_rows[] = {
    switch_of<&call_options::concurrency_limit>("concurrency_limit"),
    switch_of<&call_options::reserved_inbound>("reserved_inbound"),
    switch_of<&call_options::concurrency_burst>("concurrency_burst"),
    switch_of<&call_options::speed>("speed"),
    switch_of<&call_options::web_calls_join>("web_calls_join"),
    switch_of<&call_options::legacy_web_calls>("legacy_web_calls"),
    switch_of<&call_options::legacy_call_list>("legacy_call_list"),
    switch_of<&call_options::update_live_calls>("update_live_calls"),
    switch_of<&call_options::history>("history"),
};

} // namespace

json::value call_options_to_json(call_options const& options)
{
    json::object out;
    for (auto const& row : switch_rows) out.set(row.name, row.get(options));
    return out;
}

call_options changed_call_options(call_options options, json::value const& wanted)
{
    if (!wanted.is_object()) refuse(400, "calls must be a JSON object");
    for (auto const& m : wanted.as_object()) {
        auto const row = std::ranges::find(switch_rows, m.key, &switch_row::name);
        if (row == std::end(switch_rows)) refuse(400, "Unknown option 'calls." + m.key + "'");
        row->set(options, m.val, m.key);
    }
    return options;
}

} // namespace trunkline::retell::simulation
