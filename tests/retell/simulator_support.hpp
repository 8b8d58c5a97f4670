#pragma once

#include <doctest/doctest.h>

#include <trunkline/retell/simulator.hpp>

#include <string>
#include <string_view>

namespace trunkline::retell {

/// A simulator on virtual time with a client of few words.
class simulated_account {
public:
    explicit simulated_account(simulator_options options = {}) : sim(std::move(options), time) {}

    http::reply send(std::string_view method, std::string_view target, json::value const& body = {},
        std::string_view key = "k")
    {
        http::request r;
        r.method = method;
        r.target = target;
        if (!key.empty()) r.headers.set("authorization", "Bearer " + std::string(key));
        if (!body.is_null()) r.body = json::to_text(body);
        return sim.handle(r);
    }
    /// The JSON of an answer that must have this status.
    json::value expect(
        int status, std::string_view method, std::string_view target, json::value const& body = {})
    {
        auto const reply = send(method, target, body);
        INFO(method << ' ' << target << ": " << reply.body);
        REQUIRE(reply.status == status);
        return reply.body.empty() ? json::value() : json::parse(reply.body);
    }
    json::value get(std::string_view target) { return expect(200, "GET", target); }
    /// The message of a refused request that must have this status.
    std::string refused(
        int status, std::string_view method, std::string_view target, json::value const& body = {})
    {
        auto const answer = expect(status, method, target, body);
        return std::string(answer.string_at("message"));
    }

    std::string make_llm(
        json::object body = {{"general_prompt", "Hello"}, {"start_speaker", "agent"}})
    {
        return std::string(expect(201, "POST", "/create-retell-llm", body).string_at("llm_id"));
    }
    std::string make_flow()
    {
        return std::string(expect(201, "POST", "/create-conversation-flow", flow())
                               .string_at("conversation_flow_id"));
    }
    static json::value flow()
    {
        return json::parse(R"({"model_choice":{"type":"cascading","model":"gpt-4.1"},)"
                           R"("start_speaker":"agent","nodes":[{"id":"start","type":"end"}]})");
    }
    std::string make_agent(std::string_view llm, std::string_view name = "Reception")
    {
        json::object const engine{{"type", "retell-llm"}, {"llm_id", llm}};
        json::object const body{
            {"voice_id", "retell-Cimo"}, {"agent_name", name}, {"response_engine", engine}};
        return std::string(expect(201, "POST", "/create-agent", body).string_at("agent_id"));
    }
    void publish(std::string const& agent, int version)
    {
        expect(200, "POST", "/publish-agent-version/" + agent, json::object{{"version", version}});
    }
    json::value fork(std::string const& agent, int base)
    {
        return expect(
            201, "POST", "/create-agent-version/" + agent, json::object{{"base_version", base}});
    }
    json::value agent(std::string const& id, std::string_view version = {})
    {
        return get("/get-agent/" + id + (version.empty() ? "" : "?version=" + std::string(version)));
    }
    json::value llm(std::string const& id, std::string_view version = {})
    {
        return get(
            "/get-retell-llm/" + id + (version.empty() ? "" : "?version=" + std::string(version)));
    }

    virtual_time time;
    simulator sim;
};

inline std::int64_t engine_version(json::value const& agent)
{
    return agent.at_or_null("response_engine").int_at("version");
}

} // namespace trunkline::retell
