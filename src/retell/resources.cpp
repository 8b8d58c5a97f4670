#include <trunkline/retell/resources.hpp>

#include <stdexcept>

namespace trunkline::retell {
namespace {

/// A misspelt name here is a mistake of ours that the first test of the function finds.
call make(std::string_view name, arguments args = {})
{
    auto const* op = find_operation(name);
    if (op == nullptr) throw std::logic_error("no operation " + std::string(name));
    return call(*op, std::move(args));
}

arguments with(std::string_view name, std::string_view value)
{
    return std::move(arguments().set(name, value));
}

arguments with(std::string_view name, std::string_view value, json::value body)
{
    return std::move(arguments().set(name, value).with_body(std::move(body)));
}

arguments of_version(std::string_view name, std::string_view value, std::int64_t version)
{
    return std::move(arguments().set(name, value).set("version", version));
}

arguments of_version(
    std::string_view name, std::string_view value, std::int64_t version, json::value patch)
{
    return std::move(of_version(name, value, version).with_body(std::move(patch)));
}

arguments body_only(json::value body)
{
    return std::move(arguments().with_body(std::move(body)));
}

arguments to_delete(std::string_view name, std::string_view value, bool force)
{
    auto args = with(name, value);
    if (force) args.set("force_delete", "true");
    return args;
}

} // namespace

call list_agents()
{
    return make("list-agents");
}

call list_agent_versions(std::string_view agent_id)
{
    return make("list-agent-versions", with("agent_id", agent_id));
}

call get_agent(std::string_view agent_id, version_ref const& version)
{
    auto args = with("agent_id", agent_id);
    args.set("version", version.text());
    return make("get-agent", std::move(args));
}

call create_agent(json::value body)
{
    return make("create-agent", body_only(std::move(body)));
}

call update_agent(std::string_view agent_id, std::int64_t version, json::value patch)
{
    return make("update-agent", of_version("agent_id", agent_id, version, std::move(patch)));
}

call delete_agent(std::string_view agent_id)
{
    return make("delete-agent", with("agent_id", agent_id));
}

call create_agent_version(std::string_view agent_id, std::int64_t base)
{
    return make("create-agent-version",
        with("agent_id", agent_id, json::object{{"base_version", json::value(base)}}));
}

call publish_agent_version(std::string_view agent_id, std::int64_t version,
    std::optional<std::string_view> title, std::optional<std::string_view> description)
{
    json::object body{{"version", json::value(version)}};
    if (title) body.set("version_title", json::value(*title));
    if (description) body.set("version_description", json::value(*description));
    return make("publish-agent-version", with("agent_id", agent_id, std::move(body)));
}

call delete_agent_version(std::string_view agent_id, std::int64_t version)
{
    return make("delete-agent-version", of_version("agent_id", agent_id, version));
}

call list_llms()
{
    return make("list-retell-llms");
}

call get_llm(std::string_view llm_id, std::int64_t version)
{
    return make("get-retell-llm", of_version("llm_id", llm_id, version));
}

call create_llm(json::value body)
{
    return make("create-retell-llm", body_only(std::move(body)));
}

call update_llm(std::string_view llm_id, std::int64_t version, json::value patch)
{
    return make("update-retell-llm", of_version("llm_id", llm_id, version, std::move(patch)));
}

call delete_llm(std::string_view llm_id, bool force)
{
    return make("delete-retell-llm", to_delete("llm_id", llm_id, force));
}

call list_flows()
{
    return make("list-conversation-flows");
}

call get_flow(std::string_view flow_id, std::int64_t version)
{
    return make("get-conversation-flow", of_version("conversation_flow_id", flow_id, version));
}

call create_flow(json::value body)
{
    return make("create-conversation-flow", body_only(std::move(body)));
}

call update_flow(std::string_view flow_id, std::int64_t version, json::value patch)
{
    return make("update-conversation-flow",
        of_version("conversation_flow_id", flow_id, version, std::move(patch)));
}

call delete_flow(std::string_view flow_id, bool force)
{
    return make("delete-conversation-flow", to_delete("conversation_flow_id", flow_id, force));
}

call list_phone_numbers()
{
    return make("list-phone-numbers");
}

call get_phone_number(std::string_view number)
{
    return make("get-phone-number", with("phone_number", number));
}

call create_phone_number(json::value body)
{
    return make("create-phone-number", body_only(std::move(body)));
}

namespace {

/// An answer shows the trunk's settings nested; requests take them flat, named per verb.
json::value with_flat_trunk(json::value body, std::string_view username, std::string_view password)
{
    if (!body.is_object()) return body;
    json::object flat;
    for (auto& m : body.as_object()) {
        if (m.key == "sip_outbound_trunk_config" && m.val.is_object()) {
            for (auto& part : m.val.as_object())
                flat.set(part.key == "auth_username" ? username : std::string_view(part.key),
                    std::move(part.val));
        } else if (m.key == "auth_password") {
            flat.set(password, std::move(m.val));
        } else if (!flat.contains(m.key)) {
            flat.set(m.key, std::move(m.val));
        }
    }
    return flat;
}

} // namespace

call import_phone_number(json::value body)
{
    return make("import-phone-number",
        body_only(
            with_flat_trunk(std::move(body), "sip_trunk_auth_username", "sip_trunk_auth_password")));
}

call update_phone_number(std::string_view number, json::value patch)
{
    return make("update-phone-number",
        with("phone_number", number,
            with_flat_trunk(std::move(patch), "auth_username", "auth_password")));
}

call delete_phone_number(std::string_view number)
{
    return make("delete-phone-number", with("phone_number", number));
}

call list_knowledge_bases()
{
    return make("list-knowledge-bases");
}

call get_knowledge_base(std::string_view id)
{
    return make("get-knowledge-base", with("knowledge_base_id", id));
}

call create_knowledge_base(json::value body)
{
    return make("create-knowledge-base", body_only(std::move(body)));
}

call delete_knowledge_base(std::string_view id)
{
    return make("delete-knowledge-base", with("knowledge_base_id", id));
}

call list_voices()
{
    return make("list-voices");
}

call list_flow_components()
{
    return make("list-conversation-flow-components");
}

call get_api_key_info()
{
    return make("get-api-key-info");
}

} // namespace trunkline::retell
