#include "telephony_switches.hpp"
#include "simulator_model.hpp"

#include <concepts>

namespace trunkline::retell::simulation {

namespace {

void read_switch(bool& into, json::value const& v, std::string_view name)
{
    if (!v.is_bool()) refuse(400, std::string(name) + " must be true or false");
    into = v.as_bool();
}

void read_switch(std::string& into, json::value const& v, std::string_view name)
{
    if (!v.is_string()) refuse(400, std::string(name) + " must be a string");
    into = v.as_string();
}

/// Ten years each way: beyond, a clock's skew is no skew.
void read_switch(std::chrono::milliseconds& into, json::value const& v, std::string_view name)
{
    constexpr std::int64_t most = 315'360'000'000;
    auto const n = v.int_or(INT64_MAX);
    bool const any_sign = name == "clock_skew_ms";
    if (n > most || n < (any_sign ? -most : 0))
        refuse(400, std::string(name) + " must be milliseconds");
    into = std::chrono::milliseconds(n);
}

/// A factor, or a share from 0 to 1.
void read_switch(double& into, json::value const& v, std::string_view name)
{
    double const n = v.is_number() ? v.as_number().to_double() : -1;
    bool const factor = name == "speed";
    if (!(factor ? n > 0 && n <= 1e6 : n >= 0 && n <= 1))
        refuse(400,
            std::string(name) + (factor ? " must be a positive number" : " must be from 0 to 1"));
    into = n;
}

template <std::unsigned_integral Count>
void read_switch(Count& into, json::value const& v, std::string_view name)
{
    auto const n = v.int_or(-1);
    if (n < 0 || n > UINT32_MAX) refuse(400, std::string(name) + " must be a non-negative integer");
    into = static_cast<Count>(n);
}

json::value shown(std::chrono::milliseconds t)
{
    return t.count();
}
template <class T>
json::value shown(T const& v)
{
    return v;
}

template <class Options>
class switch_row {
public:
    std::string_view name;
    json::value (*get)(Options const&);
    void (*set)(Options&, json::value const&, std::string_view name);
};

template <auto Member, class Options>
constexpr switch_row<Options> switch_of(std::string_view name)
{
    return {name, [](Options const& o) { return shown(o.*Member); },
        [](Options& o, json::value const& v, std::string_view n) { read_switch(o.*Member, v, n); }};
}

template <auto Member>
constexpr switch_row<call_options> call_row(std::string_view name)
{
    return switch_of<Member, call_options>(name);
}

template <auto Member>
constexpr switch_row<webhook_options> hook_row(std::string_view name)
{
    return switch_of<Member, webhook_options>(name);
}

constexpr switch_row<call_options> call_rows[] = {
    call_row<&call_options::concurrency_limit>("concurrency_limit"),
    call_row<&call_options::reserved_inbound>("reserved_inbound"),
    call_row<&call_options::concurrency_burst>("concurrency_burst"),
    call_row<&call_options::speed>("speed"),
    call_row<&call_options::web_calls_join>("web_calls_join"),
    call_row<&call_options::legacy_web_calls>("legacy_web_calls"),
    call_row<&call_options::update_live_calls>("update_live_calls"),
    call_row<&call_options::history>("history"),
};

constexpr switch_row<webhook_options> hook_rows[] = {
    hook_row<&webhook_options::url>("url"),
    hook_row<&webhook_options::rotate_after>("rotate_after"),
    hook_row<&webhook_options::timeout>("timeout_ms"),
    hook_row<&webhook_options::retries>("retries"),
    hook_row<&webhook_options::retry_spacing>("retry_spacing_ms"),
    hook_row<&webhook_options::drop>("drop"),
    hook_row<&webhook_options::duplicate>("duplicate"),
    hook_row<&webhook_options::reorder>("reorder"),
    hook_row<&webhook_options::tamper_body>("tamper_body"),
    hook_row<&webhook_options::tamper_digest>("tamper_digest"),
    hook_row<&webhook_options::tamper_time>("tamper_time"),
    hook_row<&webhook_options::clock_skew>("clock_skew_ms"),
    hook_row<&webhook_options::repeat_analyzed>("repeat_analyzed"),
    hook_row<&webhook_options::outbox>("outbox"),
    hook_row<&webhook_options::log>("log"),
};

template <class Options, std::size_t N>
json::value all_to_json(switch_row<Options> const (&rows)[N], Options const& options)
{
    json::object out;
    for (auto const& row : rows) out.set(row.name, row.get(options));
    return out;
}

template <class Options, std::size_t N>
Options all_changed(switch_row<Options> const (&rows)[N], Options options, json::value const& wanted)
{
    if (!wanted.is_object()) refuse(400, "calls and webhooks must be JSON objects");
    for (auto const& m : wanted.as_object()) {
        auto const row = std::ranges::find(rows, m.key, &switch_row<Options>::name);
        if (row == std::end(rows)) refuse(400, "Unknown option '" + m.key + "'");
        row->set(options, m.val, m.key);
    }
    return options;
}

} // namespace

json::value call_options_to_json(call_options const& options)
{
    return all_to_json(call_rows, options);
}

call_options changed_call_options(call_options options, json::value const& wanted)
{
    return all_changed(call_rows, std::move(options), wanted);
}

json::value webhook_options_to_json(webhook_options const& options)
{
    return all_to_json(hook_rows, options);
}

webhook_options changed_webhook_options(webhook_options options, json::value const& wanted)
{
    return all_changed(hook_rows, std::move(options), wanted);
}

} // namespace trunkline::retell::simulation
