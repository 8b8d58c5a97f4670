#include "simulator_model.hpp"

#include <charconv>

namespace trunkline::retell::simulation {

void refuse(int status, std::string_view message)
{
    throw refusal{status, json::to_text(json::object{{"status", "error"}, {"message", message}})};
}

void refuse_plainly(int status, std::string_view message)
{
    throw refusal{status, json::to_text(json::object{{"error_message", message}})};
}

void refuse_unknown_asset(std::string_view kind, std::string_view id)
{
    refuse(422, "Cannot find asset: " + std::string(kind) + " " + std::string(id));
}

http::reply json_reply(int status, std::string text)
{
    http::reply r(status, std::move(text));
    r.headers.add("Content-Type", "application/json; charset=utf-8");
    return r;
}

std::string_view call::parameter(std::string_view name) const noexcept
{
    for (auto const& [key, value] : query)
        if (key == name) return value;
    return {};
}

engine_ref engine_of(json::object const& agent)
{
    engine_ref out;
    json::value const* found = agent.find("response_engine");
    if (!found) return out;
    json::value const& engine = *found;
    auto const type = engine.string_at("type");
    if (type == "retell-llm") {
        out.kind = engine_kind::llm;
        out.id = engine.string_at("llm_id");
    } else if (type == "conversation-flow") {
        out.kind = engine_kind::flow;
        out.id = engine.string_at("conversation_flow_id");
    }
    if (out.kind != engine_kind::none) out.version = engine.int_at("version", -1);
    return out;
}

revision::revision(json::object members)
    : doc(std::make_shared<document const>(json::value(std::move(members))))
{
    number = doc->value.int_at("version");
    published = doc->value.bool_at("is_published");
    modified = doc->value.int_at("last_modification_timestamp", 0);
    engine = engine_of(doc->value.as_object());
}

namespace {
template <class Revisions>
auto* find_in(Revisions& revisions, std::int64_t number) noexcept
{
    auto const i = std::ranges::lower_bound(revisions, number, {}, &revision::number);
    return i != revisions.end() && i->number == number ? &*i : nullptr;
}
} // namespace

revision* versioned::find(std::int64_t number) noexcept
{
    return find_in(revisions, number);
}

revision const* versioned::find(std::int64_t number) const noexcept
{
    return find_in(revisions, number);
}

revision const* versioned::latest_published() const noexcept
{
    for (auto i = revisions.rbegin(); i != revisions.rend(); ++i)
        if (i->published) return &*i;
    return nullptr;
}

bool is_e164(std::string_view number) noexcept
{
    return number.size() >= 3 && number.size() <= 16 && number[0] == '+' && number[1] != '0' &&
        number.find_first_not_of("0123456789", 1) == number.npos;
}

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept
{
    std::int64_t n = 0;
    auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (text.empty() || failed != std::errc() || end != text.data() + text.size()) return {};
    return n;
}

} // namespace trunkline::retell::simulation
