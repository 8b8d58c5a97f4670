#include <trunkline/sync/explain.hpp>

#include <trunkline/http/url.hpp>

namespace trunkline::sync {
namespace {

using retell::resource_kind;

/// "name (type) host": enough to see what would be called, without path secrets or headers.
std::string describe_tool(json::value const& tool)
{
    std::string text(tool.string_at("name", "(unnamed)"));
    text += " (" + std::string(tool.string_at("type", "?")) + ")";
    if (auto const url = http::parse_url(tool.string_at("url")))
        text += " " + url->host + url->path;
    return text;
}

void add_tools(json::value const& list, std::vector<std::string>& out)
{
    if (!list.is_array()) return;
    for (auto const& tool : list.as_array()) out.push_back(describe_tool(tool));
}

} // namespace

explanation::explanation(std::string number)
{
    out_.number = number;
    ask(retell::get_phone_number(number), [this](call_outcome o) { on_number(std::move(o)); });
}

bool explanation::fail(call_outcome const& outcome)
{
    if (outcome.ok()) return false;
    if (!code_) {
        code_ = outcome.code;
        diag_ = outcome.diag;
        stepwise::cancel();
    }
    return true;
}

void explanation::on_number(call_outcome outcome)
{
    if (fail(outcome)) return;
    auto const& number = outcome.answer.body;
    out_.nickname = number.string_at("nickname");
    out_.fallback = number.string_at("fallback_number");
    for (auto const member : pin_members) {
        auto const& pins = number.at_or_null(member);
        if (!pins.is_array()) continue;
        for (auto const& pin : pins.as_array()) follow(member, pin);
    }
    auto const& inbound = number.at_or_null("inbound_agents");
    if (!inbound.is_array() || inbound.as_array().empty())
        out_.warnings.push_back(number.string_at("inbound_webhook_url").empty()
                ? "no inbound agent and no inbound webhook: a call is not answered"
                : "no inbound agent: only the inbound webhook can answer a call");
}

void explanation::follow(std::string_view direction, json::value const& pin)
{
    answer_path path;
    path.direction = direction;
    path.agent_id = pin.string_at("agent_id");
    auto const& weight = pin.at_or_null("weight");
    path.weight = weight.is_number() ? weight.as_number().text() : "";
    auto const& wanted = pin.at_or_null("agent_version");
    auto reference = retell::version_ref::latest();
    if (wanted.is_number()) {
        reference = retell::version_ref(wanted.int_or(0));
        path.version_wanted = wanted.as_number().text();
        path.why.push_back("the number names version " + path.version_wanted);
    } else if (wanted.is_string()) {
        path.version_wanted = wanted.as_string();
        reference = path.version_wanted == "latest_published"
            ? retell::version_ref::latest_published()
            : retell::version_ref::tag(path.version_wanted);
        path.why.push_back("the number names \"" + path.version_wanted + "\", which moves");
        path.warnings.push_back(
            "bound to \"" + path.version_wanted + "\": what answers can change without a release");
    } else {
        path.why.push_back(
            "the number names no version; the service then takes the latest, drafts included");
        path.warnings.push_back("bound to no version: an unfinished draft may answer calls");
    }
    out_.paths.push_back(path);
    auto const index = out_.paths.size() - 1;
    ask(retell::get_agent(path.agent_id, reference),
        [this, index](call_outcome o) { on_agent(index, std::move(o)); });
}

void explanation::on_agent(std::size_t index, call_outcome outcome)
{
    auto& path = out_.paths[index];
    if (outcome.code == failure::not_found) {
        path.warnings.push_back("this agent or version does not exist: the number leads nowhere");
        return;
    }
    if (fail(outcome)) return;
    auto const& agent = outcome.answer.body;
    path.agent_name = agent.string_at("agent_name");
    path.version = agent.int_at("version");
    path.published = agent.bool_at("is_published");
    path.why.push_back("that is version " + std::to_string(path.version) +
        (path.published ? ", published" : ", a draft"));
    if (!path.published)
        path.warnings.push_back("version " + std::to_string(path.version) + " is not published");
    auto const engine = engine_of(agent);
    if (!engine) {
        path.engine_kind = agent.at_or_null("response_engine").string_at("type", "?");
        path.why.push_back("its engine is " + path.engine_kind + ", which runs outside the service");
        return;
    }
    path.engine_kind = retell::name(engine->kind);
    path.engine_id = engine->id;
    path.engine_version = engine->version;
    path.why.push_back("it runs " + path.engine_kind + " " + path.engine_id +
        (engine->version >= 0 ? " version " + std::to_string(engine->version)
                              : " without naming a version"));
    if (engine->version < 0) {
        path.warnings.push_back("the agent names no engine version");
        return;
    }
    auto get = engine->kind == resource_kind::llm ? retell::get_llm(engine->id, engine->version)
                                                  : retell::get_flow(engine->id, engine->version);
    ask(std::move(get), [this, index](call_outcome o) { on_engine(index, std::move(o)); });
}

void explanation::on_engine(std::size_t index, call_outcome outcome)
{
    auto& path = out_.paths[index];
    if (outcome.code == failure::not_found) {
        path.warnings.push_back("its engine version does not exist: the agent cannot talk");
        return;
    }
    if (fail(outcome)) return;
    auto const& engine = outcome.answer.body;
    add_tools(engine.at_or_null("general_tools"), path.tools);
    add_tools(engine.at_or_null("tools"), path.tools);
    for (auto const list : {"states", "nodes", "components"})
        if (auto const& items = engine.at_or_null(list); items.is_array())
            for (auto const& item : items.as_array())
                add_tools(item.at_or_null("tools"), path.tools);
    if (path.tools.empty()) path.warnings.push_back("the engine has no tools");
}

} // namespace trunkline::sync
