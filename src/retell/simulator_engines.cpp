#include "simulator_account.hpp"
#include "simulator_paging.hpp"

namespace trunkline::retell::simulation {

namespace {

resource resource_of(engine_kind k)
{
    return k == engine_kind::flow ? resource::flow : resource::llm;
}

std::string_view id_member(engine_kind k)
{
    return k == engine_kind::flow ? "conversation_flow_id" : "llm_id";
}

} // namespace

/// The two engines differ in what "no such thing" is: 404 for a flow, 422 for an LLM.
engine_record& account::find_engine(engine_kind kind, std::string_view id)
{
    auto* e = data_.engines(kind).find(id);
    if (!e && kind == engine_kind::flow)
        refuse(404, "Conversation flow " + std::string(id) + " not found");
    if (!e) refuse_unknown_asset("retell-llm", id);
    return *e;
}

revision& account::resolve_engine(engine_kind, engine_record& e, std::string_view version)
{
    if (version.empty()) return e.latest();
    auto const number = parse_integer(version);
    if (!number) refuse(400, "version must be an integer");
    auto* r = e.find(*number);
    if (!r) refuse(404, "Version " + std::to_string(*number) + " of " + e.id + " not found");
    return *r;
}

revision* account::engine_revision(engine_ref const& used)
{
    if (used.kind == engine_kind::none) return nullptr;
    auto* e = data_.engines(used.kind).find(used.id);
    if (!e) return nullptr;
    return used.version < 0 ? &e->latest() : e->find(used.version);
}

/// Stores a new or changed version. Agents that run on it in their latest version count as modified.
revision const& account::store(engine_kind kind, engine_record& e, json::object doc, bool moves)
{
    auto const at = now();
    doc.set("last_modification_timestamp", at);
    revision r(std::move(doc));
    auto const number = r.number;
    place(e, std::move(r));
    data_.engines(kind).move(e, e.latest().modified);
    for (auto const& id : data_.users_of(e.id)) {
        auto& a = *data_.agents.find(id);
        auto const& used = a.latest().engine;
        if (moves && used.kind == kind && used.id == e.id && used.version == number)
            data_.agents.move(a, at);
    }
    return *e.find(number);
}

std::string account::engine_text(revision const& r) const
{
    return options_.mask_secrets ? masked_text(r.doc->value) : r.doc->text;
}

http::reply account::create_engine(engine_kind kind, call const& c)
{
    auto const which = resource_of(kind);
    auto fields = accept_fields(which, verb::create, c.body, options_);
    if (kind == engine_kind::flow)
        for (auto const* name : {"model_choice", "nodes", "start_speaker"})
            require_field(fields, name);
    json::object doc{{id_member(kind), ""}, {"version", 0}, {"is_published", false}};
    patch(doc, fields);
    if (kind == engine_kind::llm) check_llm(doc);
    if (options_.default_fill) fill_defaults(which, doc);
    if (kind == engine_kind::flow && options_.inject_node_defaults) inject_node_defaults(doc);

    auto const created = now();
    engine_record e;
    e.id = new_id(kind == engine_kind::flow ? "conversation_flow_" : "llm_");
    e.created = e.position = created;
    doc.set(id_member(kind), e.id);
    doc.set("last_modification_timestamp", created);
    e.revisions.emplace_back(std::move(doc));
    return json_reply(201, engine_text(data_.engines(kind).insert(std::move(e)).latest()));
}

http::reply account::get_engine(engine_kind kind, call const& c)
{
    auto& e = find_engine(kind, c.id);
    return json_reply(200, engine_text(resolve_engine(kind, e, c.parameter("version"))));
}

http::reply account::update_engine(engine_kind kind, call const& c)
{
    auto& e = find_engine(kind, c.id);
    auto const& r = resolve_engine(kind, e, c.parameter("version"));
    if (r.published)
        refuse(400,
            kind == engine_kind::flow ? "Cannot update published conversation flow"
                                      : "Cannot update published LLM");
    auto fields = accept_fields(resource_of(kind), verb::update, c.body, options_);
    if (options_.inject_node_defaults && kind == engine_kind::flow) inject_node_defaults(fields);
    auto doc = r.members();
    patch(doc, fields, options_.deep_patch);
    if (kind == engine_kind::llm) check_llm(doc);
    if (options_.default_fill) fill_kb_config(doc, false);
    return json_reply(
        200, engine_text(store(kind, e, std::move(doc), options_.engine_edit_moves_agent)));
}

http::reply account::delete_engine(engine_kind kind, call const& c)
{
    auto& e = find_engine(kind, c.id);
    auto const force = c.parameter("force_delete");
    if (!force.empty() && force != "true" && force != "false")
        refuse(400, "force_delete must be true or false");
    auto const users = data_.users_of(e.id);
    if (!users.empty() && force != "true")
        refuse(400, "Cannot delete " + e.id + ": it is used by agent " + users.front());
    data_.engines(kind).erase(e);
    ++changes_;
    return {204, {}};
}

http::reply account::list_engines(engine_kind kind, call const& c)
{
    page_request const request(c, kind == engine_kind::flow ? "flows" : "llms");
    auto const& engines = data_.engines(kind);
    return make_page(request, engines.order(), [&](std::string const& id) {
        auto const& e = *engines.find(id);
        return is_listed(e.created) ? engine_text(e.latest()) : std::string();
    });
}

/// Precondition: the reference leads somewhere. Returns the number of the new draft.
std::int64_t account::fork_engine(engine_ref const& base)
{
    auto doc = engine_revision(base)->members();
    auto& e = *data_.engines(base.kind).find(base.id);
    auto const number = e.next_number();
    doc.set("version", number);
    doc.set("is_published", false);
    store(base.kind, e, std::move(doc), options_.new_version_moves_agent);
    return number;
}

void account::freeze_engine(engine_ref const& used)
{
    auto const* r = engine_revision(used);
    if (!r || r->published) return;
    auto doc = r->members();
    doc.set("is_published", true);
    store(used.kind, *data_.engines(used.kind).find(used.id), std::move(doc),
        options_.publish_moves_agent);
}

/// An engine's draft goes with the agent draft it was made for, unless another version runs on it.
void account::drop_engine_draft(engine_ref const& used)
{
    auto const* r = engine_revision(used);
    if (!r || r->published || used.version < 0) return;
    auto& e = *data_.engines(used.kind).find(used.id);
    if (e.revisions.size() == 1) return;
    for (auto const& id : data_.users_of(used.id))
        for (auto const& other : data_.agents.find(id)->revisions)
            if (other.engine.id == used.id && other.engine.version == used.version) return;
    std::erase_if(e.revisions, [&](revision const& v) { return v.number == used.version; });
    data_.engines(used.kind).move(e, e.latest().modified);
}

} // namespace trunkline::retell::simulation
