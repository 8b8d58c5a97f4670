// What may go wrong between the service and a receiver, each by its switch.

#include "telephony_receiver.hpp"

#include <set>

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;

namespace {

/// Twenty calls with these webhook options.
class twenty_calls : public heard_account {
public:
    explicit twenty_calls(json::object webhooks, simulator_options o = {})
        : heard_account(std::move(o))
    {
        set_calls({{"concurrency_limit", 1'000}});
        set_webhooks(std::move(webhooks));
        for (int i = 0; i < 20; ++i) begin({});
        listen(2min);
    }
    std::size_t with(signature_result wanted)
    {
        std::size_t n = 0;
        for (std::size_t i = 0; i < heard.size(); ++i)
            n += verify_signature(heard[i].body, heard[i].headers.get(signature_header),
                     std::string_view("key_webhook"), heard_at[i])
                     .result == wanted;
        return n;
    }
};

} // namespace

TEST_CASE("simulated trouble: without it sixty events come, in order, and all verify")
{
    twenty_calls calm({});
    CHECK(calm.heard.size() == 60);
    CHECK(calm.with(signature_result::ok) == 60);
    std::map<std::string, std::string> last;
    for (auto const& d : calm.heard) {
        auto const& before = last[d.conversation];
        CHECK(before ==
            (d.event == "call_started"        ? ""
                    : d.event == "call_ended" ? "call_started"
                                              : "call_ended"));
        last[d.conversation] = d.event;
    }
}

TEST_CASE("simulated trouble: events are lost, doubled and late by their shares")
{
    twenty_calls lossy({{"drop", 0.5}});
    CHECK(lossy.heard.size() > 15);
    CHECK(lossy.heard.size() < 45);
    twenty_calls gone({{"drop", 1}});
    CHECK(gone.heard.empty());
    twenty_calls doubled({{"duplicate", 1}});
    CHECK(doubled.heard.size() == 120);
    std::set<std::string> bodies;
    for (auto const& d : doubled.heard) bodies.insert(d.body);
    CHECK(bodies.size() == 60); // the same bytes twice
    twenty_calls late({{"reorder", 0.5}});
    CHECK(late.heard.size() == 60);
    bool out_of_order = false;
    std::map<std::string, bool> ended;
    for (auto const& d : late.heard) {
        if (d.event == "call_ended") ended[d.conversation] = true;
        out_of_order |= d.event == "call_analyzed" && !ended[d.conversation];
    }
    CHECK(out_of_order);
}

TEST_CASE("simulated trouble: tampering is noticed, each kind")
{
    for (auto const* kind : {"tamper_body", "tamper_digest", "tamper_time"}) {
        INFO(kind);
        twenty_calls forged({{kind, 1}});
        CHECK(forged.with(signature_result::mismatch) == 60);
        for (auto const& d : forged.heard) json::parse(d.body); // it is still JSON
        twenty_calls rarely({{kind, 0.2}});
        CHECK(rarely.with(signature_result::mismatch) > 2);
        CHECK(rarely.with(signature_result::ok) > 30);
    }
}

TEST_CASE("simulated trouble: their clock may be wrong either way")
{
    CHECK(twenty_calls({{"clock_skew_ms", 299'000}}).with(signature_result::ok) == 60);
    CHECK(twenty_calls({{"clock_skew_ms", 300'001}}).with(signature_result::in_future) == 60);
    CHECK(twenty_calls({{"clock_skew_ms", -300'001}}).with(signature_result::expired) == 60);
}

TEST_CASE("simulated trouble: the key is changed after some signatures")
{
    simulator_options options;
    options.webhooks.keys = {"key_old", "key_webhook"};
    options.webhooks.rotate_after = 25;
    twenty_calls rotated({}, options);
    CHECK(rotated.with(signature_result::ok) == 35);
    for (std::size_t i = 0; i < 25; ++i)
        CHECK(verify_signature(rotated.heard[i].body, rotated.heard[i].headers.get(signature_header),
            std::string_view("key_old"), rotated.heard_at[i])
                  .ok());
}

TEST_CASE("simulated trouble: without a key nothing is signed")
{
    simulator_options options;
    options.webhooks.url = "http://127.0.0.1:9/hook";
    telephone_account account(options);
    account.begin({});
    account.wait(1s);
    auto const sent = account.sim.take_deliveries();
    REQUIRE(sent.size() == 1);
    CHECK_FALSE(sent[0].headers.contains(signature_header));
}

TEST_CASE("simulated trouble: the report says why no answer came")
{
    simulator_options options;
    options.webhooks.url = "http://127.0.0.1:9/hook";
    options.webhooks.retries = 1;
    telephone_account account(options);
    account.begin({});
    account.wait(1s);
    auto const sent = account.sim.take_deliveries();
    REQUIRE(sent.size() == 1);
    account.sim.settle(sent[0], webhook_outcome::failure("refused"));
    account.wait(1s);
    REQUIRE(account.sim.take_deliveries().size() == 1);
    account.wait(11s);
    account.sim.advance();
    auto const report = account.get("/__simulator/deliveries");
    auto const& attempts = report.find("attempts")->as_array();
    REQUIRE(attempts.size() == 2);
    CHECK(attempts[0].string_at("reason") == "refused");
    CHECK(attempts[1].string_at("reason") == "no answer in time");
}

TEST_CASE("simulated trouble: the same seed makes the same trouble")
{
    json::object const all{
        {"drop", 0.2}, {"duplicate", 0.2}, {"reorder", 0.2}, {"tamper_body", 0.2}};
    twenty_calls one(all), two(all);
    REQUIRE(one.heard.size() == two.heard.size());
    for (std::size_t i = 0; i < one.heard.size(); ++i) {
        CHECK(one.heard[i].body == two.heard[i].body);
        CHECK(one.heard[i].headers.get(signature_header) ==
            two.heard[i].headers.get(signature_header));
    }
}

TEST_CASE("simulated trouble: an outbox nobody empties stays bounded and loses the oldest")
{
    heard_account account;
    account.set_calls({{"concurrency_limit", 1'000}});
    account.set_webhooks({{"outbox", 50}});
    for (int i = 0; i < 40; ++i) {
        account.begin({});
        account.wait(1min);
    }
    account.get("/get-concurrency");
    auto const report = account.report();
    CHECK(report.int_at("waiting") == 50);
    CHECK(report.find("counts")->int_at("overflowed") > 60);
    account.listen(1s);
    CHECK(account.heard.size() == 50);
    CHECK(account.heard.back().event == "call_analyzed");
}
