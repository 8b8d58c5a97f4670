#include "client_support.hpp"

#include <trunkline/core/random.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <map>
#include <random>

using namespace client_test;

namespace {

using rows = std::vector<json::value>;

/// Three pages; what `before` does comes first.
class three_pages {
public:
    http::reply operator()(http::request const& r) const
    {
        for (int i = 2; i >= 1; --i)
            if (r.target.find("pagination_key=c" + std::to_string(i)) != std::string::npos)
                return page(i);
        return page(0);
    }

private:
    static http::reply page(int i)
    {
        auto const id = [](int n) { return R"({"agent_id":"a)" + std::to_string(n) + "\"}"; };
        auto const more = i < 2
            ? R"("has_more":true,"pagination_key":"c)" + std::to_string(i + 1) + "\"}"
            : std::string(R"("has_more":false})");
        return reply(200, R"({"items":[)" + id(2 * i) + "," + id(2 * i + 1) + "]," + more);
    }
};

std::shared_ptr<ended<rows>> step(page_range& pages, asio::cancellation_slot slot = {})
{
    auto const o = std::make_shared<ended<rows>>();
    pages.async_next(o->diag, asio::bind_cancellation_slot(slot, [o](error_code ec, rows r) {
        REQUIRE_FALSE(o->code.has_value());
        o->code = ec;
        o->result = std::move(r);
    }));
    return o;
}

std::string ids(rows const& r)
{
    std::string out;
    for (auto const& row : r) out.append(out.empty() ? "" : " ").append(row.string_at("agent_id"));
    return out;
}

} // namespace

TEST_CASE("client pages: one request a step, none ahead, until done")
{
    bench b([](http::request const& r, std::size_t) { return three_pages()(r); });
    auto pages = b.client().pages(list_agents());
    std::string all;
    for (std::size_t n = 0; n < 3; ++n) {
        CHECK_FALSE(pages.done());
        CHECK(b.seen.size() == n);
        auto const o = step(pages);
        CHECK(b.finish(o) == "success");
        b.ctx.poll();
        CHECK(b.seen.size() == n + 1);
        all += ids(o->result) + "|";
    }
    CHECK(all == "a0 a1|a2 a3|a4 a5|");
    CHECK(pages.done());
    auto const behind = step(pages);
    CHECK(b.finish(behind) == "success");
    CHECK(behind->result.empty());
    CHECK(b.seen.size() == 3);
}

TEST_CASE("client pages: rows inserted meanwhile shift others, none is lost or doubled")
{
    auto const seed = std::random_device{}();
    CAPTURE(seed);
    random_source random(seed);
    std::vector<int> service; // newest first; the cursor is a place in it, as naive services have it
    int next_id = 0;
    while (next_id < 40) service.insert(service.begin(), next_id++);
    bench b([&](http::request const& r, std::size_t) {
        auto const at = r.target.find("pagination_key=");
        auto const from = at == std::string::npos ? 0u : std::stoul(r.target.substr(at + 15));
        auto const to = std::min<std::size_t>(from + 7, service.size());
        json::array items;
        for (auto i = from; i < to; ++i)
            items.push_back(json::object{{"agent_id", json::value(std::to_string(service[i]))}});
        json::object body{{"items", std::move(items)}, {"has_more", to < service.size()}};
        if (to < service.size()) body.set("pagination_key", json::value(std::to_string(to)));
        for (auto n = random.below(4); n > 0; --n) service.insert(service.begin(), next_id++);
        return reply(200, json::to_text(body));
    });
    auto pages = b.client().pages(list_agents());
    std::map<std::string, int> seen;
    while (!pages.done()) {
        auto const o = step(pages);
        REQUIRE(b.finish(o) == "success");
        for (auto const& row : o->result) ++seen[std::string(row.string_at("agent_id"))];
    }
    for (auto const& [id, times] : seen) CHECK_MESSAGE(times == 1, id);
    for (int i = 0; i < 40; ++i) CHECK(seen.count(std::to_string(i)) == 1);
}

TEST_CASE("client pages: after a failure or a cancellation the same page is asked for again")
{
    bool broken = true;
    bench b([&](http::request const& r, std::size_t n) {
        if (n == 2 && broken) return ending(http::ending::hang);
        if (n == 3 && broken) return reply(400, R"({"message":"not now"})");
        return three_pages()(r);
    });
    auto pages = b.client().pages(list_agents());
    CHECK(b.finish(step(pages)) == "success");

    asio::cancellation_signal stop;
    auto const canceled = step(pages, stop.slot());
    b.run_until([&] { return b.seen.size() == 2; });
    stop.emit(asio::cancellation_type::partial);
    CHECK(b.finish(canceled) == "canceled");
    CHECK(b.finish(step(pages)) == "bad_request");
    CHECK_FALSE(pages.done());
    auto const again = step(pages);
    CHECK(b.finish(again) == "success");
    CHECK(ids(again->result) == "a2 a3");
    CHECK(b.seen.at(1).target == b.seen.at(3).target);
}

TEST_CASE("client pages: a list that breaks is over")
{
    bench b([](auto const&, auto) {
        return reply(200, R"({"items":[],"has_more":true,"pagination_key":"x"})");
    });
    auto pages = b.client().pages(list_agents());
    CHECK(b.finish(step(pages)) == "success"); // an empty page, and more to come
    CHECK_FALSE(pages.done());
    CHECK(b.finish(step(pages)) == "list_unstable");
    CHECK(pages.done());
}

TEST_CASE("client pages: a second step at the same time and an operation without pages are refused")
{
    bench b([](http::request const& r, std::size_t) { return three_pages()(r); });
    auto pages = b.client().pages(list_agents());
    auto const first = step(pages);
    auto const second = step(pages);
    CHECK(b.finish(second) == "invalid_argument");
    CHECK(b.finish(first) == "success");
    CHECK(ids(first->result) == "a0 a1");

    auto none = b.client().pages(get_agent("a", 1));
    CHECK(b.finish(step(none)) == "invalid_argument");
}

TEST_CASE("client pages: outlive their client and may be dropped during a step")
{
    bench b([](http::request const& r, std::size_t) { return three_pages()(r); });
    std::shared_ptr<ended<rows>> dropped;
    {
        auto pages = b.client().pages(list_agents());
        dropped = step(pages);
    }
    CHECK(b.finish(dropped) == "success");
    auto pages = b.client().pages(list_agents());
    b.destroy_client();
    CHECK(b.finish(step(pages)) == "canceled");
}

TEST_CASE("client pages: complete on the handler's executor, never inline")
{
    bench b([](http::request const& r, std::size_t) { return three_pages()(r); });
    auto pages = b.client().pages(list_agents());
    asio::io_context other;
    diagnostics diag;
    bool done = false;
    auto const home = other.get_executor();
    pages.async_next(diag, asio::bind_executor(home, [&](error_code ec, rows r) {
        CHECK_FALSE(ec);
        CHECK(r.size() == 2);
        CHECK(home.running_in_this_thread());
        done = true;
    }));
    CHECK_FALSE(done);
    b.run_until([&] {
        other.poll();
        other.restart();
        return done;
    });
}

TEST_CASE("client pages: can be awaited")
{
    bench b([](http::request const& r, std::size_t) { return three_pages()(r); });
    std::string all;
    auto body = [&]() -> asio::awaitable<void> {
        auto pages = b.client().pages(list_agents());
        diagnostics diag;
        while (!pages.done()) {
            auto const page = co_await pages.async_next(diag, asio::use_awaitable);
            all += ids(page) + "|";
        }
    };
    bool done = false;
    asio::co_spawn(b.ctx, body(), [&](std::exception_ptr e) {
        CHECK_FALSE(e);
        done = true;
    });
    b.run_until([&] { return done; });
    CHECK(all == "a0 a1|a2 a3|a4 a5|");
}
