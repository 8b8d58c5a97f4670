#include "fault/accounts.hpp"

#include "support/small_account.hpp"

namespace trunkline::fault {
namespace {

constexpr std::int64_t made_at = 1'750'000'000'000;

json::object llm_of(std::string const& id, std::string const& prompt, std::int64_t stamp)
{
    json::object llm{{"llm_id", id}, {"version", 0}, {"is_published", true},
        {"last_modification_timestamp", stamp}, {"model", "gpt-4.1"}, {"general_prompt", prompt},
        {"start_speaker", "agent"}};
    return {{"llm_id", id}, {"versions", json::array{std::move(llm)}}};
}

json::object agent_on(
    std::string const& id, std::string const& name, std::string const& llm, std::int64_t stamp)
{
    json::object engine{{"type", "retell-llm"}, {"llm_id", llm}, {"version", 0}};
    json::object agent{{"agent_id", id}, {"channel", "voice"}, {"version", 0},
        {"is_published", true}, {"base_version", nullptr}, {"last_modification_timestamp", stamp},
        {"agent_name", name}, {"voice_id", "11labs-Carola"}, {"language", "de-DE"},
        {"response_engine", std::move(engine)}};
    return {{"agent_id", id}, {"versions", json::array{std::move(agent)}}};
}

/// What comes and goes, see turnover.hpp.
void add_passing(json::array& agents, json::array& llms)
{
    agents.push_back(agent_on("agent_old", "Alte Ansage", "llm_old", made_at + 500'000));
    llms.push_back(llm_of("llm_old", "Alte Ansage.", made_at + 500'000));
    agents.push_back(agent_on("agent_line", "Zweite Leitung", "llm_line", made_at + 600'000));
    llms.push_back(llm_of("llm_line", "Zweite Leitung.", made_at + 600'000));
}

} // namespace

beginning small_beginning()
{
    beginning b;
    b.account = test::small_account();
    auto& account = b.account.as_object();
    add_passing(account.find("agents")->as_array(), account.find("retell_llms")->as_array());
    b.knowledge_users = {{"agent_night", "agents/notdienst", "llms/notdienst.json"},
        {"agent_booking", "agents/praxis-mueller-termine", "flows/praxis-mueller-termine.json"}};
    b.shared_agent = "agent_reception";
    return b;
}

beginning large_beginning(int agents)
{
    json::array agent_list, llms, numbers;
    for (int i = 0; i < agents; ++i) {
        auto const digits = std::to_string(100 + i);
        llms.push_back(llm_of("llm_" + digits, "Alt " + digits, made_at + i));
        agent_list.push_back(
            agent_on("agent_" + digits, "a-" + digits, "llm_" + digits, made_at + i));
        if (i % 2) continue;
        json::object pin{{"agent_id", "agent_" + digits}, {"agent_version", 0}, {"weight", 1}};
        numbers.push_back(
            json::object{{"phone_number", "+493023125" + digits}, {"phone_number_type", "custom"},
                {"nickname", "Alt"}, {"last_modification_timestamp", made_at},
                {"inbound_agents", json::array{std::move(pin)}}});
    }
    add_passing(agent_list, llms);
    beginning b;
    b.account = json::object{{"format", 1}, {"agents", std::move(agent_list)},
        {"retell_llms", std::move(llms)}, {"conversation_flows", json::array{}},
        {"phone_numbers", std::move(numbers)}, {"next_id", 1}};
    b.knowledge_users = {{"agent_101", "agents/a-101", "llms/a-101.json"},
        {"agent_102", "agents/a-102", "llms/a-102.json"}};
    b.shared_agent = "agent_100";
    return b;
}

} // namespace trunkline::fault
