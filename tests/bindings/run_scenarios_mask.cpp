// The steps of maskers and webhooks.
#include "run_scenarios.hpp"

#include <trunkline/retell/webhook_signature.hpp>

#include <array>

namespace scenarios {

namespace {

constexpr std::array<std::string_view, 6> zones{
    "log", "error", "api", "webhook_out", "export", "transcript"};

json::value error_of(trunkline::mask_status s)
{
    return json::object{
        {"error", s == trunkline::mask_status::limit ? "masker_limit" : "masker_internal"}};
}

trunkline::mask_zone zone_in(json::value const& step)
{
    auto const n = index_of(step.at_or_null("zone"), zones);
    return static_cast<trunkline::mask_zone>(n);
}

} // namespace

json::value host::mask(std::string_view what, json::value const& step)
{
    using trunkline::mask_status;
    if (what == "open") {
        auto policy = std::string(step.string_at("policy_text"));
        if (auto const* const p = step.find("policy")) policy = json::to_text(*p);
        maskers_.insert_or_assign(required_in(step, "as"),
            trunkline::masker(policy.empty() ? trunkline::mask_policy::defaults()
                                             : trunkline::mask_policy::from_json(policy)));
        return true;
    }
    auto const on = step.string_at("on"), text = step.string_at("text");
    if (what == "text") {
        auto const r = in(maskers_, on).mask(text, zone_in(step));
        if (r.status != mask_status::done) {
            auto out = error_of(r.status);
            out.make_object().set("text", r.output);
            return out;
        }
        return json::object{{"text", r.text(text)}, {"changed", !r.unchanged()}};
    }
    if (what == "register_secret") {
        in(maskers_, on).register_secret(step.string_at("secret"));
        return {};
    }
    if (what == "totals") {
        auto const& m = in(maskers_, on);
        return json::object{{"found", m.totals().total()}, {"failed", m.failures()}};
    }
    if (what == "stream_open") {
        streams_.insert_or_assign(
            required_in(step, "as"), trunkline::mask_stream(in(maskers_, on), zone_in(step)));
        return true;
    }
    auto& s = in(streams_, on);
    std::string out;
    if (what == "stream_feed") {
        auto const st = s.feed(text, out);
        return st == mask_status::done ? json::value(out) : error_of(st);
    }
    if (what == "stream_flush") {
        auto const st = s.flush(out);
        return st == mask_status::done ? json::value(out) : error_of(st);
    }
    if (what != "stream_cut") throw std::logic_error("no such step");
    auto const cut = static_cast<std::size_t>(step.int_at("bytes"));
    for (std::size_t at = 0; at < text.size(); at += cut)
        if (auto const st = s.feed(text.substr(at, cut), out); st != mask_status::done)
            return error_of(st);
    auto const st = s.flush(out);
    return st == mask_status::done ? json::value(out) : error_of(st);
}

json::value host::webhook(std::string_view what, json::value const& step)
{
    auto const body = step.string_at("body");
    auto const now = step.int_at("now_ms");
    if (what == "sign") {
        auto const header = trunkline::retell::make_signature(body, step.string_at("key"), now);
        if (auto const as = step.string_at("as"); !as.empty()) texts_[std::string(as)] = header;
        return header;
    }
    std::vector<std::string_view> keys;
    for (auto const& k : step.at_or_null("keys").as_array()) keys.push_back(k.string_or(""));
    auto const from = step.string_at("signed");
    auto const header = from.empty() ? std::string(step.string_at("header")) : in(texts_, from);
    std::chrono::milliseconds const tolerance(int_in(step, "tolerance_ms",
        std::chrono::milliseconds(trunkline::retell::signature_tolerance).count()));
    auto const check = trunkline::retell::verify_signature(body, header, keys, now, tolerance);
    return trunkline::retell::name(check.result);
}

} // namespace scenarios
