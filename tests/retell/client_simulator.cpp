#include "client_support.hpp"

#include <trunkline/core/time.hpp>
#include <trunkline/retell/simulator.hpp>

using namespace client_test;

// The client and the simulator were written from the same facts, but not from each other.

namespace {

class simulated : public bench {
public:
    simulated() : bench([this](http::request const& r, std::size_t) { return service.handle(r); })
    {}

    json::value done(call c)
    {
        auto const o = start(std::move(c));
        REQUIRE_MESSAGE(finish(o) == "success", o->diag.message);
        return std::move(o->result.body);
    }

    virtual_time time;
    simulator service{simulator_options(), time};
};

json::value parsed(char const* text)
{
    return json::parse(text);
}

} // namespace

TEST_CASE("client and simulator: draft, edit, publish, branch, pin")
{
    simulated s;
    auto const llm =
        s.done(create_llm(parsed(R"({"general_prompt":"Guten Tag","model":"gpt-4.1"})")));
    auto const llm_id = std::string(llm.string_at("llm_id"));
    auto agent_body = parsed(R"({"voice_id":"11labs-Lena","agent_name":"Empfang"})");
    agent_body.as_object().set("response_engine",
        json::object{{"type", json::value("retell-llm")}, {"llm_id", json::value(llm_id)}});
    auto const agent = s.done(create_agent(agent_body));
    auto const id = std::string(agent.string_at("agent_id"));
    REQUIRE(agent.int_at("version") == 0);

    s.done(update_llm(llm_id, 0, parsed(R"({"general_prompt":"Grüß Gott"})")));
    CHECK(s.done(publish_agent_version(id, 0)).is_null());
    CHECK(s.done(get_agent(id, version_ref::latest_published())).bool_at("is_published"));
    CHECK(s.done(get_llm(llm_id, 0)).string_at("general_prompt") == "Grüß Gott");

    auto const draft = s.done(create_agent_version(id, 0));
    CHECK(draft.int_at("version") == 1);
    s.done(update_agent(id, 1, parsed(R"({"voice_speed":1.10})")));
    s.done(publish_agent_version(id, 1, "Zweite"));
    auto const versions = s.start_list(list_agent_versions(id));
    CHECK(s.finish(versions) == "success");
    CHECK(versions->result.size() == 2);

    auto number = parsed(R"({"phone_number":"+4930901820","termination_uri":"sip.example"})");
    s.done(import_phone_number(number));
    auto pin = parsed(R"({"inbound_agents":[{"weight":1,"agent_version":1}]})");
    pin.as_object().find("inbound_agents")->as_array()[0].as_object().set("agent_id", json::value(id));
    s.done(update_phone_number("+4930901820", pin));
    CHECK(s.done(get_phone_number("+4930901820"))
              .at_or_null("inbound_agents")
              .as_array()
              .at(0)
              .int_at("agent_version") == 1);
}

TEST_CASE("client and simulator: refusals mean the same to both")
{
    simulated s;
    CHECK(s.run(get_agent("agent_none", 0)) == "not_found");
    CHECK(s.run(get_llm("llm_none", 0)) == "not_found");
    CHECK(s.run(get_flow("conversation_flow_none", 0)) == "not_found");
    CHECK(s.run(get_phone_number("+10000000000")) == "not_found");
    CHECK(s.run(delete_agent("agent_none")) == "not_found");
    CHECK(s.run(create_agent(json::object())) == "bad_request");

    auto const llm = s.done(create_llm(json::object()));
    auto const llm_id = std::string(llm.string_at("llm_id"));
    auto body = parsed(R"({"voice_id":"11labs-Lena"})");
    body.as_object().set("response_engine",
        json::object{{"type", json::value("retell-llm")}, {"llm_id", json::value(llm_id)}});
    auto const id = std::string(s.done(create_agent(body)).string_at("agent_id"));
    CHECK(s.run(get_agent(id, 5)) == "not_found");
    s.done(publish_agent_version(id, 0));
    auto const frozen = s.start(update_agent(id, 0, parsed(R"({"voice_speed":2})")));
    CHECK(s.finish(frozen) == "unprocessable");
    CHECK(frozen->diag.message.find("Cannot update published agent") != std::string::npos);
    CHECK(s.run(update_llm(llm_id, 0, parsed(R"({"general_prompt":"x"})"))) == "bad_request");
}

TEST_CASE("client and simulator: every list is walked to its end")
{
    simulated s;
    for (int i = 0; i < 12; ++i) s.done(create_llm(json::object()));
    auto listed = list_llms();
    listed.args.set("limit", 5);
    auto const o = s.start_list(listed);
    CHECK(s.finish(o) == "success");
    CHECK(o->result.size() == 12);
    for (auto const& c : {list_agents(), list_flows(), list_phone_numbers()})
        CHECK(s.finish(s.start_list(c)) == "success");
}

TEST_CASE("client and simulator: a rate limit nobody told us about slows down, it does not fail")
{
    bench b([](auto const&, auto) { return reply(500); });
    simulator_options limited;
    limited.rate_limit = 40; // and as many at once
    simulator service(limited, system_time::instance());
    b.server = std::make_unique<http::server>(b.ctx.get_executor(), http::server_options(),
        [&](http::request const& r, auto respond) { respond(service.handle(r)); });
    b.options.base_url = b.server->url();
    b.options.concurrency = 16;
    b.options.max_attempts =
        10; // how many a call needs depends on the machine; that few are sent does not
    std::vector<std::shared_ptr<ended<std::vector<json::value>>>> calls;
    for (int i = 0; i < 60; ++i) calls.push_back(b.start_list(list_llms()));
    for (auto const& o : calls) CHECK(b.finish(o) == "success");
    CHECK(b.client().requests_sent() > 60);
    CHECK(b.client().requests_sent() < 100);
}
