#include "simulator_routes.hpp"

namespace trunkline::retell::simulation {

namespace {

constexpr std::string_view paged = "limit pagination_key sort_order";
constexpr bool reads = false, writes = true;
using enum shelf;

// The simulator keeps its own table: the client's is what is tested against it.
constexpr route current_table[] = {
    {"create-agent", "POST", "/create-agent", "", writes, &account::create_agent},
    {"get-agent", "GET", "/get-agent/{}", "version", reads, &account::get_agent},
    {"update-agent", "PATCH", "/update-agent/{}", "version", writes, &account::update_agent},
    {"delete-agent", "DELETE", "/delete-agent/{}", "", writes, &account::delete_agent},
    {"list-agents", "POST", "/v2/list-agents", paged, reads, &account::list_agents},
    {"list-agent-versions", "GET", "/list-agent-versions/{}", paged, reads,
        &account::list_agent_versions},
    {"get-agent-versions", "GET", "/get-agent-versions/{}", "", reads, &account::get_agent_versions},
    {"create-agent-version", "POST", "/create-agent-version/{}", "", writes,
        &account::create_agent_version},
    {"delete-agent-version", "DELETE", "/delete-agent-version/{}", "version", writes,
        &account::delete_agent_version},
    {"publish-agent-version", "POST", "/publish-agent-version/{}", "", writes,
        &account::publish_agent_version},
    {"repair-agent", "POST", "/repair-agent/{}", "version", writes, &account::repair_agent},

    {"create-retell-llm", "POST", "/create-retell-llm", "", writes, &account::create_llm},
    {"get-retell-llm", "GET", "/get-retell-llm/{}", "version", reads, &account::get_llm},
    {"update-retell-llm", "PATCH", "/update-retell-llm/{}", "version", writes, &account::update_llm},
    {"delete-retell-llm", "DELETE", "/delete-retell-llm/{}", "force_delete", writes,
        &account::delete_llm},
    {"list-retell-llms", "GET", "/v2/list-retell-llms", paged, reads, &account::list_llms},

    {"create-conversation-flow", "POST", "/create-conversation-flow", "", writes,
        &account::create_flow},
    {"get-conversation-flow", "GET", "/get-conversation-flow/{}", "version", reads,
        &account::get_flow},
    {"update-conversation-flow", "PATCH", "/update-conversation-flow/{}", "version", writes,
        &account::update_flow},
    {"delete-conversation-flow", "DELETE", "/delete-conversation-flow/{}", "force_delete", writes,
        &account::delete_flow},
    {"list-conversation-flows", "GET", "/v2/list-conversation-flows", paged, reads,
        &account::list_flows},

    {"create-phone-number", "POST", "/create-phone-number", "", writes, &account::create_number},
    {"import-phone-number", "POST", "/import-phone-number", "", writes, &account::import_number},
    {"get-phone-number", "GET", "/get-phone-number/{}", "", reads, &account::get_number},
    {"update-phone-number", "PATCH", "/update-phone-number/{}", "", writes, &account::update_number},
    {"delete-phone-number", "DELETE", "/delete-phone-number/{}", "", writes, &account::delete_number},
    {"list-phone-numbers", "GET", "/v2/list-phone-numbers", paged, reads, &account::list_numbers},

    {"get-api-key-info", "GET", "/get-api-key-info", "", reads, &account::get_api_key_info},
    {"get-voice", "GET", "/get-voice/{}", "", reads, &account::get_voice},
    {"list-voices", "GET", "/list-voices", "", reads, &account::list_voices},

    // Calls, chats and batch calls.
    {"create-phone-call", "POST", "/v2/create-phone-call", "", writes, nullptr,
        &telephony::create_phone_call},
    {"register-phone-call", "POST", "/v2/register-phone-call", "", writes, nullptr,
        &telephony::register_phone_call},
    {"create-web-call", "POST", "/v3/create-web-call", "", writes, nullptr,
        &telephony::create_web_call},
    {"create-web-call-v2", "POST", "/v2/create-web-call", "", writes, nullptr,
        &telephony::create_legacy_web_call},
    {"get-call", "GET", "/v2/get-call/{}", "", reads, nullptr, &telephony::get_call},
    {"update-call", "PATCH", "/v2/update-call/{}", "", writes, nullptr, &telephony::update_call},
    {"delete-call", "DELETE", "/v2/delete-call/{}", "", writes, nullptr, &telephony::delete_call},
    {"stop-call", "POST", "/v2/stop-call/{}", "", writes, nullptr, &telephony::stop_call},
    {"update-live-call", "PATCH", "/v2/update-live-call/{}", "", writes, nullptr,
        &telephony::update_live_call},
    {"listen-live-call", "POST", "/v2/listen-live-call/{}", "", writes, nullptr,
        &telephony::listen_live_call},
    {"take-over-live-call", "POST", "/v2/take-over-live-call/{}", "", writes, nullptr,
        &telephony::take_over_live_call},
    {"list-calls", "POST", "/v3/list-calls", "", reads, nullptr, &telephony::list_calls},
    {"rerun-call-analysis", "PUT", "/rerun-call-analysis/{}", "", writes, nullptr,
        &telephony::rerun_call_analysis},
    {"create-chat", "POST", "/create-chat", "", writes, nullptr, &telephony::create_chat},
    {"create-sms-chat", "POST", "/create-sms-chat", "", writes, nullptr, &telephony::create_sms_chat},
    {"create-chat-completion", "POST", "/create-chat-completion", "", writes, nullptr,
        &telephony::create_chat_completion},
    {"get-chat", "GET", "/get-chat/{}", "", reads, nullptr, &telephony::get_chat},
    {"update-chat", "PATCH", "/update-chat/{}", "", writes, nullptr, &telephony::update_chat},
    {"end-chat", "PATCH", "/end-chat/{}", "", writes, nullptr, &telephony::end_chat},
    {"delete-chat", "DELETE", "/delete-chat/{}", "", writes, nullptr, &telephony::delete_chat},
    {"list-chats", "POST", "/v3/list-chats", "", reads, nullptr, &telephony::list_chats},
    {"rerun-chat-analysis", "PUT", "/rerun-chat-analysis/{}", "", writes, nullptr,
        &telephony::rerun_chat_analysis},
    {"create-batch-call", "POST", "/create-batch-call", "", writes, nullptr,
        &telephony::create_batch_call},
    {"get-concurrency", "GET", "/get-concurrency", "", reads, nullptr, &telephony::get_concurrency},

    {"create-chat-agent", "POST", "/create-chat-agent", "", writes, &account::create_chat_agent},
    {"get-chat-agent", "GET", "/get-chat-agent/{}", "version", reads, &account::get_chat_agent},
    {"update-chat-agent", "PATCH", "/update-chat-agent/{}", "version", writes,
        &account::update_chat_agent},
    {"delete-chat-agent", "DELETE", "/delete-chat-agent/{}", "", writes, &account::delete_chat_agent},
    {"get-chat-agent-versions", "GET", "/get-chat-agent-versions/{}", "", reads,
        &account::get_chat_agent_versions},

    // Resources without versions.
    {"create-knowledge-base", "POST", "/create-knowledge-base", "", writes,
        &account::create_knowledge_base},
    {"get-knowledge-base", "GET", "/get-knowledge-base/{}", "", reads,
        &account::get_from<knowledge_bases>},
    {"delete-knowledge-base", "DELETE", "/delete-knowledge-base/{}", "", writes,
        &account::delete_from<knowledge_bases>},
    {"list-knowledge-bases", "GET", "/list-knowledge-bases", "", reads,
        &account::list_knowledge_bases},
    {"add-knowledge-base-sources", "POST", "/add-knowledge-base-sources/{}", "", writes,
        &account::add_knowledge_base_sources},
    {"delete-knowledge-base-source", "DELETE", "/delete-knowledge-base-source/{}/source/{}", "",
        writes, &account::delete_knowledge_base_source},
    {"add-community-voice", "POST", "/add-community-voice", "", writes,
        &account::add_community_voice},
    {"search-community-voice", "POST", "/search-community-voice", "", reads,
        &account::search_community_voice},
    {"clone-voice", "POST", "/clone-voice", "", writes, &account::clone_voice},
    {"create-asset", "POST", "/create-asset", "", writes, &account::create_asset},
    {"list-export-requests", "GET", "/v2/list-export-requests", paged, reads,
        &account::list_of<export_requests>},
    {"get-mcp-tools", "GET", "/get-mcp-tools/{}", "mcp_id version component_id", reads,
        &account::get_mcp_tools},
    {"agent-playground-completion", "POST", "/agent-playground-completion/{}", "version", reads,
        &account::complete_playground},

    {"create-conversation-flow-component", "POST", "/create-conversation-flow-component", "",
        writes, &account::create_on<components>},
    {"get-conversation-flow-component", "GET", "/get-conversation-flow-component/{}", "", reads,
        &account::get_from<components>},
    {"update-conversation-flow-component", "PATCH", "/update-conversation-flow-component/{}", "",
        writes, &account::update_on<components>},
    {"delete-conversation-flow-component", "DELETE", "/delete-conversation-flow-component/{}", "",
        writes, &account::delete_component},
    {"list-conversation-flow-components", "GET", "/v2/list-conversation-flow-components", paged,
        reads, &account::list_of<components>},

    {"create-test-case-definition", "POST", "/create-test-case-definition", "", writes,
        &account::create_on<test_cases>},
    {"get-test-case-definition", "GET", "/get-test-case-definition/{}", "", reads,
        &account::get_from<test_cases>},
    {"update-test-case-definition", "PUT", "/update-test-case-definition/{}", "", writes,
        &account::update_on<test_cases>},
    {"delete-test-case-definition", "DELETE", "/delete-test-case-definition/{}", "", writes,
        &account::delete_from<test_cases>},
    {"list-test-case-definitions", "GET", "/v2/list-test-case-definitions",
        "limit pagination_key type llm_id conversation_flow_id", reads, &account::list_test_cases},
    {"create-batch-test", "POST", "/create-batch-test", "", writes, &account::create_batch_test},
    {"get-batch-test", "GET", "/get-batch-test/{}", "", reads, &account::get_from<batch_tests>},
    {"list-batch-tests", "GET", "/v2/list-batch-tests",
        "limit pagination_key type llm_id conversation_flow_id version", reads,
        &account::list_batch_tests},
    {"get-test-run", "GET", "/get-test-run/{}", "", reads, &account::get_from<test_runs>},
    {"list-test-runs", "GET", "/v2/list-test-runs/{}", "limit pagination_key", reads,
        &account::list_test_runs},

    {"create-contact", "POST", "/create-contact", "", writes, &account::create_on<contacts>},
    {"get-contact", "GET", "/get-contact/{}", "", reads, &account::get_from<contacts>},
    {"get-contact-by-phone", "GET", "/get-contact-by-phone/{}", "", reads,
        &account::get_contact_by_phone},
    {"update-contact", "PATCH", "/update-contact/{}", "", writes, &account::update_on<contacts>},
    {"delete-contact", "DELETE", "/delete-contact/{}", "", writes, &account::delete_from<contacts>},
    {"list-contacts", "POST", "/list-contacts", "", reads, &account::list_contacts},
    {"list-contact-conversations", "GET", "/list-contact-conversations/{}", "limit pagination_key",
        reads, &account::list_contact_conversations},
    {"upload-contact-import-file", "POST", "/upload-contact-import-file", "", writes,
        &account::upload_contacts},
    {"create-contact-import", "POST", "/create-contact-import", "", writes,
        &account::create_contact_import},
    {"get-contact-import", "GET", "/get-contact-import", "", reads, &account::get_contact_import},
    {"backfill-contact-analysis-data", "POST", "/backfill-contact-analysis-data", "", writes,
        &account::backfill_contacts},
    {"get-backfill-contact-job-status", "GET", "/get-backfill-contact-job-status", "", reads,
        &account::get_backfill_status},

    {"create-app", "POST", "/create-app", "", writes, &account::create_on<apps>},
    {"get-app", "GET", "/get-app/{}", "", reads, &account::get_from<apps>},
    {"update-app", "PATCH", "/update-app/{}", "", writes, &account::update_on<apps>},
    {"delete-app", "DELETE", "/delete-app/{}", "force_delete", writes, &account::delete_app},
    {"list-apps", "GET", "/list-apps", paged, reads, &account::list_of<apps>},
    {"list-app-usages", "GET", "/list-app-usages/{}", paged, reads, &account::list_app_usages},
    {"test-app-auth", "POST", "/test-app-auth/{}", "", writes, &account::test_app_auth},
    {"get-crm-config", "GET", "/get-crm-config", "", reads, &account::get_crm_config},
    {"update-crm-config", "POST", "/update-crm-config", "", writes, &account::update_crm_config},
    {"get-crm-schema", "GET", "/get-crm-schema", "app_id", reads, &account::get_crm_schema},
    {"run-sync-job", "POST", "/run-sync-job", "", writes, &account::run_sync_job},
    {"get-sync-job-status", "GET", "/get-sync-job-status", "", reads, &account::get_sync_job_status},
};

constexpr std::string_view paged_by_two = "limit pagination_key pagination_key_version";
constexpr std::string_view of_engine = "type llm_id conversation_flow_id version";

// What the service has removed, and when.
constexpr route removed_table[] = {
    // 2026-06-15
    {"list-retell-llms-v1", "GET", "/list-retell-llms", paged_by_two, reads, &account::list_llms_v1},
    {"list-conversation-flows-v1", "GET", "/list-conversation-flows", paged_by_two, reads,
        &account::list_flows_v1},
    {"list-conversation-flow-components-v1", "GET", "/list-conversation-flow-components", "", reads,
        &account::list_components_v1},
    {"list-phone-numbers-v1", "GET", "/list-phone-numbers", "", reads, &account::list_numbers_v1},
    {"list-test-case-definitions-v1", "GET", "/list-test-case-definitions", of_engine, reads,
        &account::list_test_cases_v1},
    {"list-batch-tests-v1", "GET", "/list-batch-tests", of_engine, reads,
        &account::list_batch_tests_v1},
    {"list-test-runs-v1", "GET", "/list-test-runs/{}", "", reads, &account::list_test_runs_v1},
    {"list-calls-v2", "POST", "/v2/list-calls", "", reads, nullptr, &telephony::list_legacy_calls},
    // 2026-07-20
    {"publish-agent", "POST", "/publish-agent/{}", "", writes, &account::publish_agent_v1},
    {"publish-chat-agent", "POST", "/publish-chat-agent/{}", "", writes,
        &account::publish_chat_agent_v1},
    // 2026-07-31
    {"list-agents-v1", "GET", "/list-agents", paged_by_two, reads, &account::list_agents_v1},
    {"list-chat-agents-v1", "GET", "/list-chat-agents", paged_by_two, reads,
        &account::list_chat_agents_v1},
};

} // namespace

std::span<route const> current_routes()
{
    return current_table;
}

std::span<route const> removed_routes()
{
    return removed_table;
}

} // namespace trunkline::retell::simulation
