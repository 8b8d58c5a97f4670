#include "sync/shared_engines.hpp"

#include <algorithm>

namespace trunkline::test {

json::value shared_account()
{
    auto account = small_account();
    for (auto& record : account.as_object().find("agents")->as_array())
        if (record.string_at("agent_id") == "agent_night")
            record.as_object()
                .find("versions")
                ->as_array()
                .at(0)
                .as_object()
                .set("response_engine",
                    json::parse(
                        R"({"type": "retell-llm", "llm_id": "llm_reception", "version": 1})"));
    return account;
}

json::value live_engine(world& w, std::string const& agent)
{
    std::int64_t newest = -1;
    for (auto const& v : w.versions(agent))
        if (v.bool_at("is_published")) newest = std::max(newest, v.int_at("version"));
    auto const engine = sync::engine_of(w.agent(agent, newest));
    return w.call(retell::get_llm(engine->id, engine->version));
}

std::string engine_file(world& w, std::string const& agent)
{
    auto const document = json::parse(w.read("agents/" + agent + ".json"));
    return std::string(document.at_or_null("response_engine").string_at("llm_id").substr(1));
}

} // namespace trunkline::test
