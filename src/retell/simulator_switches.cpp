#include "simulator_switches.hpp"

#include "simulator_model.hpp"
#include "telephony_switches.hpp"

namespace trunkline::retell::simulation {

namespace {

bool to_flag(json::value const& v)
{
    if (!v.is_bool()) refuse(400, "This option must be true or false");
    return v.as_bool();
}

std::int64_t to_count(json::value const& v)
{
    auto const n = v.int_or(-1);
    if (n < 0) refuse(400, "This option must be a non-negative integer");
    return n;
}

double to_rate(json::value const& v)
{
    if (!v.is_number() || v.as_number().to_double() < 0)
        refuse(400, "This option must be a non-negative number");
    return v.as_number().to_double();
}

constexpr std::string_view publish_names[] = {"chunked_empty", "length_zero", "no_content"};

publish_answer to_publish_answer(json::value const& v)
{
    auto const i = std::ranges::find(publish_names, v.string_or({}));
    if (i == std::end(publish_names))
        refuse(400, "publish must be chunked_empty, length_zero or no_content");
    return static_cast<publish_answer>(i - std::begin(publish_names));
}

std::string to_string_option(json::value const& v)
{
    if (!v.is_string()) refuse(400, "This option must be a string");
    return v.as_string();
}

constexpr std::string_view removed_names[] = {"not_found", "gone", "answering"};

removed_paths to_removed_paths(json::value const& v)
{
    auto const i = std::ranges::find(removed_names, v.string_or({}));
    if (i == std::end(removed_names)) refuse(400, "removed must be not_found, gone or answering");
    return static_cast<removed_paths>(i - std::begin(removed_names));
}

/// A switch by its name: how it is read and set.
class option_row {
public:
    std::string_view name;
    json::value (*get)(simulator_options const&);
    void (*set)(simulator_options&, json::value const&);
};

template <bool simulator_options::*Member>
constexpr option_row flag_row(std::string_view name)
{
    return {name, [](simulator_options const& o) { return json::value(o.*Member); },
        [](simulator_options& o, json::value const& v) { o.*Member = to_flag(v); }};
}

template <std::chrono::milliseconds simulator_options::*Member>
constexpr option_row duration_row(std::string_view name)
{
    return {name, [](simulator_options const& o) { return json::value((o.*Member).count()); },
        [](simulator_options& o, json::value const& v) {
            o.*Member = std::chrono::milliseconds(to_count(v));
        }};
}

template <std::string simulator_options::*Member>
constexpr option_row text_row(std::string_view name)
{
    return {name, [](simulator_options const& o) { return json::value(o.*Member); },
        [](simulator_options& o, json::value const& v) { o.*Member = to_string_option(v); }};
}

constexpr option_row option_rows[] = {
    duration_row<&simulator_options::latency>("latency_ms"),
    duration_row<&simulator_options::list_delay>("list_delay_ms"),
    {"rate_limit", [](simulator_options const& o) { return json::value(o.rate_limit); },
        [](simulator_options& o, json::value const& v) { o.rate_limit = to_rate(v); }},
    {"request_log_size", [](simulator_options const& o) { return json::value(o.request_log_size); },
        [](simulator_options& o, json::value const& v) {
            o.request_log_size = static_cast<std::size_t>(to_count(v));
        }},
    flag_row<&simulator_options::default_fill>("default_fill"),
    flag_row<&simulator_options::inject_node_defaults>("inject_node_defaults"),
    flag_row<&simulator_options::keep_unknown_fields>("keep_unknown_fields"),
    flag_row<&simulator_options::strict_body>("strict_body"),
    flag_row<&simulator_options::latest_published_falls_back>("latest_published_falls_back"),
    flag_row<&simulator_options::refuse_engine_change>("refuse_engine_change"),
    flag_row<&simulator_options::check_weights>("check_weights"),
    flag_row<&simulator_options::check_cursors>("check_cursors"),
    {"webhooks", [](simulator_options const& o) { return webhook_options_to_json(o.webhooks); },
        [](simulator_options& o, json::value const& v) {
            o.webhooks = changed_webhook_options(std::move(o.webhooks), v);
        }},
    {"calls", [](simulator_options const& o) { return call_options_to_json(o.calls); },
        [](simulator_options& o, json::value const& v) {
            o.calls = changed_call_options(std::move(o.calls), v);
        }},
    duration_row<&simulator_options::test_time>("test_time_ms"),
    text_row<&simulator_options::failing_tests>("failing_tests"),
    duration_row<&simulator_options::knowledge_base_time>("knowledge_base_time_ms"),
    text_row<&simulator_options::unreadable_urls>("unreadable_urls"),
    duration_row<&simulator_options::job_time>("job_time_ms"),
    {"removed",
        [](simulator_options const& o) {
            return json::value(removed_names[static_cast<std::size_t>(o.removed)]);
        },
        [](simulator_options& o, json::value const& v) { o.removed = to_removed_paths(v); }},
    {"publish",
        [](simulator_options const& o) {
            return json::value(publish_names[static_cast<std::size_t>(o.publish)]);
        },
        [](simulator_options& o, json::value const& v) { o.publish = to_publish_answer(v); }},
};

} // namespace

json::value options_to_json(simulator_options const& options)
{
    json::object out;
    for (auto const& row : option_rows) out.set(row.name, row.get(options));
    return out;
}

/// All or nothing.
simulator_options changed_options(simulator_options options, json::value const& wanted)
{
    if (!wanted.is_object()) refuse(400, "Options must be a JSON object");
    for (auto const& m : wanted.as_object()) {
        auto const row = std::ranges::find(option_rows, m.key, &option_row::name);
        if (row == std::end(option_rows)) refuse(400, "Unknown option '" + m.key + "'");
        row->set(options, m.val);
    }
    return options;
}

} // namespace trunkline::retell::simulation
