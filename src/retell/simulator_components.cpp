#include "simulator_account.hpp"

namespace trunkline::retell::simulation {

namespace {

bool is_shared_use(json::value const& node)
{
    return node.string_at("type") == "component" && node.string_at("component_type") == "shared";
}

/// Calls `use` for each node of a flow, or of a component in it, that runs a shared component.
template <class Flow, class Use>
void each_shared_use(Flow& flow, Use use)
{
    auto const visit_nodes = [&](auto* nodes) {
        if (!nodes || !nodes->is_array()) return;
        for (auto& node : nodes->as_array())
            if (is_shared_use(node)) use(node);
    };
    visit_nodes(flow.find("nodes"));
    auto* components = flow.find("components");
    if (!components || !components->is_array()) return;
    for (auto& component : components->as_array()) visit_nodes(component.find("nodes"));
}

/// A shared component as a flow holds its own.
json::object local_copy(shelf_record const& component)
{
    json::object copy{{"component_id", component.id}};
    for (auto const& m : component.doc->value.as_object())
        if (m.key != "conversation_flow_component_id" && m.key != "user_modified_timestamp")
            copy.set(m.key, m.val);
    return copy;
}

/// Whether the flow ran the component; then it runs its own copy now.
bool make_local(json::object& flow, shelf_record const& component)
{
    bool changed = false;
    each_shared_use(flow, [&](json::value& node) {
        if (node.string_at("component_id") != component.id) return;
        node.as_object().set("component_type", "local");
        changed = true;
    });
    if (!changed) return false;
    json::value& components = flow["components"];
    components.make_array().emplace_back(local_copy(component));
    return true;
}

} // namespace

/// The document with the flows that use it, which change without it.
std::string account::with_links(shelf_record const& component)
{
    if (linked_at_ != changes_) {
        links_.clear();
        for (auto const& [position, id] : data_.flows.order())
            for (auto const& r : data_.flows.find(id)->revisions)
                each_shared_use(r.members(), [&](json::value const& node) {
                    links_[std::string(node.string_at("component_id"))].insert(id);
                });
        linked_at_ = changes_;
    }
    json::array flows;
    if (auto const i = links_.find(component.id); i != links_.end())
        for (auto const& id : i->second) flows.emplace_back(id);
    auto doc = component.doc->value.as_object();
    doc.set("linked_conversation_flow_ids", std::move(flows));
    return options_.mask_secrets ? masked_text(std::move(doc)) : json::to_text(std::move(doc));
}

/// Flows that ran it keep a copy of their own, in published versions too: what they do stays.
http::reply account::delete_component(call const& c)
{
    auto const& component = find_on(shelf::components, c.id);
    std::vector<std::string> ids;
    for (auto const& [position, id] : data_.flows.order()) ids.push_back(id);
    for (auto const& id : ids) {
        auto& flow = *data_.flows.find(id);
        for (std::size_t i = 0; i < flow.revisions.size(); ++i) {
            auto doc = flow.revisions[i].members();
            if (make_local(doc, component)) store(engine_kind::flow, flow, std::move(doc), false);
        }
    }
    return delete_from(shelf::components, c);
}

} // namespace trunkline::retell::simulation
