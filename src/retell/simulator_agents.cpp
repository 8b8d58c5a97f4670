#include "simulator_account.hpp"
#include "simulator_paging.hpp"

#include <cctype>

namespace trunkline::retell::simulation {

std::int64_t account::now()
{
    data_.last_timestamp = std::max(time_.unix_ms(), data_.last_timestamp + 1);
    ++changes_;
    return data_.last_timestamp;
}

agent_record& account::find_agent(std::string_view id)
{
    auto* a = data_.agents.find(id);
    if (!a) refuse_unknown_asset("agent", id);
    return *a;
}

namespace {

resource fields_of_agents(channel which)
{
    return which == channel::chat ? resource::chat_agent : resource::agent;
}

} // namespace

/// The verbs of the one channel do not know the agents of the other.
agent_record& account::find_agent(channel which, std::string_view id)
{
    auto& a = find_agent(id);
    if (a.channel != which) refuse_unknown_asset("agent", id);
    return a;
}

revision& account::numbered(agent_record& a, std::int64_t number)
{
    auto* r = a.find(number);
    if (!r) refuse(404, "Version " + std::to_string(number) + " of agent " + a.id + " not found");
    return *r;
}

revision& account::resolve(agent_record& a, std::string_view reference)
{
    if (reference.empty() || reference == "latest") return a.latest();
    if (auto const number = parse_integer(reference)) return numbered(a, *number);
    if (reference == "latest_published") {
        if (auto const* r = a.latest_published()) return *a.find(r->number);
        if (options_.latest_published_falls_back) return a.latest();
        refuse(422, "Agent " + a.id + " has no published version");
    }
    json::value const* tag = a.tags.find(reference);
    if (!tag)
        refuse(options_.unknown_tag_status,
            "Unknown agent version tag '" + std::string(reference) + "'");
    auto* r = a.find(tag->int_at("version"));
    return r ? *r : a.latest(); // a tag that points at nothing means the latest, drafts included
}

bool account::has_voice(std::string_view id) const
{
    return std::ranges::any_of(
        data_.voices, [&](json::value const& v) { return v.string_at("voice_id") == id; });
}

void account::check_voices(json::object const& agent, int status) const
{
    json::value const* voice = agent.find("voice_id");
    if (voice && !has_voice(voice->string_or({})))
        refuse(status, "Voice " + std::string(voice->string_or({})) + " not found");
}

/// Checks the engine an agent names and fills in the version when it names none.
void account::settle_engine(json::object& agent, engine_ref const& before)
{
    json::value* engine = agent.find("response_engine");
    auto const type = engine->string_at("type");
    if (type != "retell-llm" && type != "conversation-flow" && type != "custom-llm")
        refuse(400, "response_engine.type must be retell-llm, conversation-flow or custom-llm");
    auto const wanted = engine_of(agent);
    if (wanted.kind == engine_kind::none) return;
    auto const* found = data_.engines(wanted.kind).find(wanted.id);
    if (!found) refuse_unknown_asset(type, wanted.id);
    if (wanted.version >= 0) {
        if (!found->find(wanted.version))
            refuse(422,
                std::string(type) + ' ' + wanted.id + " has no version " +
                    std::to_string(wanted.version));
        return;
    }
    bool const unchanged =
        before.kind == wanted.kind && before.id == wanted.id && before.version >= 0;
    engine->as_object().set(
        "version", json::value(unchanged ? before.version : found->latest().number));
}

/// Stores a new or changed version; the document names it.
revision const& account::store(agent_record& a, json::object doc, bool moves)
{
    auto const at = now();
    doc.set("last_modification_timestamp", at);
    revision r(std::move(doc));
    auto const number = r.number;
    data_.put_revision(a, std::move(r));
    if (moves) data_.agents.move(a, at);
    return *a.find(number);
}

/// What create and update check and change the same way.
void account::settle_agent(channel which, json::object& fields) const
{
    if (which == channel::chat) check_chat_events(fields);
    else check_voices(fields, 404); // the service answers 404 here, not 400
    expand_language(fields);
    if (json::value* language = fields.find("language"); options_.collapse_language && language &&
        language->is_array() && language->as_array().size() == 1)
        *language = json::value(language->as_array().front());
}

http::reply account::create_agent(channel which, call const& c)
{
    auto fields = accept_fields(fields_of_agents(which), verb::create, c.body, options_);
    require_field(fields, "response_engine");
    if (which == channel::voice) require_field(fields, "voice_id");
    settle_agent(which, fields);
    settle_engine(fields, {});

    json::object doc{{"agent_id", ""}, {"version", 0}, {"is_published", false},
        {"base_version", nullptr}, {"assigned_tags", json::array{}}};
    patch(doc, fields);
    if (options_.default_fill) fill_defaults(fields_of_agents(which), doc);
    auto const created = now();
    agent_record a;
    a.channel = which;
    a.id = new_id("agent_");
    a.created = a.position = created;
    a.tags = json::object{{"prod", json::object{}}, {"staging", json::object{}}};
    doc.set("agent_id", a.id);
    doc.set("last_modification_timestamp", created);
    a.revisions.emplace_back(std::move(doc));
    return json_reply(201, data_.insert_agent(std::move(a)).latest().doc->text);
}

http::reply account::get_agent(channel which, call const& c)
{
    return json_reply(200, resolve(find_agent(which, c.id), c.parameter("version")).doc->text);
}

namespace {

void check_engine_change(agent_record const& a, engine_ref const& before, engine_ref const& after)
{
    bool const same = before.kind == after.kind && before.id == after.id;
    if (!same && a.latest().number > 0)
        refuse(400, "Cannot update response engine after agent versions have been created");
}

/// If-Match holds the last_modification_timestamp, quoted or not; no header is no condition.
void check_match(revision const& r, std::string_view wanted)
{
    if (wanted.size() >= 2 && wanted.front() == '"' && wanted.back() == '"')
        wanted = wanted.substr(1, wanted.size() - 2);
    if (!wanted.empty() && wanted != "*" && parse_integer(wanted) != r.modified)
        refuse(412, "The agent was modified at " + std::to_string(r.modified));
}

bool changes_only_title(json::object const& fields)
{
    return std::ranges::all_of(
        fields, [](json::member const& m) { return m.key == "version_title"; });
}

} // namespace

http::reply account::update_agent(channel which, call const& c)
{
    auto& a = find_agent(which, c.id);
    auto const& r = resolve(a, c.parameter("version"));
    if (options_.check_if_match) check_match(r, c.if_match);
    auto fields = accept_fields(fields_of_agents(which), verb::update, c.body, options_);
    if (r.published && !changes_only_title(fields))
        refuse(422, "Cannot update published agent other than version title");
    settle_agent(which, fields);
    if (fields.contains("response_engine")) settle_engine(fields, r.engine);
    auto doc = r.members();
    patch(doc, fields, options_.deep_patch);
    if (options_.refuse_engine_change) check_engine_change(a, r.engine, engine_of(doc));
    return json_reply(200, store(a, std::move(doc)).doc->text);
}

http::reply account::delete_agent(channel which, call const& c)
{
    data_.erase_agent(find_agent(which, c.id));
    ++changes_;
    return {204, {}};
}

namespace {

std::string lower(std::string_view text)
{
    std::string out(text);
    for (char& ch : out) ch = static_cast<char>(std::tolower(static_cast<unsigned char>(ch)));
    return out;
}

/// filter_criteria of list-agents.
class agent_filter {
public:
    explicit agent_filter(json::value const& body)
    {
        if (!body.is_null() && !body.is_object())
            refuse(400, "The request body must be a JSON object");
        json::value const& criteria = body.at_or_null("filter_criteria");
        if (criteria.is_null()) return;
        if (!criteria.is_object()) refuse(400, "filter_criteria must be an object");
        for (auto const& m : criteria.as_object()) {
            if (m.val.is_null()) continue;
            if (m.key == "channel") read_channel(m.val);
            else if (m.key != "query") refuse(400, "Unknown filter_criteria '" + m.key + "'");
            else if (!m.val.is_string()) refuse(400, "filter_criteria.query must be a string");
            else query_ = lower(m.val.as_string());
        }
    }
    bool matches(std::string_view name, std::string_view channel) const
    {
        return (channel_.empty() || channel_ == channel) &&
            (query_.empty() || lower(name).find(query_) != std::string::npos);
    }

private:
    void read_channel(json::value const& wanted)
    {
        if (!wanted.is_object() || wanted.string_at("type", "string") != "string" ||
            wanted.string_at("op", "eq") != "eq")
            refuse(400, "filter_criteria.channel must be of type string with op eq");
        channel_ = wanted.string_at("value");
        if (channel_ != "voice" && channel_ != "chat")
            refuse(400, "filter_criteria.channel.value must be voice or chat");
    }

    std::string channel_;
    std::string query_;
};

std::string agent_row(agent_record const& a, agent_filter const& filter)
{
    auto const& doc = a.latest().doc->value;
    auto const name = doc.string_at("agent_name");
    auto const* which = a.channel == channel::chat ? "chat" : "voice";
    if (!filter.matches(name, which)) return {};
    return json::to_text(json::object{{"agent_id", a.id}, {"agent_name", name}, {"channel", which},
        {"user_modified_timestamp", a.position}, {"tags", a.tags}});
}

} // namespace

bool account::is_listed(std::int64_t created) const
{
    return options_.list_delay.count() == 0 ||
        created + options_.list_delay.count() <= time_.unix_ms();
}

http::reply account::list_agents(call const& c)
{
    page_request const request(c, "agents");
    agent_filter const filter(c.body);
    return make_page(request, data_.agents.order(), [&](std::string const& id) {
        auto const& a = *data_.agents.find(id);
        return is_listed(a.created) ? agent_row(a, filter) : std::string();
    });
}

} // namespace trunkline::retell::simulation
