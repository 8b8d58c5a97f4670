#pragma once

#include "telephony_support.hpp"

#include <trunkline/retell/webhook_signature.hpp>

#include <functional>

namespace trunkline::retell {

/// An account whose deliveries somebody receives, on virtual time.
class heard_account : public telephone_account {
public:
    static simulator_options options_with(simulator_options o = {})
    {
        o.webhooks.url = "http://127.0.0.1:9/hook";
        if (o.webhooks.keys.empty()) o.webhooks.keys = {"key_webhook"};
        return o;
    }
    explicit heard_account(simulator_options o = {}) : telephone_account(options_with(std::move(o)))
    {}

    /// Goes from one thing that happens to the next, for so long, and answers each delivery.
    void listen(std::chrono::milliseconds for_so_long)
    {
        auto const until = time.unix_ms() + for_so_long.count();
        for (;;) {
            for (auto const& d : sim.take_deliveries()) {
                heard.push_back(d);
                heard_at.push_back(time.unix_ms());
                sim.settle(d, answer(d));
            }
            auto const next = sim.next_due();
            if (!next || *next > until) break;
            time.advance(
                std::chrono::milliseconds(std::max<std::int64_t>(0, *next - time.unix_ms())));
        }
        time.advance(std::chrono::milliseconds(until - time.unix_ms()));
        sim.advance();
    }
    std::vector<std::string> events() const
    {
        std::vector<std::string> out;
        for (auto const& d : heard) out.push_back(d.event);
        return out;
    }
    std::size_t count(std::string_view event) const
    {
        return static_cast<std::size_t>(std::ranges::count(heard, event, &webhook_delivery::event));
    }
    signature_result verify(webhook_delivery const& d, std::string_view key = "key_webhook")
    {
        return verify_signature(d.body, d.headers.get(signature_header), key, time.unix_ms()).result;
    }
    void set_webhooks(json::object options)
    {
        expect(200, "POST", "/__simulator/options", json::object{{"webhooks", std::move(options)}});
    }
    json::value report() { return get("/__simulator/deliveries"); }

    std::function<webhook_outcome(webhook_delivery const&)> answer = [](auto const&) {
        return webhook_outcome(204, "");
    };
    std::vector<webhook_delivery> heard;
    std::vector<std::int64_t> heard_at;
};

} // namespace trunkline::retell
