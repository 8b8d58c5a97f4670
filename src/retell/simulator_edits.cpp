#include "simulator_account.hpp"

namespace trunkline::retell::simulation {

namespace {

call make_call(std::string_view id, json::value body, std::int64_t version = -1)
{
    call c;
    c.id = id;
    c.body = std::move(body);
    if (version >= 0) c.query.emplace_back("version", std::to_string(version));
    return c;
}

std::int64_t base_of_edit(agent_record const& a, json::value const& what)
{
    if (what.find("base_version")) return what.int_at("base_version");
    auto const* published = a.latest_published();
    return published ? published->number : a.latest().number;
}

} // namespace

json::value account::edit(json::value const& what)
{
    if (!what.is_object()) refuse(400, "An edit must be a JSON object");
    json::object done;
    if (auto const id = what.string_at("phone_number"); !id.empty()) {
        update_number(make_call(id, what.at_or_null("number_patch")));
        done.set("phone_number", id);
    }
    auto const id = what.string_at("agent_id");
    if (id.empty()) {
        if (done.empty()) refuse(400, "An edit needs agent_id or phone_number");
        return done;
    }
    auto const base = base_of_edit(find_agent(id), what);
    create_agent_version(make_call(id, json::object{{"base_version", base}}));
    auto const made = find_agent(id).latest(); // a copy: the edits below replace the original
    if (json::value const* patch_of_engine = what.find("engine_patch")) {
        if (made.engine.kind == engine_kind::none) refuse(400, "The agent has no engine to patch");
        update_engine(
            made.engine.kind, make_call(made.engine.id, *patch_of_engine, made.engine.version));
    }
    if (json::value const* patch_of_agent = what.find("agent_patch"))
        update_agent(find_agent(id).channel, make_call(id, *patch_of_agent, made.number));
    bool const publish = what.bool_at("publish", true);
    if (publish) publish_agent_version(make_call(id, json::object{{"version", made.number}}));
    done.set("agent_id", id);
    done.set("version", made.number);
    done.set("is_published", publish);
    return done;
}

namespace {

/// A member no client can know, with numbers that do not survive a double.
json::value unknown_content()
{
    return json::parse(
        R"({"enabled":true,"ratio":31.4500,"serial":12345678901234567890,"tiny":1e-400,)"
        R"("empty_map":{},"empty_list":[],"nothing":null})");
}

int add_to_items(json::object& holder);

int add_to(json::object& target)
{
    int added = add_to_items(target);
    if (!target.contains("vendor_preview")) {
        target.set("vendor_preview", unknown_content());
        ++added;
    }
    return added;
}

int add_to_items(json::object& holder)
{
    int added = 0;
    for (auto const* name : {"general_tools", "tools", "states", "nodes", "components", "mcps"}) {
        json::value* list = holder.find(name);
        if (!list || !list->is_array()) continue;
        for (json::value& item : list->as_array())
            if (item.is_object()) added += add_to(item.as_object());
    }
    return added;
}

} // namespace

json::value account::add_unknown_fields(bool touch)
{
    std::int64_t documents = 0, members = 0;
    auto const at = touch ? now() : 0;
    auto const changed = [&](json::object doc) {
        members += add_to(doc);
        ++documents;
        if (touch) doc.set("last_modification_timestamp", at);
        return doc;
    };
    auto const visit = [&](auto& records) {
        auto const order = records.order();
        for (auto const& [position, id] : order) {
            auto& record = *records.find(id);
            for (revision& r : record.revisions) r = revision(changed(r.members()));
            if (touch) records.move(record, at);
        }
    };
    visit(data_.agents);
    visit(data_.llms);
    visit(data_.flows);
    auto const numbers = data_.numbers.order();
    for (auto const& [position, id] : numbers) {
        auto& n = *data_.numbers.find(id);
        n.doc = std::make_shared<document const>(json::value(changed(n.doc->value.as_object())));
        if (touch) data_.numbers.move(n, at);
    }
    ++changes_;
    return json::object{{"documents", documents}, {"members", members}};
}

} // namespace trunkline::retell::simulation
