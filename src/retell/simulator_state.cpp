#include "simulator_account.hpp"

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/random.hpp>

#include <cstdio>

namespace trunkline::retell::simulation {

// --- inventory: who runs on what -------------------------------------------------------------------

std::vector<std::string> inventory::users_of(std::string_view engine_id) const
{
    std::vector<std::string> out;
    if (auto const i = users_.find(engine_id); i != users_.end())
        for (auto const& [agent, versions] : i->second) out.push_back(agent);
    return out;
}

void inventory::count_use(agent_record const& a, revision const& r, int by)
{
    if (r.engine.kind == engine_kind::none) return;
    auto& agents_of_engine = users_[r.engine.id];
    if ((agents_of_engine[a.id] += by) == 0) agents_of_engine.erase(a.id);
    if (agents_of_engine.empty()) users_.erase(r.engine.id);
}

agent_record& inventory::insert_agent(agent_record a)
{
    for (auto const& r : a.revisions) count_use(a, r, 1);
    return agents.insert(std::move(a));
}

void inventory::erase_agent(agent_record const& a)
{
    for (auto const& r : a.revisions) count_use(a, r, -1);
    agents.erase(a);
}

void inventory::put_revision(agent_record& a, revision r)
{
    count_use(a, r, 1);
    if (auto const* old = a.find(r.number)) count_use(a, *old, -1);
    place(a, std::move(r));
}

void inventory::erase_revision(agent_record& a, std::int64_t number)
{
    count_use(a, *a.find(number), -1);
    std::erase_if(a.revisions, [&](revision const& r) { return r.number == number; });
}

void place(versioned& v, revision r)
{
    if (auto* old = v.find(r.number)) {
        *old = std::move(r);
        return;
    }
    auto const at = std::ranges::upper_bound(v.revisions, r.number, {}, &revision::number);
    v.revisions.insert(at, std::move(r));
}

/// The n-th id of a seed, whatever else happened: a saved and reloaded account goes on the same.
std::string account::new_id(std::string_view prefix)
{
    random_source random(options_.seed * 0x9e3779b97f4a7c15ULL + data_.next_id++);
    char hex[33];
    std::snprintf(hex, sizeof hex, "%016llx%016llx", static_cast<unsigned long long>(random.next()),
        static_cast<unsigned long long>(random.next()));
    return std::string(prefix) + std::string(hex, 28);
}

// --- loading ---------------------------------------------------------------------------------------

namespace {

[[noreturn]] void refuse_state(std::string const& why)
{
    throw error(errc::invalid_argument, "not a simulator state: " + why);
}

json::array const& array_of(json::value const& holder, std::string_view name)
{
    static json::array const none;
    json::value const* found = holder.find(name);
    if (!found || found->is_null()) return none;
    if (!found->is_array()) refuse_state("\"" + std::string(name) + "\" is no array");
    return found->as_array();
}

std::string id_of(json::value const& record, std::string_view member)
{
    auto const id = record.string_at(member);
    if (id.empty()) refuse_state("a record without \"" + std::string(member) + "\"");
    return std::string(id);
}

void load_versions(versioned& out, json::value const& record, std::string_view id_member)
{
    out.id = id_of(record, id_member);
    for (json::value const& v : array_of(record, "versions")) {
        if (!v.is_object()) refuse_state("a version of " + out.id + " is no object");
        auto members = v.as_object();
        if (!v.find("version")) members.set("version", 0);
        if (!v.find(id_member)) members.set(id_member, out.id);
        if (v.string_at(id_member, out.id) != out.id)
            refuse_state("a version of " + out.id + " has another id");
        revision r(std::move(members));
        if (r.number < 0 || out.find(r.number))
            refuse_state(out.id + " has a negative or repeated version");
        place(out, std::move(r));
    }
    if (out.revisions.empty()) refuse_state(out.id + " has no version");
    for (auto const& m : record.as_object())
        if (m.key != id_member && m.key != "versions") out.extra.set(m.key, m.val);
}

std::int64_t newest_change(versioned const& v)
{
    return std::ranges::max_element(v.revisions, {}, &revision::modified)->modified;
}

/// Moves a member from the unknown ones to where it is used.
json::value take(json::object& extra, std::string_view name)
{
    json::value* found = extra.find(name);
    if (!found) return {};
    json::value out = std::move(*found);
    extra.erase(name);
    return out;
}

/// Puts the names of the tags on the versions they point at.
void assign_tags(agent_record& a)
{
    for (revision& r : a.revisions) {
        json::array names;
        for (auto const& tag : a.tags)
            if (tag.val.int_at("version") == r.number) names.emplace_back(tag.key.text());
        json::value const* stated = r.members().find("assigned_tags");
        if (stated ? *stated == json::value(names) : names.empty()) continue;
        auto members = r.members();
        members.set("assigned_tags", std::move(names));
        r = revision(std::move(members));
    }
}

agent_record load_agent(json::value const& record)
{
    agent_record a;
    load_versions(a, record, "agent_id");
    json::value tags = take(a.extra, "tags");
    if (tags.is_null()) tags = json::object{{"prod", json::object{}}, {"staging", json::object{}}};
    if (!tags.is_object()) refuse_state("\"tags\" of " + a.id + " is no object");
    a.tags = std::move(tags.as_object());
    a.position = take(a.extra, "user_modified_timestamp").int_or(newest_change(a));
    json::value const which = take(a.extra, "channel");
    bool const chat = which.string_or(a.latest().doc->value.string_at("channel")) == "chat";
    a.channel = chat ? channel::chat : channel::voice;
    assign_tags(a);
    return a;
}

engine_record load_engine(json::value const& record, std::string_view id_member)
{
    engine_record e;
    load_versions(e, record, id_member);
    e.position = e.latest().modified;
    return e;
}

void load_engines(inventory& into, engine_kind kind, json::value const& state)
{
    bool const flow = kind == engine_kind::flow;
    for (json::value const& record : array_of(state, flow ? "conversation_flows" : "retell_llms")) {
        auto e = load_engine(record, flow ? "conversation_flow_id" : "llm_id");
        if (into.engines(kind).find(e.id)) refuse_state(e.id + " is there twice");
        into.engines(kind).insert(std::move(e));
    }
}

void load_number(inventory& into, json::value const& doc, json::value const& secrets)
{
    number_record n;
    n.id = id_of(doc, "phone_number");
    if (into.numbers.find(n.id)) refuse_state(n.id + " is there twice");
    n.position = doc.int_at("last_modification_timestamp", 0);
    n.password = secrets.string_at(n.id);
    n.doc = std::make_shared<document const>(doc);
    into.numbers.insert(std::move(n));
}

/// Engine versions that do not say whether they are published: they are, if an agent version is.
void settle_published(inventory& data)
{
    for (auto const& [position, id] : data.agents.order())
        for (auto const& r : data.agents.find(id)->revisions) {
            if (!r.published || r.engine.kind == engine_kind::none) continue;
            auto* e = data.engines(r.engine.kind).find(r.engine.id);
            auto* used = e ? e->find(r.engine.version) : nullptr;
            if (!used || used->members().contains("is_published")) continue;
            auto members = used->members();
            members.set("is_published", true);
            *used = revision(std::move(members));
        }
}

/// Voices that loaded agents speak with exist.
void add_used_voices(inventory& data)
{
    std::set<std::string, std::less<>> known;
    for (json::value const& v : data.voices) known.emplace(v.string_at("voice_id"));
    for (auto const& [position, id] : data.agents.order())
        for (auto const& r : data.agents.find(id)->revisions) {
            std::string const voice(r.doc->value.string_at("voice_id"));
            if (voice.empty() || !known.insert(voice).second) continue;
            data.voices.emplace_back(json::object{{"voice_id", voice}, {"voice_name", voice},
                {"provider", "platform"}, {"gender", "female"}});
        }
}

std::int64_t newest_timestamp(inventory const& data)
{
    std::int64_t newest = 0;
    auto const include = [&](auto const& records) {
        for (auto const& [position, id] : records.order()) {
            newest = std::max(newest, position);
            if constexpr (requires { records.find(id)->revisions; })
                newest = std::max(newest, newest_change(*records.find(id)));
        }
    };
    include(data.agents);
    include(data.llms);
    include(data.flows);
    include(data.numbers);
    return std::max(newest, data.shelves.newest());
}

} // namespace

void account::load(json::value const& state)
{
    if (!state.is_object()) refuse_state("no object");
    if (state.int_at("format") != 1) refuse_state("\"format\" is not 1");
    inventory fresh;
    load_engines(fresh, engine_kind::llm, state);
    load_engines(fresh, engine_kind::flow, state);
    for (json::value const& record : array_of(state, "agents")) {
        auto a = load_agent(record);
        if (fresh.agents.find(a.id)) refuse_state(a.id + " is there twice");
        fresh.insert_agent(std::move(a));
    }
    for (json::value const& doc : array_of(state, "phone_numbers"))
        load_number(fresh, doc, state.at_or_null("phone_number_secrets"));
    settle_published(fresh);
    fresh.voices = array_of(state, "voices");
    if (json::value const& servers = state.at_or_null("mcp_servers"); servers.is_object())
        fresh.mcp_servers = servers.as_object();
    add_used_voices(fresh);
    fresh.shelves.load(state);

    fresh.extra = state.as_object();
    for (auto const* ours : {"format", "agents", "retell_llms", "conversation_flows",
             "phone_numbers", "phone_number_secrets", "voices", "mcp_servers", "next_id",
             "last_timestamp", "calls", "chats", "batch_calls", "conversations", "deliveries"})
        fresh.extra.erase(ours);
    for (auto const& m : state.as_object())
        if (shelves::owns(m.key)) fresh.extra.erase(m.key);
    fresh.next_id =
        static_cast<std::uint64_t>(std::max<std::int64_t>(1, state.int_at("next_id", 1)));
    fresh.last_timestamp = std::max(newest_timestamp(fresh), state.int_at("last_timestamp", 0));
    data_ = std::move(fresh);
    add_builtin_voices();
    ++changes_;
}

} // namespace trunkline::retell::simulation
