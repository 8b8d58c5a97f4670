#include "simulator_filter.hpp"
#include "simulator_paging.hpp"
#include "telephony.hpp"
#include "telephony_document.hpp"

#include <span>

namespace trunkline::retell::simulation {

namespace {

/// A condition of filter_criteria and where in the document it looks.
class filter_field {
public:
    std::string_view name;
    std::string_view holder = {}; ///< Nested in this member; empty: in the document itself.
    std::string_view member = {}; ///< Empty: named like the condition.
};

constexpr filter_field call_fields[] = {{"agent_tag"}, {"batch_call_id"}, {"call_id"},
    {"call_status"}, {"call_type"}, {"data_storage_setting"}, {"direction"},
    {"disconnection_reason"}, {"duration_ms"}, {"end_timestamp"}, {"from_number"},
    {"start_timestamp"}, {"to_number"}, {"call_successful", "call_analysis"},
    {"in_voicemail", "call_analysis"}, {"user_sentiment", "call_analysis"},
    {"combined_cost", "call_cost"}};

constexpr filter_field chat_fields[] = {{"agent_tag"}, {"chat_id"}, {"chat_status"}, {"chat_type"},
    {"disconnection_reason"}, {"duration_ms"}, {"end_timestamp"}, {"start_timestamp"},
    {"chat_successful", "chat_analysis"}, {"user_sentiment", "chat_analysis"},
    {"combined_cost", "chat_cost"}};

/// Conditions on a map, which name the key they are about.
constexpr filter_field call_maps[] = {{"custom_attributes"}, {"metadata"},
    {"dynamic_variables", "", "retell_llm_dynamic_variables"},
    {"custom_analysis_data", "call_analysis"}};

constexpr filter_field chat_maps[] = {{"custom_attributes"}, {"metadata"},
    {"dynamic_variables", "", "retell_llm_dynamic_variables"},
    {"custom_analysis_data", "chat_analysis"}};

json::value const& member_of(json::object const& doc, std::string_view name)
{
    static json::value const none;
    json::value const* v = doc.find(name);
    return v ? *v : none;
}

json::value const& look_up(json::object const& doc, filter_field const& f)
{
    auto const member = f.member.empty() ? f.name : f.member;
    return f.holder.empty() ? member_of(doc, member) : member_of(doc, f.holder).at_or_null(member);
}

/// How long a chat was; its document does not say.
json::value chat_duration(json::object const& doc)
{
    json::value const& end = member_of(doc, "end_timestamp");
    if (!end.is_number()) return {};
    return end.int_or(0) - member_of(doc, "start_timestamp").int_or(0);
}

enum class listed : std::uint8_t { calls, chats };

/// filter_criteria of calls or of chats.
class conversation_filter {
public:
    conversation_filter(listed what, json::value const& body) : what_(what)
    {
        json::value const& criteria = body.at_or_null("filter_criteria");
        if (criteria.is_null()) return;
        if (!criteria.is_object()) refuse(400, "filter_criteria must be an object");
        for (auto const& m : criteria.as_object())
            if (!m.val.is_null()) add(m);
    }

    bool matches(json::object const& doc, json::array const& tools = {}) const
    {
        return of_agents(doc) && of_scalars(doc) && of_maps(doc) && of_tools(tools);
    }

private:
    void add(json::member const& m)
    {
        bool const of_calls = what_ == listed::calls;
        auto const scalar = field_named(m.key, of_calls ? fields(call_fields) : fields(chat_fields));
        auto const map = field_named(m.key, of_calls ? fields(call_maps) : fields(chat_maps));
        if (m.key == "agent") agents_ = list_of(m);
        else if (of_calls && m.key == "tool_calls") tools_ = list_of(m);
        else if (of_calls && m.key == "e2e_latency_p50") latency_.emplace(m.val, m.key);
        else if (scalar) scalars_.emplace_back(scalar, condition(m.val, m.key));
        else if (map)
            for (json::value const& c : list_of(m)) maps_.emplace_back(map, condition(c, m.key));
        else refuse(400, "Unknown filter_criteria '" + m.key + "'");
    }

    using fields = std::span<filter_field const>;
    static filter_field const* field_named(std::string_view name, fields known)
    {
        auto const i = std::ranges::find(known, name, &filter_field::name);
        return i == known.end() ? nullptr : &*i;
    }

    static json::array const& list_of(json::member const& m)
    {
        if (!m.val.is_array()) refuse(400, "filter_criteria." + m.key + " must be an array");
        return m.val.as_array();
    }

    bool of_agents(json::object const& doc) const
    {
        return agents_.empty() || std::ranges::any_of(agents_, [&](json::value const& wanted) {
            if (wanted.at_or_null("agent_id") != member_of(doc, "agent_id")) return false;
            json::value const& versions = wanted.at_or_null("version");
            auto const& version = doc.contains("agent_version") ? member_of(doc, "agent_version")
                                                                : member_of(doc, "version");
            return !versions.is_array() || versions.as_array().empty() ||
                std::ranges::find(versions.as_array(), version) != versions.as_array().end();
        });
    }
    bool of_scalars(json::object const& doc) const
    {
        return std::ranges::all_of(scalars_,
                   [&](auto const& s) {
                       bool const computed =
                           what_ == listed::chats && s.first->name == "duration_ms";
                       return s.second.holds(computed ? chat_duration(doc) : look_up(doc, *s.first));
                   }) &&
            (!latency_ ||
                latency_->holds(member_of(doc, "latency").at_or_null("e2e").at_or_null("p50")));
    }
    bool of_maps(json::object const& doc) const
    {
        return std::ranges::all_of(maps_, [&](auto const& m) {
            return m.second.holds(look_up(doc, *m.first).at_or_null(m.second.key()));
        });
    }
    /// Each wanted tool call is one of those made.
    bool of_tools(json::array const& made) const
    {
        return std::ranges::all_of(tools_, [&](json::value const& wanted) {
            member_condition const latency(wanted, "latency_ms"), success(wanted, "success");
            return std::ranges::any_of(made, [&](json::value const& t) {
                return t.string_at("name") == wanted.string_at("name", t.string_at("name")) &&
                    t.string_at("type") == wanted.string_at("type", t.string_at("type")) &&
                    latency.holds(t) && success.holds(t);
            });
        });
    }

    listed what_;
    json::array agents_, tools_;
    std::optional<condition> latency_;
    std::vector<std::pair<filter_field const*, condition>> scalars_, maps_;
};

} // namespace

http::reply telephony::list_calls(call const& c)
{
    page_request const request(c, "calls", page_source::body);
    conversation_filter const filter(listed::calls, c.body);
    return make_page(request, data_.calls.order(), [&](std::string const& id) {
        auto const& record = *data_.calls.find(id);
        return filter.matches(record.doc, record.tools) ? list_row(record) : std::string();
    });
}

http::reply telephony::list_chats(call const& c)
{
    page_request const request(c, "chats", page_source::body);
    conversation_filter const filter(listed::chats, c.body);
    return make_page(request, data_.chats.order(), [&](std::string const& id) {
        auto const& record = *data_.chats.find(id);
        return filter.matches(record.doc) ? json::to_text(record.doc) : std::string();
    });
}

namespace {

/// filter_criteria as they were: {agent_id: [..], start_timestamp: {lower_threshold, ..}, ...}
bool matches_legacy(json::object const& doc, json::value const& criteria)
{
    if (!criteria.is_object()) return true;
    return std::ranges::all_of(criteria.as_object(), [&](json::member const& m) {
        json::value const& field = member_of(doc, m.key);
        if (m.val.is_array())
            return m.val.as_array().empty() ||
                std::ranges::find(m.val.as_array(), field) != m.val.as_array().end();
        return field.int_or(0) >= m.val.int_at("lower_threshold", INT64_MIN) &&
            field.int_or(0) <= m.val.int_at("upper_threshold", INT64_MAX);
    });
}

} // namespace

/// A bare array of whole calls. The cursor is the id of the last one, the way it was.
http::reply telephony::list_legacy_calls(call const& c)
{
    auto const limit = c.body.int_at("limit", 50);
    if (limit < 1 || limit > 1000) refuse(400, "limit must be an integer between 1 and 1000");
    bool const ascending = c.body.string_at("sort_order") == "ascending";
    std::vector<call_record const*> all;
    for (auto const& [position, id] : data_.calls.order()) all.push_back(data_.calls.find(id));
    if (!ascending) std::ranges::reverse(all);
    auto from = all.begin();
    if (auto const last = c.body.string_at("pagination_key"); !last.empty()) {
        from = std::ranges::find_if(all, [&](auto const* r) { return r->id == last; });
        if (from == all.end()) refuse(400, "Invalid pagination_key");
        ++from;
    }
    json::array out;
    for (; from != all.end() && out.size() < static_cast<std::size_t>(limit); ++from)
        if (matches_legacy((*from)->doc, c.body.at_or_null("filter_criteria")))
            out.emplace_back((*from)->doc);
    return json_reply(200, json::to_text(json::value(std::move(out))));
}

} // namespace trunkline::retell::simulation
