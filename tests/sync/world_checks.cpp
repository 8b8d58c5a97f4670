#include "sync/world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <string_view>

/// What a world keeps for the oracles, and how it asks them.
namespace trunkline::test {

using retell::resource_kind;

namespace {

std::optional<resource_kind> kind_of_file(std::string_view file)
{
    for (auto const kind : {resource_kind::agent, resource_kind::llm, resource_kind::flow,
             resource_kind::phone_number})
        if (file.starts_with(std::string(sync::folder(kind)) + "/")) return kind;
    return std::nullopt;
}

std::size_t* counter(object_counts& c, resource_kind kind)
{
    switch (kind) {
    case resource_kind::agent: return &c.agents;
    case resource_kind::llm: return &c.llms;
    case resource_kind::flow: return &c.flows;
    case resource_kind::phone_number: return &c.numbers;
    case resource_kind::knowledge_base: break;
    }
    return nullptr;
}

/// A file as the document whose fields are edited in it; null if it is none.
json::value document_in(std::string_view file, std::string const& text)
{
    if (!file.ends_with(".json"))
        return json::object{{"general_prompt", text.substr(0, text.find_last_not_of('\n') + 1)}};
    json::parse_error where;
    auto document = json::parse(text, where);
    return document && document->is_object() ? std::move(*document) : json::value();
}

std::optional<std::string> text_of(std::filesystem::path const& file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(in), {});
}

/// With the prompt that stands in a file beside it.
json::value with_prompt(std::filesystem::path const& file, json::value document)
{
    auto* const prompt = document.find("general_prompt");
    if (!prompt || !prompt->string_or("").starts_with("@file:")) return document;
    auto const text = text_of(file.parent_path() / prompt->as_string().substr(6));
    if (text) *prompt = text->substr(0, text->find_last_not_of('\n') + 1);
    return document;
}

json::value newest_of(json::value const& record, bool published)
{
    json::value found;
    for (auto const& v : record.at_or_null("versions").as_array())
        if (!published || v.bool_at("is_published"))
            if (found.is_null() || v.int_at("version") > found.int_at("version")) found = v;
    return found;
}

} // namespace

world::~world()
{
    auto const* const test = doctest::getContextOptions()->currentTest;
    if (test && std::string_view(test->m_name).starts_with("sync/") && !checked_ &&
        std::uncaught_exceptions() == 0)
        FAIL_CHECK("a scenario ended without its oracles");
}

std::string world::resource_named(std::string_view kind, std::string_view id) const
{
    for (auto const& row : db.bases(tenant, workspace))
        if (row.kind == kind && sync::plain_id(row.id) == id)
            if (auto const k = retell::parse_resource_kind(row.kind))
                return std::string(sync::folder(*k)) + "/" + row.name;
    return std::string(id);
}

void world::note_change(retell::call const& c)
{
    auto const name = std::string_view(c.op->name);
    checked_ = checked_ && c.op->retry == retell::retry_class::safe;
    for (auto const& [what, kind] : {std::pair{"agent", resource_kind::agent},
             {"retell-llm", resource_kind::llm}, {"conversation-flow", resource_kind::flow},
             {"phone-number", resource_kind::phone_number}})
    {
        if (name == "create-" + std::string(what)) ++*counter(logical_, kind);
        if (name == "delete-" + std::string(what)) --*counter(logical_, kind);
    }
    if (name == "delete-agent")
        deleted_by_people_.insert(c.args.parameters.find("agent_id")->second);
    if (name != "update-phone-number") return;
    auto const& number = c.args.parameters.find("phone_number")->second;
    auto const before = call(retell::get_phone_number(number));
    auto after = before;
    for (auto const& m : c.args.body->as_object()) after.as_object().set(m.key, m.val);
    edits.remote(resource_kind::phone_number, number, "numbers/" + number, before, std::move(after));
}

void world::note_file(std::string const& file, std::string const& text)
{
    checked_ = false;
    auto const kind = kind_of_file(file);
    auto after = with_prompt(bundle_dir() / file, document_in(file, text));
    if (!kind || after.is_null()) return;
    auto before = in_folder(file);
    if (before.is_null()) {
        before = json::object{};
        if (file.ends_with(".json")) ++*counter(logical_, *kind);
    }
    edits.local(*kind, file, before, std::move(after));
}

json::value world::in_folder(std::string const& file) const
{
    auto const text = text_of(bundle_dir() / file);
    return text ? with_prompt(bundle_dir() / file, document_in(file, *text)) : json::value();
}

/// A resource as callers get it.
json::value world::live(resource_kind kind, std::string const& id)
{
    auto const account = sim.state();
    auto const record = [&](std::string_view list, std::string_view key) -> json::value {
        for (auto const& r : account.at_or_null(list).as_array())
            if (r.string_at(key) == id) return r;
        return {};
    };
    auto const newest = [](json::value const& r) {
        if (r.is_null()) return json::value();
        auto published = newest_of(r, true);
        return published.is_null() ? newest_of(r, false) : published;
    };
    if (kind == resource_kind::phone_number) return record("phone_numbers", "phone_number");
    if (kind == resource_kind::agent) return newest(record("agents", "agent_id"));
    auto const engine = kind == resource_kind::llm
        ? record("retell_llms", "llm_id")
        : record("conversation_flows", "conversation_flow_id");
    std::int64_t version = -1;
    for (auto const& a : account.at_or_null("agents").as_array())
        if (auto const ref = sync::engine_of(newest(a)); ref && ref->id == id)
            version = std::max(version, ref->version);
    if (engine.is_null() || version < 0) return newest(engine);
    for (auto const& v : engine.at_or_null("versions").as_array())
        if (v.int_at("version") == version) return v;
    return {};
}

void world::check_oracles()
{
    check_oracles(logical_);
}

void world::check_oracles(object_counts const& expected)
{
    auto const before = writes;
    auto const refused = refusal_;
    try {
        auto p = plan();
        std::set<std::string> blocked; // a person must decide these; they write nothing
        for (auto const& c : p.conflicts) blocked.insert(c.unit);
        for (auto const& u : p.units)
            if (!blocked.contains(u.name)) FAIL_CHECK("O6: a second run would do ", u.name);
    } catch (error const& e) {
        INFO("O6: the second run is refused");
        CHECK(std::string(e.what()) == refused);
    }
    CHECK(writes == before);
    auto const account = sim.state();
    auto const lost =
        edits.check([this](resource_kind kind, std::string const& id) { return live(kind, id); },
            [this](resource_kind, std::string const& file) { return in_folder(file); });
    for (auto const& found :
        {lost, check_counts(account, expected), check_references(account, deleted_by_people_),
            check_numbers(account), check_journal(db, tenant, sent),
            check_drafts(db, tenant, sent, account), check_results(db, tenant, account)})
        for (auto const& what : found) FAIL_CHECK(what);
    checked_ = true;
}

} // namespace trunkline::test
