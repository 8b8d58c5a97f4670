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

/// Ten years at most: beyond, times do not fit the clock.
std::chrono::milliseconds to_duration(json::value const& v)
{
    constexpr std::int64_t most = 315'360'000'000;
    auto const n = v.int_or(-1);
    if (n < 0 || n > most) refuse(400, "This option must be milliseconds, ten years at most");
    return std::chrono::milliseconds(n);
}

double to_rate(json::value const& v)
{
    if (!v.is_number() || v.as_number().to_double() < 0)
        refuse(400, "This option must be a non-negative number");
    return v.as_number().to_double();
}

std::string to_string_option(json::value const& v)
{
    if (!v.is_string()) refuse(400, "This option must be a string");
    return v.as_string();
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
        [](simulator_options& o, json::value const& v) { o.*Member = to_duration(v); }};
}

template <std::string simulator_options::*Member>
constexpr option_row text_row(std::string_view name)
{
    return {name, [](simulator_options const& o) { return json::value(o.*Member); },
        [](simulator_options& o, json::value const& v) { o.*Member = to_string_option(v); }};
}

constexpr std::string_view publish_names[] = {"chunked_empty", "length_zero", "no_content"};
constexpr std::string_view removed_names[] = {"not_found", "gone", "answering"};
constexpr std::string_view error_names[] = {"as_seen", "message", "error_message"};

/// An enumeration; the names are in its order.
template <auto Member, auto const& Names>
constexpr option_row choice_row(std::string_view name)
{
    return {name,
        [](simulator_options const& o) {
            return json::value(Names[static_cast<std::size_t>(o.*Member)]);
        },
        [](simulator_options& o, json::value const& v) {
            auto const i = std::ranges::find(Names, v.string_or({}));
            if (i == std::end(Names)) refuse(400, "This option has no such value");
            o.*Member =
                static_cast<std::remove_reference_t<decltype(o.*Member)>>(i - std::begin(Names));
        }};
}

/// The status of an error.
template <int simulator_options::*Member>
constexpr option_row status_row(std::string_view name)
{
    return {name, [](simulator_options const& o) { return json::value(o.*Member); },
        [](simulator_options& o, json::value const& v) {
            auto const n = to_count(v);
            if (n != 400 && n != 404 && n != 422) refuse(400, "This option is 400, 404 or 422");
            o.*Member = static_cast<int>(n);
        }};
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
    choice_row<&simulator_options::removed, removed_names>("removed"),
    choice_row<&simulator_options::publish, publish_names>("publish"),
    choice_row<&simulator_options::errors, error_names>("errors"),
    flag_row<&simulator_options::refuse_read_only>("refuse_read_only"),
    flag_row<&simulator_options::deep_patch>("deep_patch"),
    flag_row<&simulator_options::check_if_match>("check_if_match"),
    flag_row<&simulator_options::collapse_language>("collapse_language"),
    flag_row<&simulator_options::mask_secrets>("mask_secrets"),
    flag_row<&simulator_options::rate_limit_headers>("rate_limit_headers"),
    flag_row<&simulator_options::other_success>("other_success"),
    flag_row<&simulator_options::unpinned_runs_published>("unpinned_runs_published"),
    status_row<&simulator_options::unknown_tag_status>("unknown_tag_status"),
    status_row<&simulator_options::attached_version_status>("attached_version_status"),
    flag_row<&simulator_options::engine_edit_moves_agent>("engine_edit_moves_agent"),
    flag_row<&simulator_options::new_version_moves_agent>("new_version_moves_agent"),
    flag_row<&simulator_options::publish_moves_agent>("publish_moves_agent"),
    flag_row<&simulator_options::version_delete_moves_agent>("version_delete_moves_agent"),
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
