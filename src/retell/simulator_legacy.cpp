#include "simulator_account.hpp"

/// Operations the service has removed: lists of everything as bare arrays, publishing without a
/// version.
namespace trunkline::retell::simulation {

namespace {

/// limit, pagination_key and pagination_key_version.
class two_part_page {
public:
    explicit two_part_page(call const& c) : id_(c.parameter("pagination_key"))
    {
        if (auto const text = c.parameter("limit"); !text.empty()) {
            auto const n = parse_integer(text);
            if (!n || *n < 1 || *n > 1000)
                refuse(400, "limit must be an integer between 1 and 1000");
            limit_ = static_cast<std::size_t>(*n);
        }
        auto const version = parse_integer(c.parameter("pagination_key_version"));
        if (id_.empty() != !version)
            refuse(400, "pagination_key and pagination_key_version belong together");
        version_ = version.value_or(0);
    }

    /// One row for each version, newest first, from behind the one the cursor names.
    template <class Record, class Wanted>
    http::reply of(collection<Record> const& records, Wanted wanted) const
    {
        auto const& order = records.order();
        auto from = order.rbegin();
        if (!id_.empty()) {
            auto const* last = records.find(id_);
            if (!last) refuse(400, "Invalid pagination_key");
            from = std::make_reverse_iterator(
                std::next(order.find(std::pair(last->position, last->id))));
        }
        std::string text = "[";
        std::size_t count = 0;
        for (; from != order.rend(); ++from) {
            auto const& record = *records.find(from->second);
            if (!wanted(record)) continue;
            for (auto r = record.revisions.rbegin(); r != record.revisions.rend(); ++r) {
                if (record.id == id_ && r->number >= version_) continue;
                if (count++ == limit_) return json_reply(200, text + ']');
                text += (text.size() > 1 ? "," : "") + r->doc->text;
            }
        }
        return json_reply(200, text + ']');
    }

private:
    std::string_view id_;
    std::int64_t version_ = 0;
    std::size_t limit_ = 1000;
};

} // namespace

http::reply account::list_agents_v1(channel which, call const& c)
{
    return two_part_page(c).of(data_.agents,
        [&](agent_record const& a) { return a.channel == which && is_listed(a.created); });
}

http::reply account::list_llms_v1(call const& c)
{
    return two_part_page(c).of(
        data_.llms, [&](engine_record const& e) { return is_listed(e.created); });
}

http::reply account::list_flows_v1(call const& c)
{
    return two_part_page(c).of(
        data_.flows, [&](engine_record const& e) { return is_listed(e.created); });
}

/// All pages of a list of today as one array.
http::reply account::unpaged(http::reply (account::*paged)(call const&), call c)
{
    json::array all;
    c.query.emplace_back("limit", "1000");
    c.query.emplace_back("pagination_key", "");
    for (bool more = true; more;) {
        auto page = json::parse((this->*paged)(c).body);
        for (json::value& item : page.find("items")->as_array()) all.push_back(std::move(item));
        more = page.bool_at("has_more");
        c.query.back().second = page.string_at("pagination_key");
    }
    return json_reply(200, json::to_text(std::move(all)));
}

http::reply account::list_components_v1(call const& c)
{
    return unpaged(&account::list_of<shelf::components>, c);
}

http::reply account::list_numbers_v1(call const& c)
{
    return unpaged(&account::list_numbers, c);
}

http::reply account::list_test_cases_v1(call const& c)
{
    return unpaged(&account::list_test_cases, c);
}

http::reply account::list_batch_tests_v1(call const& c)
{
    return unpaged(&account::list_batch_tests, c);
}

http::reply account::list_test_runs_v1(call const& c)
{
    return unpaged(&account::list_test_runs, c);
}

/// Publishes the latest version and, unlike publish-agent-version, opens a new draft of it.
http::reply account::publish_latest(channel which, call const& c)
{
    auto& a = find_agent(which, c.id);
    auto const number = a.latest().number;
    publish(a, number, {});
    fork(a, number);
    return published_reply(options_.publish);
}

} // namespace trunkline::retell::simulation
