#include "simulator_support.hpp"

#include <trunkline/http/url.hpp>

#include <set>

using namespace trunkline;
using namespace trunkline::retell;

namespace {

class walk {
public:
    walk(simulated_account& a, std::string_view parameters) : account_(a), parameters_(parameters)
    {}
    /// The ids of the next page.
    std::vector<std::string> next()
    {
        auto target = "/v2/list-retell-llms?" + parameters_;
        if (!cursor.empty()) target += "&pagination_key=" + http::encode_query_component(cursor);
        auto const page = account_.get(target);
        more = page.bool_at("has_more");
        cursor = page.string_at("pagination_key");
        CHECK(more == !cursor.empty());
        std::vector<std::string> ids;
        for (auto const& item : page.find("items")->as_array())
            ids.emplace_back(item.string_at("llm_id"));
        return ids;
    }
    std::vector<std::string> rest()
    {
        std::vector<std::string> all;
        do {
            for (auto& id : next()) all.push_back(id);
        } while (more);
        return all;
    }
    bool more = true;
    std::string cursor;

private:
    simulated_account& account_;
    std::string parameters_;
};

} // namespace

TEST_CASE("simulator paging: every row once, in order, for any page size")
{
    simulated_account account;
    std::vector<std::string> made;
    for (int i = 0; i < 25; ++i) made.push_back(account.make_llm());
    for (int limit : {1, 2, 7, 24, 25, 26, 1000}) {
        INFO(limit);
        auto const size = "limit=" + std::to_string(limit);
        CHECK(walk(account, size + "&sort_order=ascending").rest() == made);
        CHECK(walk(account, size).rest() == std::vector<std::string>(made.rbegin(), made.rend()));
    }
}

TEST_CASE("simulator paging: fifty rows unless told otherwise")
{
    simulated_account account;
    for (int i = 0; i < 51; ++i) account.make_llm();
    walk pages(account, "");
    CHECK(pages.next().size() == 50);
    CHECK(pages.more);
    CHECK(pages.next().size() == 1);
    CHECK_FALSE(pages.more);
}

TEST_CASE("simulator paging: inserts and deletes during a walk lose and repeat no row that stays")
{
    simulated_account account;
    std::vector<std::string> made;
    for (int i = 0; i < 10; ++i) made.push_back(account.make_llm());
    walk pages(account, "limit=3");
    auto seen = pages.next();
    account.make_llm();                                          // newest: before the cursor
    account.send("DELETE", "/delete-retell-llm/" + seen.back()); // the row the cursor names
    for (auto const& id : pages.rest()) seen.push_back(id);
    CHECK(seen == std::vector<std::string>(made.rbegin(), made.rend()));
}

TEST_CASE("simulator paging: bad limits, orders and cursors are refused")
{
    simulated_account account;
    account.make_llm();
    account.make_llm();
    for (auto const* bad : {"limit=0", "limit=1001", "limit=x", "limit=-1", "limit=1.5",
             "sort_order=up", "pagination_key=x", "pagination_key=%00", "skip=1"})
        account.expect(400, "GET", std::string("/v2/list-retell-llms?") + bad);
    walk pages(account, "limit=1");
    pages.next();
    auto const cursor = http::encode_query_component(pages.cursor);
    account.refused(400, "GET", "/v2/list-conversation-flows?pagination_key=" + cursor);
    account.refused(
        400, "GET", "/v2/list-retell-llms?sort_order=ascending&pagination_key=" + cursor);
}

TEST_CASE("simulator paging: lists can lag behind creates")
{
    simulated_account account;
    account.send("POST", "/__simulator/options", json::object{{"list_delay_ms", 5000}});
    auto const llm = account.make_llm();
    CHECK(walk(account, "").rest().empty());
    account.llm(llm); // but it is there
    account.time.advance(std::chrono::milliseconds(4990));
    CHECK(walk(account, "").rest().empty());
    account.time.advance(std::chrono::milliseconds(20));
    CHECK(walk(account, "").rest().size() == 1);
}

TEST_CASE("simulator paging: a cursor no list gave can also mean the first page")
{
    simulated_account account;
    account.make_llm();
    account.refused(400, "GET", "/v2/list-retell-llms?pagination_key=invented");
    account.expect(200, "POST", "/__simulator/options", json::object{{"check_cursors", false}});
    auto const page = account.get("/v2/list-retell-llms?pagination_key=invented");
    CHECK(page.find("items")->as_array().size() == 1);
}
