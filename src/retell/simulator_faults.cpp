#include "simulator_faults.hpp"

#include <array>

namespace trunkline::retell::simulation {

namespace {

constexpr std::array<std::string_view, 8> action_names{"status", "delay", "reset_before_commit",
    "reset_after_commit", "empty_body", "cut_body", "hang", "edit"};

fault_action parse_action(std::string_view name)
{
    auto const i = std::ranges::find(action_names, name);
    if (i == action_names.end()) refuse(400, "Unknown fault action '" + std::string(name) + "'");
    return static_cast<fault_action>(i - action_names.begin());
}

std::uint64_t counter(json::value const& v, std::string_view name, std::int64_t least)
{
    auto const n = v.find(name) ? v.int_at(name, -1) : 1;
    if (n < least) refuse(400, "match." + std::string(name) + " is out of range");
    return static_cast<std::uint64_t>(n);
}

void check_members(json::value const& v, std::initializer_list<std::string_view> known)
{
    if (!v.is_object()) refuse(400, "A fault and its match must be JSON objects");
    for (auto const& m : v.as_object())
        if (std::ranges::find(known, m.key) == known.end())
            refuse(400, "Unknown member '" + m.key + "' in a fault");
}

void read_retry_after(fault& f, json::value const& v)
{
    if (v.is_null()) return;
    f.headers.set("Retry-After", v.is_number() ? json::value(v.as_number().text()) : v);
}

} // namespace

fault fault::from_json(json::value const& v)
{
    check_members(v,
        {"match", "action", "commit", "status", "body", "delay_ms", "retry_after", "headers",
            "edit"});
    fault f;
    f.action = parse_action(v.string_at("action"));
    if (json::value const* match = v.find("match")) {
        check_members(*match, {"method", "path", "nth", "count"});
        f.method = match->string_at("method");
        f.path = match->string_at("path");
        f.nth = counter(*match, "nth", 1);
        f.count = counter(*match, "count", 0);
    }
    f.commit = v.bool_at("commit");
    f.status = static_cast<int>(v.int_at("status", 500));
    if (f.status < 100 || f.status > 599) refuse(400, "status must be between 100 and 599");
    json::value const& content = v.at_or_null("body");
    f.body = content.is_string() ? content.as_string()
        : content.is_null()      ? R"({"status":"error","message":"Injected by the simulator"})"
                                 : json::to_text(content);
    constexpr std::int64_t longest = 86'400'000;
    auto const delay = v.int_at("delay_ms", 0);
    if (delay < 0 || delay > longest) refuse(400, "delay_ms must be milliseconds, a day at most");
    f.delay = std::chrono::milliseconds(delay);
    if (json::value const* more = v.find("headers"); more && more->is_object())
        f.headers = more->as_object();
    read_retry_after(f, v.at_or_null("retry_after"));
    f.edit = v.at_or_null("edit");
    return f;
}

std::string_view fault::action_name() const noexcept
{
    return action_names[static_cast<std::size_t>(action)];
}

json::value fault::to_json() const
{
    json::object match;
    if (!method.empty()) match.set("method", method);
    if (!path.empty()) match.set("path", path);
    match.set("nth", nth);
    match.set("count", count);
    return json::object{{"action", action_name()}, {"match", std::move(match)}, {"commit", commit},
        {"status", status}, {"delay_ms", delay.count()}, {"matched", matched}, {"fired", fired}};
}

json::value fault_plan::to_json() const
{
    json::array out;
    for (auto const& f : faults_) out.push_back(f.to_json());
    return json::object{{"faults", std::move(out)}};
}

fault const* fault_plan::strike(std::string_view method, std::string_view target)
{
    fault* due = nullptr;
    for (fault& f : faults_) {
        bool const matches = (f.method.empty() || f.method == method) &&
            (f.path.empty() || target.find(f.path) != target.npos);
        if (!matches) continue;
        ++f.matched;
        bool const in_window = f.matched >= f.nth && (f.count == 0 || f.matched < f.nth + f.count);
        if (in_window && !due) due = &f;
    }
    if (due) ++due->fired;
    return due;
}

} // namespace trunkline::retell::simulation
