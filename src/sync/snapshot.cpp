#include <trunkline/sync/snapshot.hpp>

#include <algorithm>

namespace trunkline::sync {

using retell::resource_kind;

agent_state const* snapshot::find_agent(std::string_view id) const noexcept
{
    auto const it = std::ranges::find_if(agents, [&](auto const& a) { return a.agent.id == id; });
    return it == agents.end() ? nullptr : &*it;
}

resource_state const* snapshot::find_number(std::string_view number) const noexcept
{
    auto const it = std::ranges::find_if(numbers, [&](auto const& n) { return n.id == number; });
    return it == numbers.end() ? nullptr : &*it;
}

resource_state const* snapshot::find_spare_engine(std::string_view id) const noexcept
{
    auto const it = std::ranges::find_if(spare_engines, [&](auto const& e) { return e.id == id; });
    return it == spare_engines.end() ? nullptr : &*it;
}

resource_state const* snapshot::find_knowledge(std::string_view id) const noexcept
{
    auto const it = std::ranges::find_if(knowledge, [&](auto const& k) { return k.id == id; });
    return it == knowledge.end() ? nullptr : &*it;
}

std::optional<engine_reference> engine_of(json::value const& agent_document)
{
    auto const& engine = agent_document.at_or_null("response_engine");
    auto const type = engine.string_at("type");
    engine_reference ref;
    if (type == "retell-llm") {
        ref.kind = resource_kind::llm;
        ref.id = engine.string_at("llm_id");
    } else if (type == "conversation-flow") {
        ref.kind = resource_kind::flow;
        ref.id = engine.string_at("conversation_flow_id");
    }
    if (ref.id.empty()) return std::nullopt;
    ref.version = engine.int_at("version", -1);
    return ref;
}

std::string_view id_member(resource_kind kind) noexcept
{
    switch (kind) {
    case resource_kind::agent: return "agent_id";
    case resource_kind::llm: return "llm_id";
    case resource_kind::flow: return "conversation_flow_id";
    case resource_kind::phone_number: return "phone_number";
    case resource_kind::knowledge_base: return "knowledge_base_id";
    }
    return {};
}

resource_state describe(resource_kind kind, json::value document)
{
    resource_state r;
    r.kind = kind;
    r.id = document.string_at(id_member(kind));
    r.version = document.int_at("version", 0);
    r.published = document.bool_at("is_published");
    r.stamp = document.int_at("last_modification_timestamp", 0);
    r.document = std::move(document);
    return r;
}

} // namespace trunkline::sync
