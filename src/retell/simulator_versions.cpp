#include "simulator_account.hpp"
#include "simulator_paging.hpp"

namespace trunkline::retell::simulation {

namespace {

/// A version without its configuration.
std::string version_row(revision const& r)
{
    json::object row{{"version", r.number}, {"is_published", r.published},
        {"last_modification_timestamp", r.modified}};
    for (auto const* name : {"base_version", "version_title", "version_description"}) {
        json::value const* v = r.members().find(name);
        if (v && !v->is_null()) row.set(name, *v);
    }
    return json::to_text(row);
}

std::int64_t required_integer(json::value const& body, std::string_view name)
{
    if (!body.is_object()) refuse(400, "The request body must be a JSON object");
    json::value const* v = body.find(name);
    if (!v || v->is_null()) refuse(400, std::string(name) + " is required");
    auto const n = v->is_number() ? v->as_number().to_int64() : std::nullopt;
    if (!n || *n < 0) refuse(400, std::string(name) + " must be a non-negative integer");
    return *n;
}

} // namespace

http::reply account::list_agent_versions(call const& c)
{
    page_request const request(c, "versions/" + c.id);
    auto const& a = find_agent(c.id);
    page out(request);
    auto const count = a.revisions.size();
    for (std::size_t i = 0; i < count; ++i) {
        auto const& r = a.revisions[request.descending ? count - 1 - i : i];
        bool const seen = request.after &&
            (request.descending ? r.number >= request.after->first
                                : r.number <= request.after->first);
        if (!seen && !out.add({r.number, {}}, version_row(r))) break;
    }
    return std::move(out).reply();
}

http::reply account::get_agent_versions(channel which, call const& c)
{
    std::string text = "[";
    for (auto const& r : find_agent(which, c.id).revisions)
        text += (text.size() > 1 ? "," : "") + r.doc->text;
    return json_reply(200, text + ']');
}

/// A draft of the agent and, beside it, one of the engine its base version runs on.
revision const& account::fork(agent_record& a, std::int64_t number)
{
    auto const& base = numbered(a, number);
    auto doc = base.members();
    doc.set("version", a.next_number());
    doc.set("is_published", false);
    doc.set("base_version", number);
    doc.set("assigned_tags", json::array{});
    doc.erase("version_title");
    doc.erase("version_description");
    if (engine_revision(base.engine))
        doc.find("response_engine")->as_object().set("version", fork_engine(base.engine));
    return store(a, std::move(doc), options_.new_version_moves_agent);
}

http::reply account::create_agent_version(call const& c)
{
    auto const number = required_integer(c.body, "base_version");
    return json_reply(201, fork(find_agent(c.id), number).doc->text);
}

bool account::is_attached(agent_record const& a, std::int64_t number) const
{
    auto const points_here = [&](json::value const& reference) {
        if (reference.is_number()) return reference.int_or(-1) == number;
        auto const text = reference.string_or({});
        if (auto const n = parse_integer(text)) return *n == number;
        json::value const* tag = a.tags.find(text);
        return tag && tag->int_at("version") == number;
    };
    for (auto const& tag : a.tags)
        if (tag.val.int_at("version") == number) return true;
    for (auto const& [position, id] : data_.numbers.order()) {
        auto const& doc = data_.numbers.find(id)->doc->value;
        for (auto const* list :
            {"inbound_agents", "outbound_agents", "inbound_sms_agents", "outbound_sms_agents"})
        {
            json::value const& bindings = doc.at_or_null(list);
            if (!bindings.is_array()) continue;
            for (auto const& b : bindings.as_array())
                if (b.string_at("agent_id") == a.id && points_here(b.at_or_null("agent_version")))
                    return true;
        }
    }
    return false;
}

http::reply account::delete_agent_version(call const& c)
{
    auto& a = find_agent(c.id);
    auto const number = parse_integer(c.parameter("version"));
    if (!number) refuse(400, "version is required and must be an integer");
    auto const engine = numbered(a, *number).engine;
    if (is_attached(a, *number))
        refuse(options_.attached_version_status,
            "Cannot delete version " + std::to_string(*number) +
                ": it is attached to a phone number or tag");
    if (a.revisions.size() == 1) refuse(422, "Cannot delete the only version of an agent");
    data_.erase_revision(a, *number);
    drop_engine_draft(engine);
    if (options_.version_delete_moves_agent) touch_agent(a);
    else ++changes_;
    return {204, {}};
}

http::reply published_reply(publish_answer how)
{
    if (how == publish_answer::no_content) return {204, {}};
    auto r = json_reply(200, {});
    if (how == publish_answer::chunked_empty) r.framing = http::framing::chunked;
    return r;
}

/// Freezes a version and the engine version it runs on. Opens no new draft. Publishing what is
/// published already changes its title at most.
revision const& account::publish(agent_record& a, std::int64_t number, json::object const& titles)
{
    auto const& r = numbered(a, number);
    auto doc = r.members();
    patch(doc, titles);
    doc.set("is_published", true);
    freeze_engine(r.engine);
    return store(a, std::move(doc), options_.publish_moves_agent);
}

http::reply account::publish_agent_version(call const& c)
{
    auto const number = required_integer(c.body, "version");
    auto& a = find_agent(c.id);
    json::object titles;
    for (auto const* name : {"version_title", "version_description"})
        if (json::value const* v = c.body.find(name)) titles.set(name, *v);
    if (options_.strict_body) accept_fields(resource::agent, verb::update, titles, options_);
    publish(a, number, titles);
    return published_reply(options_.publish);
}

namespace {

/// Drops agent_swap tools or nodes whose agent is gone. Returns whether any was.
bool strip_dangling_swaps(json::object& engine, collection<agent_record> const& agents)
{
    bool changed = false;
    for (auto const* name : {"general_tools", "tools", "nodes"}) {
        json::value* list = engine.find(name);
        if (!list || !list->is_array()) continue;
        changed |= std::erase_if(list->as_array(), [&](json::value const& item) {
            return item.string_at("type") == "agent_swap" &&
                !agents.find(item.string_at("agent_id"));
        }) > 0;
    }
    return changed;
}

} // namespace

/// Remaps unknown voices and strips dangling references of a draft and its engine's draft.
http::reply account::repair_agent(call const& c)
{
    auto& a = find_agent(c.id);
    auto const number = resolve(a, c.parameter("version")).number;
    auto const& r = *a.find(number);
    if (r.published) return json_reply(200, r.doc->text);

    auto const used = r.engine;
    auto doc = r.members();
    json::value const* voice = doc.find("voice_id");
    if (a.channel == channel::voice && !(voice && has_voice(voice->string_or({}))))
        doc.set("voice_id", data_.voices.front().string_at("voice_id"));
    if (json::value* spare = doc.find("fallback_voice_ids"); spare && spare->is_array())
        std::erase_if(
            spare->as_array(), [&](json::value const& v) { return !has_voice(v.string_or({})); });
    store(a, std::move(doc));
    if (auto* engine = engine_revision(used); engine && !engine->published) {
        auto members = engine->members();
        if (strip_dangling_swaps(members, data_.agents))
            store(used.kind, *data_.engines(used.kind).find(used.id), std::move(members),
                options_.engine_edit_moves_agent);
    }
    return json_reply(200, a.find(number)->doc->text);
}

} // namespace trunkline::retell::simulation
