#pragma once

#include "simulator_support.hpp"

namespace trunkline::retell {

/// An account with one published agent and a number that it answers and calls from.
class telephone_account : public simulated_account {
public:
    explicit telephone_account(simulator_options options = {})
        : simulated_account(std::move(options)),
          llm_id(make_llm({{"begin_message", "Practice {{name}}, hello."}})),
          agent_id(make_agent(llm_id))
    {
        publish(agent_id, 0);
        json::array const agents{json::object{{"agent_id", agent_id}, {"weight", 1}}};
        expect(201, "POST", "/import-phone-number",
            json::object{{"phone_number", number}, {"termination_uri", "sip.example"},
                {"inbound_agents", agents}, {"outbound_agents", agents}});
    }

    json::value call(std::string_view id) { return get("/v2/get-call/" + std::string(id)); }
    std::string dial(json::object body = {})
    {
        body.set("from_number", number);
        body.set("to_number", "+12137774445");
        return std::string(expect(201, "POST", "/v2/create-phone-call", body).string_at("call_id"));
    }
    /// Lets a call begin by the control path and gives its id.
    std::string begin(json::object what)
    {
        if (!what.contains("from_number")) what.set("from_number", "+491701234567");
        if (!what.contains("to_number")) what.set("to_number", number);
        return std::string(expect(200, "POST", "/__simulator/calls", what).string_at("call_id"));
    }
    void wait(std::chrono::milliseconds t) { time.advance(t); }
    void set_calls(json::object options)
    {
        expect(200, "POST", "/__simulator/options", json::object{{"calls", std::move(options)}});
    }

    static constexpr std::string_view number = "+14157774444";
    std::string llm_id, agent_id;
};

inline json::object said(std::string_view who, std::string_view text)
{
    return {{"say", who}, {"text", text}};
}

} // namespace trunkline::retell
