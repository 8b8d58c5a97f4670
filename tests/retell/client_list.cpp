#include "client_support.hpp"

#include <trunkline/http/url.hpp>

#include <algorithm>

using namespace client_test;

namespace {

std::string query_value(http::request const& r, std::string const& name)
{
    auto const at = r.target.find(name + "=");
    if (at == std::string::npos) return {};
    auto const from = at + name.size() + 1;
    return http::percent_decode(r.target.substr(from, r.target.find('&', from) - from), true);
}

/// Newest first, a cursor that is a position in it: what happens to naive walks when rows come in.
class growing_list {
public:
    explicit growing_list(int rows)
    {
        while (rows-- > 0) add();
    }

    void add() { rows_.insert(rows_.begin(), "agent_" + std::to_string(rows_.size())); }

    http::reply page(std::string const& cursor, std::size_t limit) const
    {
        std::size_t const from = cursor.empty() ? 0 : std::stoul(cursor.substr(2));
        auto const to = std::min(from + limit, rows_.size());
        json::array items;
        for (auto i = from; i < to; ++i)
            items.push_back(json::object{{"agent_id", json::value(rows_[i])}});
        json::object body{{"items", std::move(items)}, {"has_more", json::value(to < rows_.size())}};
        if (to < rows_.size()) body.set("pagination_key", json::value("+/" + std::to_string(to)));
        return reply(200, json::to_text(body));
    }

private:
    std::vector<std::string> rows_;
};

} // namespace

TEST_CASE("client list: inserts during the walk lose no row and double none")
{
    growing_list list(25);
    bench b([&](http::request const& r, std::size_t) {
        auto const answer = list.page(query_value(r, "pagination_key"), 10);
        list.add();
        list.add();
        return answer;
    });
    auto const o = b.start_list(list_agents());
    CHECK(b.finish(o) == "success");
    std::vector<std::string> ids;
    for (auto const& row : o->result) ids.emplace_back(row.string_at("agent_id"));
    for (int i = 0; i < 25; ++i) CHECK(std::ranges::count(ids, "agent_" + std::to_string(i)) == 1);
    CHECK(query_value(b.seen.at(0), "limit") == "1000");
    CHECK(b.seen.at(1).target.find("pagination_key=%2B%2F10") != std::string::npos);
    CHECK(b.seen.at(0).body == "{}");
}

TEST_CASE("client list: a failing page fails the walk, a flaky one does not")
{
    growing_list const list(25);
    bench flaky([&](http::request const& r, std::size_t n) {
        return n % 2 == 0 ? reply(503) : list.page(query_value(r, "pagination_key"), 10);
    });
    auto const o = flaky.start_list(list_agents());
    CHECK(flaky.finish(o) == "success");
    CHECK(o->result.size() == 25);

    bench broken([&](http::request const& r, std::size_t n) {
        return n > 1 ? reply(200, "") : list.page(query_value(r, "pagination_key"), 10);
    });
    auto const failed = broken.start_list(list_agents());
    CHECK(broken.finish(failed) == "empty_answer");
    CHECK(failed->result.empty());
}

TEST_CASE("client list: a cursor that does not move ends the walk")
{
    bench b([&](auto const&, auto) {
        return reply(200, R"({"items":[],"has_more":true,"pagination_key":"x"})");
    });
    CHECK(b.finish(b.start_list(list_agents())) == "list_unstable");
    CHECK(b.seen.size() == 2);
}

TEST_CASE("client list: the cursor travels in the body where the operation says so")
{
    bench b([&](http::request const& r, std::size_t n) {
        CHECK(r.target == "/v3/list-calls");
        return n == 1
            ? reply(200, R"({"items":[{"call_id":"1"}],"has_more":true,"pagination_key":"x"})")
            : reply(200, R"({"items":[{"call_id":"2"}],"has_more":false})");
    });
    auto const o = b.start_list(call(op("list-calls"), arguments()));
    CHECK(b.finish(o) == "success");
    CHECK(o->result.size() == 2);
    CHECK(b.seen.at(1).body == R"({"limit":1000,"pagination_key":"x"})");
}

TEST_CASE("client list: a bare array is a list")
{
    bench b([](auto const&, auto) { return reply(200, R"([{"voice_id":"a"},{"voice_id":"b"}])"); });
    auto const o = b.start_list(call(op("list-voices"), arguments()));
    CHECK(b.finish(o) == "success");
    CHECK(o->result.size() == 2);
}

TEST_CASE("client list: can be cancelled on its second page")
{
    growing_list const list(25);
    bench b([&](http::request const& r, std::size_t n) {
        return n == 2 ? ending(http::ending::hang) : list.page(query_value(r, "pagination_key"), 10);
    });
    asio::cancellation_signal stop;
    auto const o = b.start_list(list_agents(), stop.slot());
    b.run_until([&] { return b.seen.size() == 2; });
    stop.emit(asio::cancellation_type::terminal);
    CHECK(b.finish(o) == "canceled");
    CHECK(o->result.empty());
}
