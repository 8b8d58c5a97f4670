#include "simulator_account.hpp"
#include "simulator_paging.hpp"

namespace trunkline::retell::simulation {

namespace {

constexpr shelf_row shelf_rows[] = {
    {"conversation_flow_components", "Conversation flow component",
        "conversation_flow_component_id", "conversation_flow_component_", "",
        "user_modified_timestamp", 404, resource::component, "name nodes", "{}"},
    {"test_case_definitions", "Test case definition", "test_case_definition_id", "test_case_",
        "creation_timestamp", "user_modified_timestamp", 404, resource::test_case,
        "name response_engine user_prompt metrics",
        R"({"type":"simulation","dynamic_variables":{},"tool_mocks":[],"llm_model":"gpt-4.1"})"},
    {"batch_tests", "Batch test", "test_case_batch_job_id", "test_batch_", "creation_timestamp",
        "user_modified_timestamp", 404, resource::batch_test,
        "response_engine test_case_definition_ids",
        R"({"status":"in_progress","pass_count":0,"fail_count":0,"error_count":0,"total_count":0})"},
    {"test_runs", "Test run", "test_case_job_id", "test_run_", "creation_timestamp",
        "user_modified_timestamp", 404, resource::none, "", R"({"status":"pending"})"},
    {"knowledge_bases", "knowledge base", "knowledge_base_id", "kb_", "", "", 422,
        resource::knowledge_base, "knowledge_base_name", R"({"status":"in_progress"})"},
    {"assets", "Asset", "asset_id", "asset_", "created_timestamp", "", 404, resource::none, "", "{}"},
    {"export_requests", "Export request", "export_request_id", "export_request_",
        "created_timestamp", "", 404, resource::none, "", "{}"},
    {"contacts", "Contact", "contact_id", "contact_", "created_timestamp",
        "user_modified_timestamp", 404, resource::contact, "phone_number",
        R"({"org_id":"org_simulated","do_not_call":false,"tags":[],"custom_fields":{},"conversation_count":0})"},
    {"contact_uploads", "Upload", "upload_id", "upload_", "", "", 404, resource::none, "", "{}"},
    {"apps", "App", "app_id", "app_", "created_timestamp", "user_modified_timestamp", 404,
        resource::app, "provider type",
        R"({"org_id":"org_simulated","connection_status":"not_connected"})"},
    {"singles", "Thing", "single_id", "", "", "", 404, resource::none, "", "{}"},
};
static_assert(std::size(shelf_rows) == shelf_count);

void require_fields(json::object const& body, std::string_view names)
{
    while (!names.empty()) {
        auto const name = names.substr(0, names.find(' '));
        require_field(body, name);
        names.remove_prefix(std::min(names.size(), name.size() + 1));
    }
}

/// Members the service sets itself change nothing, wherever they come from.
void drop_owned(shelf_row const& row, json::object& fields, verb v)
{
    fields.erase(row.id_member);
    fields.erase(row.created);
    fields.erase(row.modified);
    auto const given = json::parse(row.given);
    for (auto const& m : given.as_object())
        if (!is_writable(row.fields, v, m.key)) fields.erase(m.key);
}

} // namespace

shelf_row const& row_of(shelf s)
{
    return shelf_rows[static_cast<std::size_t>(s)];
}

bool ripen(shelf_record& r, std::int64_t now)
{
    if (r.coming.empty() || r.coming.front().at > now) return false;
    auto doc = r.doc->value.as_object();
    auto next = r.coming.begin();
    for (; next != r.coming.end() && next->at <= now; ++next) patch(doc, next->set);
    r.coming.erase(r.coming.begin(), next);
    r.doc = make_document(std::move(doc));
    return true;
}

shelf_record& account::find_on(shelf s, std::string_view id)
{
    auto const& row = row_of(s);
    auto* r = data_.shelves[s].find(id);
    if (!r && row.missing == 422) refuse_unknown_asset(row.noun, id);
    if (!r) refuse(row.missing, std::string(row.noun) + ' ' + std::string(id) + " not found");
    if (ripen(*r, time_.unix_ms())) ++changes_;
    return *r;
}

shelf_record& account::put_on(shelf s, json::object fields, json::object hidden)
{
    auto const& row = row_of(s);
    auto const at = now();
    shelf_record r;
    r.id = new_id(row.id_prefix);
    r.created = r.position = at;
    r.hidden = std::move(hidden);
    json::object doc{{row.id_member, r.id}};
    auto const given = json::parse(row.given);
    patch(doc, given.as_object());
    patch(doc, fields);
    if (!row.created.empty()) doc.set(row.created, at);
    if (!row.modified.empty()) doc.set(row.modified, at);
    r.doc = make_document(std::move(doc));
    return data_.shelves[s].insert(std::move(r));
}

void account::change_on(shelf s, shelf_record& r, json::object const& fields)
{
    auto const& row = row_of(s);
    auto doc = r.doc->value.as_object();
    patch(doc, fields, options_.deep_patch);
    auto const at = now();
    if (!row.modified.empty()) doc.set(row.modified, at);
    r.doc = make_document(std::move(doc));
}

std::string account::shown(shelf s, shelf_record const& r)
{
    if (s != shelf::components) return r.doc->text;
    auto text = with_links(r);
    return options_.mask_secrets ? masked_text(json::parse(text)) : text;
}

/// What a kind asks of its members beyond their types. `old` is null for a new one.
void account::check_on(shelf s, json::object const& fields, shelf_record const* old) const
{
    if (s == shelf::test_cases) check_test_case(fields);
    if (s == shelf::contacts && !old) check_contact(fields);
    if (s == shelf::apps) check_app(fields);
}

http::reply account::create_on(shelf s, call const& c)
{
    auto const& row = row_of(s);
    auto fields = accept_fields(row.fields, verb::create, c.body, options_);
    require_fields(fields, row.required);
    drop_owned(row, fields, verb::create);
    check_on(s, fields, nullptr);
    auto hidden = take_secrets(s, fields);
    return json_reply(201, shown(s, put_on(s, std::move(fields), std::move(hidden))));
}

http::reply account::get_from(shelf s, call const& c)
{
    return json_reply(200, shown(s, find_on(s, c.id)));
}

http::reply account::update_on(shelf s, call const& c)
{
    auto const& row = row_of(s);
    auto& r = find_on(s, c.id);
    auto fields = accept_fields(row.fields, verb::update, c.body, options_);
    drop_owned(row, fields, verb::update);
    check_on(s, fields, &r);
    auto secrets = take_secrets(s, fields);
    for (auto const& m : secrets) r.hidden.set(m.key, m.val);
    change_on(s, r, fields);
    return json_reply(200, shown(s, r));
}

http::reply account::delete_from(shelf s, call const& c)
{
    data_.shelves[s].erase(find_on(s, c.id));
    ++changes_;
    return {204, {}};
}

http::reply account::list_of(
    shelf s, page_request const& request, std::function<bool(shelf_record const&)> const& wanted)
{
    auto& records = data_.shelves[s];
    return make_page(request, records.order(), [&](std::string const& id) {
        auto& r = *records.find(id);
        if (ripen(r, time_.unix_ms())) ++changes_;
        return is_listed(r.created) && (!wanted || wanted(r)) ? shown(s, r) : std::string();
    });
}

http::reply account::list_of(shelf s, call const& c)
{
    return list_of(s, page_request(c, row_of(s).state_member), {});
}

} // namespace trunkline::retell::simulation
