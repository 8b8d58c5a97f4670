#include <trunkline/retell/operation.hpp>

#include <algorithm>
#include <iterator>

namespace trunkline::retell {
namespace {

using enum result_kind;
using enum retry_class;

constexpr std::span<query_parameter const> no_query;
constexpr std::string_view no_key;

constexpr query_parameter paged[] = {{"limit"}, {"pagination_key"}, {"sort_order"}};
constexpr query_parameter paged_unsorted[] = {{"limit"}, {"pagination_key"}};
constexpr query_parameter version[] = {{"version"}};
constexpr query_parameter required_version[] = {{"version", true}};
constexpr query_parameter force_delete[] = {{"force_delete"}};
constexpr query_parameter crm_schema[] = {{"app_id"}};
constexpr query_parameter mcp_tools[] = {{"mcp_id", true}, {"component_id"}, {"version"}};
constexpr query_parameter test_case_definitions[] = {
    {"type", true}, {"conversation_flow_id"}, {"limit"}, {"llm_id"}, {"pagination_key"}};
constexpr query_parameter batch_tests[] = {{"type", true}, {"conversation_flow_id"}, {"limit"},
    {"llm_id"}, {"pagination_key"}, {"version"}};

/// "/v2/get-call/{call_id}" names the operation "get-call".
constexpr std::string_view name_in(std::string_view path)
{
    path.remove_prefix(1);
    if (path.starts_with("v2/") || path.starts_with("v3/")) path.remove_prefix(3);
    return path.substr(0, path.find('/'));
}

// One function for each usual shape, so that a row shows only what is particular to it.

constexpr operation row(std::string_view method, std::string_view sdk_name, std::string_view path,
    std::span<query_parameter const> query, body_kind body, result_kind result, retry_class retry,
    std::uint16_t success)
{
    return {name_in(path), sdk_name, method, path, query, body, paging_kind::none, result, retry,
        success};
}

constexpr operation get(
    std::string_view sdk_name, std::string_view path, std::span<query_parameter const> query = {})
{
    return row("GET", sdk_name, path, query, body_kind::none, object, safe, 200);
}

constexpr operation get_array(
    std::string_view sdk_name, std::string_view path, std::span<query_parameter const> query = {})
{
    return row("GET", sdk_name, path, query, body_kind::none, array, safe, 200);
}

constexpr operation get_page(std::string_view sdk_name, std::string_view path,
    std::span<query_parameter const> query, std::string_view row_key)
{
    auto op = row("GET", sdk_name, path, query, body_kind::none, page, safe, 200);
    op.paging = paging_kind::query;
    op.row_key = row_key;
    return op;
}

/// A list that takes its filter in a body: with a query the cursor goes there, else into the body.
constexpr operation post_page(std::string_view sdk_name, std::string_view path,
    std::span<query_parameter const> query, std::string_view row_key)
{
    auto op = row("POST", sdk_name, path, query, body_kind::json, page, safe, 200);
    op.paging = query.empty() ? paging_kind::body : paging_kind::query;
    op.row_key = row_key;
    return op;
}

constexpr operation create(std::string_view sdk_name, std::string_view path)
{
    return row("POST", sdk_name, path, no_query, body_kind::json, object, once, 201);
}

constexpr operation upload(
    std::string_view sdk_name, std::string_view path, std::uint16_t success = 201)
{
    return row("POST", sdk_name, path, no_query, body_kind::multipart, object, once, success);
}

constexpr operation update(
    std::string_view sdk_name, std::string_view path, std::span<query_parameter const> query = {})
{
    return row("PATCH", sdk_name, path, query, body_kind::json, object, idempotent, 200);
}

constexpr operation remove(
    std::string_view sdk_name, std::string_view path, std::span<query_parameter const> query = {})
{
    return row("DELETE", sdk_name, path, query, body_kind::none, nothing, idempotent, 204);
}

// What is not plainly repeatable is `once`, also where the description says "update":
// update-live-call makes the agent speak, repair-agent rewrites drafts, the tests and the sync job
// do work elsewhere.
constexpr operation table[] = {
    row("POST", "voice.addResource", "/add-community-voice", no_query, body_kind::json, object,
        once, 200),
    upload("knowledge-base.addSources", "/add-knowledge-base-sources/{knowledge_base_id}"),
    row("POST", "playground.completion", "/agent-playground-completion/{agent_id}", version,
        body_kind::json, object, once, 200),
    row("POST", "contact.backfillAnalysisData", "/backfill-contact-analysis-data", no_query,
        body_kind::json, object, once, 200),
    upload("voice.clone", "/clone-voice"),
    create("agent.create", "/create-agent"),
    create("agent.createVersion", "/create-agent-version/{agent_id}"),
    create("app.create", "/create-app"),
    upload("asset.create", "/create-asset"),
    create("batch-call.createBatchCall", "/create-batch-call"),
    create("tests.createBatchTest", "/create-batch-test"),
    create("chat.create", "/create-chat"),
    create("chat-agent.create", "/create-chat-agent"),
    create("chat.createChatCompletion", "/create-chat-completion"),
    create("contact.create", "/create-contact"),
    create("contact.createImport", "/create-contact-import"),
    create("conversation-flow.create", "/create-conversation-flow"),
    create("conversation-flow-component.create", "/create-conversation-flow-component"),
    upload("knowledge-base.create", "/create-knowledge-base"),
    create("call.createPhoneCall", "/v2/create-phone-call"),
    create("phone-number.create", "/create-phone-number"),
    create("llm.create", "/create-retell-llm"),
    row("POST", "chat.createSMSChat", "/create-sms-chat", no_query, body_kind::json, object, once,
        200),
    create("tests.createTestCaseDefinition", "/create-test-case-definition"),
    create("call.createWebCall", "/v3/create-web-call"),
    remove("agent.delete", "/delete-agent/{agent_id}"),
    remove("agent.deleteVersion", "/delete-agent-version/{agent_id}", required_version),
    remove("app.delete", "/delete-app/{app_id}", force_delete),
    remove("call.delete", "/v2/delete-call/{call_id}"),
    remove("chat.delete", "/delete-chat/{chat_id}"),
    remove("chat-agent.delete", "/delete-chat-agent/{agent_id}"),
    remove("contact.delete", "/delete-contact/{contact_id}"),
    remove("conversation-flow.delete", "/delete-conversation-flow/{conversation_flow_id}",
        force_delete),
    remove("conversation-flow-component.delete",
        "/delete-conversation-flow-component/{conversation_flow_component_id}"),
    remove("knowledge-base.delete", "/delete-knowledge-base/{knowledge_base_id}"),
    row("DELETE", "knowledge-base.deleteSource",
        "/delete-knowledge-base-source/{knowledge_base_id}/source/{source_id}", no_query,
        body_kind::none, object, idempotent, 200),
    remove("phone-number.delete", "/delete-phone-number/{phone_number}"),
    remove("llm.delete", "/delete-retell-llm/{llm_id}", force_delete),
    remove(
        "tests.deleteTestCaseDefinition", "/delete-test-case-definition/{test_case_definition_id}"),
    row("PATCH", "chat.end", "/end-chat/{chat_id}", no_query, body_kind::none, nothing, idempotent,
        204),
    get("agent.retrieve", "/get-agent/{agent_id}", version),
    get_array("agent.getVersions", "/get-agent-versions/{agent_id}"),
    get("identity.retrieve", "/get-api-key-info"),
    get("app.get", "/get-app/{app_id}"),
    get("contact.getBackfillJobStatus", "/get-backfill-contact-job-status"),
    get("tests.getBatchTest", "/get-batch-test/{test_case_batch_job_id}"),
    get("call.retrieve", "/v2/get-call/{call_id}"),
    get("chat.retrieve", "/get-chat/{chat_id}"),
    get("chat-agent.retrieve", "/get-chat-agent/{agent_id}", version),
    get_array("chat-agent.getVersions", "/get-chat-agent-versions/{agent_id}"),
    get("concurrency.retrieve", "/get-concurrency"),
    get("contact.get", "/get-contact/{contact_id}"),
    get("contact.getByPhone", "/get-contact-by-phone/{phone_number}"),
    get("contact.getImport", "/get-contact-import"),
    get("conversation-flow.retrieve", "/get-conversation-flow/{conversation_flow_id}", version),
    get("conversation-flow-component.retrieve",
        "/get-conversation-flow-component/{conversation_flow_component_id}"),
    get("crm.getConfig", "/get-crm-config"),
    get("crm.getSchema", "/get-crm-schema", crm_schema),
    get("knowledge-base.retrieve", "/get-knowledge-base/{knowledge_base_id}"),
    get_array("mcp-tool.getMcpTools", "/get-mcp-tools/{agent_id}", mcp_tools),
    get("phone-number.retrieve", "/get-phone-number/{phone_number}"),
    get("llm.retrieve", "/get-retell-llm/{llm_id}", version),
    get("crm.getSyncJobStatus", "/get-sync-job-status"),
    get("tests.getTestCaseDefinition", "/get-test-case-definition/{test_case_definition_id}"),
    get("tests.getTestRun", "/get-test-run/{test_case_job_id}"),
    get("voice.retrieve", "/get-voice/{voice_id}"),
    create("phone-number.import", "/import-phone-number"),
    get_page("agent.listVersions", "/list-agent-versions/{agent_id}", paged, "version"),
    post_page("agent.list", "/v2/list-agents", paged, "agent_id"),
    get_page("app.listUsages", "/list-app-usages/{app_id}", paged, no_key),
    get_page("app.list", "/list-apps", paged, "app_id"),
    get_page("tests.listBatchTests", "/v2/list-batch-tests", batch_tests, "test_case_batch_job_id"),
    post_page("call.list", "/v3/list-calls", no_query, "call_id"),
    post_page("chat.list", "/v3/list-chats", no_query, "chat_id"),
    get_page("contact.listConversations", "/list-contact-conversations/{contact_id}",
        paged_unsorted, no_key),
    post_page("contact.list", "/list-contacts", no_query, "contact_id"),
    get_page("conversation-flow-component.list", "/v2/list-conversation-flow-components", paged,
        "conversation_flow_component_id"),
    get_page("conversation-flow.list", "/v2/list-conversation-flows", paged, "conversation_flow_id"),
    get_page("export-request.list", "/v2/list-export-requests", paged, "export_request_id"),
    get_array("knowledge-base.list", "/list-knowledge-bases"),
    get_page("phone-number.list", "/v2/list-phone-numbers", paged, "phone_number"),
    get_page("llm.list", "/v2/list-retell-llms", paged, "llm_id"),
    get_page("tests.listTestCaseDefinitions", "/v2/list-test-case-definitions",
        test_case_definitions, "test_case_definition_id"),
    get_page("tests.listTestRuns", "/v2/list-test-runs/{test_case_batch_job_id}", paged_unsorted,
        "test_case_job_id"),
    get_array("voice.list", "/list-voices"),
    row("POST", "call.listenLive", "/v2/listen-live-call/{call_id}", no_query, body_kind::none,
        object, once, 200),
    row("POST", "agent.publish", "/publish-agent-version/{agent_id}", no_query, body_kind::json,
        nothing, once, 200),
    create("call.registerPhoneCall", "/v2/register-phone-call"),
    row("POST", "agent.repair", "/repair-agent/{agent_id}", version, body_kind::none, object, once,
        200),
    row("PUT", "call.rerunAnalysis", "/rerun-call-analysis/{call_id}", no_query, body_kind::none,
        object, once, 200),
    row("PUT", "chat.rerunAnalysis", "/rerun-chat-analysis/{chat_id}", no_query, body_kind::none,
        object, once, 200),
    row("POST", "crm.runSyncJob", "/run-sync-job", no_query, body_kind::none, object, once, 200),
    row("POST", "voice.search", "/search-community-voice", no_query, body_kind::json, object, safe,
        200),
    row("POST", "call.stop", "/v2/stop-call/{call_id}", no_query, body_kind::none, nothing,
        idempotent, 204),
    row("POST", "call.takeOverLive", "/v2/take-over-live-call/{call_id}", no_query, body_kind::json,
        object, once, 200),
    row("POST", "app.testAuth", "/test-app-auth/{app_id}", no_query, body_kind::none, object, once,
        200),
    update("agent.update", "/update-agent/{agent_id}", version),
    update("app.update", "/update-app/{app_id}"),
    update("call.update", "/v2/update-call/{call_id}"),
    update("chat.update", "/update-chat/{chat_id}"),
    update("chat-agent.update", "/update-chat-agent/{agent_id}", version),
    update("contact.update", "/update-contact/{contact_id}"),
    update("conversation-flow.update", "/update-conversation-flow/{conversation_flow_id}", version),
    update("conversation-flow-component.update",
        "/update-conversation-flow-component/{conversation_flow_component_id}"),
    row("POST", "crm.updateConfig", "/update-crm-config", no_query, body_kind::json, object,
        idempotent, 200),
    row("PATCH", "call.updateLive", "/v2/update-live-call/{call_id}", no_query, body_kind::json,
        object, once, 200),
    update("phone-number.update", "/update-phone-number/{phone_number}"),
    update("llm.update", "/update-retell-llm/{llm_id}", version),
    row("PUT", "tests.updateTestCaseDefinition",
        "/update-test-case-definition/{test_case_definition_id}", no_query, body_kind::json, object,
        idempotent, 200),
    upload("contact.uploadImportFile", "/upload-contact-import-file", 200),
};

constexpr bool ordered_and_unique()
{
    for (std::size_t i = 1; i < std::size(table); ++i)
        if (!(table[i - 1].name < table[i].name)) return false;
    return true;
}
static_assert(ordered_and_unique(), "find_operation() searches by halves");
static_assert(std::size(table) == 110);

/// The SDK offers some operations under a second name.
class alias {
public:
    std::string_view sdk_name;
    std::string_view name;
};
constexpr alias aliases[] = {
    {"chat-agent.createVersion", "create-agent-version"},
    {"chat-agent.deleteVersion", "delete-agent-version"},
    {"chat-agent.list", "list-agents"},
    {"chat-agent.publish", "publish-agent-version"},
};

} // namespace

std::span<operation const> operations() noexcept
{
    return table;
}

operation const* find_operation(std::string_view name) noexcept
{
    auto const* at = std::ranges::lower_bound(table, name, {}, &operation::name);
    if (at != std::end(table) && at->name == name) return at;
    at = std::ranges::find(table, name, &operation::sdk_name);
    if (at != std::end(table)) return at;
    auto const* other = std::ranges::find(aliases, name, &alias::sdk_name);
    return other == std::end(aliases) ? nullptr : find_operation(other->name);
}

std::vector<std::string_view> path_parameters(operation const& op)
{
    std::vector<std::string_view> names;
    for (auto open = op.path.find('{'); open != std::string_view::npos;
         open = op.path.find('{', open + 1))
        names.push_back(op.path.substr(open + 1, op.path.find('}', open) - open - 1));
    return names;
}

} // namespace trunkline::retell
