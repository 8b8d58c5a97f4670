#include "simulator_account.hpp"
#include "simulator_paging.hpp"

namespace trunkline::retell::simulation {

namespace {

/// Members of auth_config that are never shown, by its type.
class auth_type {
public:
    std::string_view name, secret;
};
constexpr auth_type auth_types[] = {
    {"oauth2", "client_secret"}, {"api_key", "api_key"}, {"basic", "password"}};

constexpr std::string_view app_types[] = {
    "crm", "calendar", "knowledge_base", "support", "communication"};

/// Whether a member "app_id" with this value is anywhere in it.
bool mentions_app(json::value const& v, std::string_view app)
{
    if (v.is_array())
        return std::ranges::any_of(
            v.as_array(), [&](json::value const& item) { return mentions_app(item, app); });
    if (!v.is_object()) return false;
    return v.string_at("app_id") == app ||
        std::ranges::any_of(
            v.as_object(), [&](json::member const& m) { return mentions_app(m.val, app); });
}

} // namespace

void account::check_app(json::object const& fields) const
{
    if (json::value const* type = fields.find("type"))
        if (std::ranges::find(app_types, type->string_or({})) == std::end(app_types))
            refuse(400, "type is no type of app");
    json::value const* auth = fields.find("auth_config");
    if (!auth || auth->is_null()) return;
    auto const type = std::ranges::find(auth_types, auth->string_at("type"), &auth_type::name);
    if (type == std::end(auth_types))
        refuse(400, "auth_config.type must be oauth2, api_key or basic");
    if (auth->string_at(type->secret).empty())
        refuse(400, "auth_config." + std::string(type->secret) + " is required");
}

/// Takes out of the fields what answers must not show.
json::object account::take_secrets(shelf s, json::object& fields) const
{
    json::object secrets;
    json::value* auth = s == shelf::apps ? fields.find("auth_config") : nullptr;
    if (!auth || !auth->is_object()) return secrets;
    auto const type = std::ranges::find(auth_types, auth->string_at("type"), &auth_type::name);
    secrets.set("secret", *auth->find(type->secret));
    auth->as_object().erase(type->secret);
    return secrets;
}

// --- what uses an app ------------------------------------------------------------------------------

std::vector<app_usage> account::usages_of(std::string_view app)
{
    std::vector<app_usage> out;
    for (auto const& [position, id] : data_.agents.order()) {
        auto const& a = *data_.agents.find(id);
        json::array versions;
        std::int64_t at = 0;
        for (auto const& r : a.revisions) {
            auto const* engine = engine_revision(r.engine);
            bool const by_agent = mentions_app(r.doc->value, app);
            bool const by_engine = engine && mentions_app(engine->doc->value, app);
            if (!by_agent && !by_engine) continue;
            versions.emplace_back(r.number);
            at = std::max({at, by_agent ? r.modified : 0, by_engine ? engine->modified : 0});
        }
        if (versions.empty()) continue;
        json::object row{{"type", "agent"}, {"agent_id", id},
            {"agent_versions", std::move(versions)}, {"configured_timestamp", at}};
        if (auto const name = a.latest().doc->value.string_at("agent_name"); !name.empty())
            row.set("agent_name", name);
        out.push_back({{at, id}, json::to_text(std::move(row))});
    }
    return out;
}

http::reply account::list_app_usages(call const& c)
{
    auto const& app = find_on(shelf::apps, c.id).id;
    page_request const request(c, "app_usages/" + app);
    std::set<page_request::key> order;
    std::map<std::string, std::string> rows;
    for (auto& use : usages_of(app)) {
        order.insert(use.place);
        rows.emplace(use.place.second, std::move(use.row));
    }
    return make_page(
        request, order, [&](std::string const& id) -> std::string const& { return rows.at(id); });
}

http::reply account::delete_app(call const& c)
{
    auto const& app = find_on(shelf::apps, c.id).id;
    auto const force = c.parameter("force_delete");
    if (!force.empty() && force != "true" && force != "false")
        refuse(400, "force_delete must be true or false");
    if (force != "true" && !usages_of(app).empty())
        refuse(400, "Cannot delete " + app + ": it is used by an agent");
    return delete_from(shelf::apps, c);
}

/// Succeeds with any credentials but the word "invalid".
http::reply account::test_app_auth(call const& c)
{
    auto& app = find_on(shelf::apps, c.id);
    json::value const* secret = app.hidden.find("secret");
    bool const good = secret && secret->is_string() && secret->as_string() != "invalid";
    change_on(shelf::apps, app, {{"connection_status", good ? "connected" : "error"}});
    return json_reply(200, json::to_text(json::object{{"success", good}}));
}

// --- CRM -------------------------------------------------------------------------------------------

/// A thing of which there is one; made when it is first asked for.
shelf_record& account::single(std::string_view name)
{
    auto& singles = data_.shelves[shelf::singles];
    auto* found = singles.find(name);
    if (!found) {
        shelf_record r;
        r.id = name;
        json::object doc{{"single_id", name}};
        if (name == "crm_config") doc.set("org_id", "org_simulated");
        else doc.set("status", "idle");
        r.doc = make_document(std::move(doc));
        found = &singles.insert(std::move(r));
    }
    if (ripen(*found, time_.unix_ms())) ++changes_;
    return *found;
}

http::reply single_reply(int status, shelf_record const& r)
{
    auto doc = r.doc->value.as_object();
    doc.erase("single_id");
    return json_reply(status, json::to_text(std::move(doc)));
}

/// Queued now, running in a moment, idle with its result when its time is over.
shelf_record const& account::start_job(
    std::string_view name, std::size_t succeeded, std::size_t failed)
{
    auto& job = single(name);
    if (job.doc->value.string_at("status") != "idle") refuse(400, "The last job is still running");
    auto const at = time_.unix_ms();
    ++changes_;
    auto const time = options_.job_time.count();
    json::object const doc{{"single_id", name}, {"status", "queued"}, {"start_timestamp", at},
        {"triggered_by", "manual"}, {"succeeded", 0}, {"failed", 0}};
    job.doc = make_document(doc);
    job.coming = {{at + time / 2, {{"status", "running"}}},
        {at + time, {{"status", "idle"}, {"succeeded", succeeded}, {"failed", failed}}}};
    return job;
}

http::reply account::get_crm_config(call const&)
{
    return single_reply(200, single("crm_config"));
}

http::reply account::update_crm_config(call const& c)
{
    auto const fields = accept_fields(resource::crm, verb::update, c.body, options_);
    if (json::value const* app = fields.find("app_id"); app && !app->is_null())
        find_on(shelf::apps, app->as_string());
    auto& config = single("crm_config");
    change_on(shelf::singles, config, fields);
    return single_reply(200, config);
}

/// What can be mapped: the fields of a contact and those the account added.
http::reply account::get_crm_schema(call const& c)
{
    auto const& config = single("crm_config").doc->value;
    std::string id(c.parameter("app_id"));
    if (id.empty()) id = config.string_at("app_id");
    if (id.empty()) refuse(400, "app_id is required while no CRM is configured");
    auto const provider = find_on(shelf::apps, id).doc->value.string_at("provider");
    json::array fields;
    for (auto const* name : {"phone_number", "first_name", "last_name", "external_id"})
        fields.emplace_back(json::object{{"name", name}, {"type", "string"}});
    if (json::value const& own = config.at_or_null("custom_fields"); own.is_array())
        for (json::value const& f : own.as_array()) fields.push_back(f);
    return json_reply(
        200, json::to_text(json::object{{"provider", provider}, {"fields", std::move(fields)}}));
}

http::reply account::run_sync_job(call const&)
{
    auto& config = single("crm_config");
    if (config.doc->value.string_at("app_id").empty()) refuse(400, "No CRM is configured");
    auto const& job = start_job("crm_sync", data_.shelves[shelf::contacts].size(), 0);
    auto const done = job.coming.back().at;
    config.coming.push_back({done, {{"last_sync_timestamp", done}}});
    return single_reply(200, job);
}

http::reply account::get_sync_job_status(call const&)
{
    return single_reply(200, single("crm_sync"));
}

} // namespace trunkline::retell::simulation
