#include "simulator_field_tables.hpp"

/// Fields of what has no versions.
namespace trunkline::retell::simulation {

namespace {

using enum value_type;

constexpr field component_fields[] = {
    {"name", text, 0, 0, on_all, false},
    {"nodes", array, 0, 0, on_all, false},
    {"tools", array},
    {"mcps", array},
    {"notes", array},
    {"start_node_id", text},
    {"flex_mode", boolean},
    {"begin_tag_display_position", object},
};

constexpr field test_case_fields[] = {
    {"name", text, 0, 0, on_all, false},
    {"response_engine", object, 0, 0, on_all, false},
    {"user_prompt", text, 0, 0, on_all, false},
    {"metrics", array, 0, 0, on_all, false},
    {"dynamic_variables", object, 0, 0, on_all, false},
    {"tool_mocks", array, 0, 0, on_all, false},
    {"llm_model", text, 0, 0, on_all, false},
};

constexpr field batch_test_fields[] = {
    {"response_engine", object, 0, 0, on_create, false},
    {"test_case_definition_ids", array, 0, 0, on_create, false},
};

constexpr field contact_fields[] = {
    {"phone_number", text, 0, 0, on_create, false},
    {"first_name", text},
    {"last_name", text},
    {"do_not_call", boolean},
    {"tags", array},
    {"custom_fields", object},
};

constexpr field contact_import_fields[] = {
    {"upload_id", text, 0, 0, on_create, false},
    {"column_mapping", array, 0, 0, on_create, false},
    {"default_country", text},
    {"tags", array},
};

constexpr field contact_backfill_fields[] = {
    {"backfill_attributes", array, 0, 0, on_create, false},
    {"backfill_call_filter", object, 0, 0, on_create, false},
};

constexpr field app_fields[] = {
    {"provider", text, 0, 0, on_create, false},
    {"type", text, 0, 0, on_create, false},
    {"name", text},
    {"tenant_id", text},
    {"tenant_url", text},
    {"auth_config", object},
    {"crm_config", object},
};

constexpr field crm_fields[] = {
    {"app_id", text},
    {"contact_columns_order", array},
    {"crm_analysis_data_mappings", array},
    {"custom_fields", array},
};

constexpr field knowledge_base_fields[] = {
    {"knowledge_base_name", text, 0, 0, on_create, false},
    {"enable_auto_refresh", boolean, 0, 0, on_create},
    {"max_chunk_size", number, 600, 6000, on_create},
    {"min_chunk_size", number, 200, 2000, on_create},
    {"knowledge_base_texts", array, 0, 0, on_create, false},
    {"knowledge_base_urls", array, 0, 0, on_create, false},
    {"knowledge_base_files", file, 0, 0, on_create},
};

constexpr field voice_clone_fields[] = {
    {"voice_name", text, 0, 0, on_create, false},
    {"voice_provider", text, 0, 0, on_create, false},
    {"files", file, 0, 0, on_create},
};

constexpr field voice_community_fields[] = {
    {"provider_voice_id", text, 0, 0, on_create, false},
    {"voice_name", text, 0, 0, on_create, false},
    {"public_user_id", text, 0, 0, on_create},
    {"voice_provider", text, 0, 0, on_create},
};

constexpr field voice_search_fields[] = {
    {"search_query", text, 0, 0, on_create, false},
    {"voice_provider", text, 0, 0, on_create},
};

constexpr field upload_fields[] = {{"file", file, 0, 0, on_create}};

constexpr field playground_fields[] = {
    {"messages", array, 0, 0, on_create, false},
    {"component_id", text, 0, 0, on_create},
    {"current_node_id", text, 0, 0, on_create},
    {"current_state", text, 0, 0, on_create},
    {"dynamic_variables", object, 0, 0, on_create},
    {"tool_mocks", array, 0, 0, on_create},
};

} // namespace

std::span<field const> plain_fields_of(resource r)
{
    switch (r) {
    case resource::component: return component_fields;
    case resource::test_case: return test_case_fields;
    case resource::batch_test: return batch_test_fields;
    case resource::contact: return contact_fields;
    case resource::contact_import: return contact_import_fields;
    case resource::contact_backfill: return contact_backfill_fields;
    case resource::app: return app_fields;
    case resource::crm: return crm_fields;
    case resource::knowledge_base: return knowledge_base_fields;
    case resource::knowledge_sources: return std::span(knowledge_base_fields).subspan(4);
    case resource::voice_clone: return voice_clone_fields;
    case resource::voice_community: return voice_community_fields;
    case resource::voice_search: return voice_search_fields;
    case resource::upload: return upload_fields;
    case resource::playground: return playground_fields;
    default: return {};
    }
}

} // namespace trunkline::retell::simulation
