#include "simulator_support.hpp"

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;

namespace {

class faulty_account : public simulated_account {
public:
    void fault(std::string_view text)
    {
        expect(200, "POST", "/__simulator/faults", json::parse(text));
    }
    std::size_t llms() { return get("/v2/list-retell-llms").find("items")->as_array().size(); }
    http::reply create() { return send("POST", "/create-retell-llm", json::object{}); }
};

} // namespace

TEST_CASE("simulator faults: a status is answered without acting")
{
    faulty_account account;
    account.fault(R"({"match":{"method":"POST","path":"create-retell"},"action":"status","status":503,
        "body":{"error_message":"busy"},"retry_after":2,"headers":{"x-should-retry":"false"}})");
    CHECK(account.llms() == 0); // GET does not match
    auto const failed = account.create();
    CHECK(failed.status == 503);
    CHECK(failed.body == R"({"error_message":"busy"})");
    CHECK(failed.headers.get("retry-after") == "2");
    CHECK(failed.headers.get("x-should-retry") == "false");
    CHECK(account.llms() == 0);
    CHECK(account.create().status == 201); // once, unless told otherwise
}

TEST_CASE("simulator faults: what was committed before the failure stays")
{
    faulty_account account;
    account.fault(R"([{"match":{"path":"create-retell"},"action":"status","status":502,"commit":true},
        {"match":{"path":"create-retell","nth":2},"action":"reset_before_commit"},
        {"match":{"path":"create-retell","nth":3},"action":"reset_after_commit"}])");
    CHECK(account.create().status == 502);
    CHECK(account.llms() == 1);
    CHECK(account.create().ending == http::ending::reset_before);
    CHECK(account.llms() == 1);
    CHECK(account.create().ending == http::ending::reset_before);
    CHECK(account.llms() == 2);
    auto const& log = account.sim.log();
    CHECK(log[0].status == 502);
    CHECK(log[0].inner_status == 201);
    CHECK(log[2].status == 0);
    CHECK(log[2].inner_status == 0);
    CHECK(log[4].fault == "reset_after_commit");
    CHECK(log[4].inner_status == 201);
}

TEST_CASE("simulator faults: empty, cut, late and missing answers")
{
    faulty_account account;
    auto const llm = account.make_llm();
    account.fault(R"([{"match":{"path":"get-retell","nth":1},"action":"empty_body"},
        {"match":{"path":"get-retell","nth":2},"action":"cut_body"},
        {"match":{"path":"get-retell","nth":3},"action":"delay","delay_ms":1500},
        {"match":{"path":"get-retell","nth":4},"action":"hang"}])");
    auto const empty = account.send("GET", "/get-retell-llm/" + llm);
    CHECK(empty.status == 200);
    CHECK(empty.body.empty());
    auto const cut = account.send("GET", "/get-retell-llm/" + llm);
    CHECK(cut.ending == http::ending::cut);
    CHECK_FALSE(cut.body.empty());
    auto const late = account.send("GET", "/get-retell-llm/" + llm);
    CHECK(late.delay == 1500ms);
    CHECK(late.status == 200);
    CHECK(account.send("GET", "/get-retell-llm/" + llm).ending == http::ending::hang);
    CHECK(account.send("GET", "/get-retell-llm/" + llm).status == 200);
}

TEST_CASE("simulator faults: counts, listing and clearing")
{
    faulty_account account;
    account.fault(R"({"match":{"path":"/v2/","nth":2,"count":2},"action":"status"})");
    std::string seen;
    for (int i = 0; i < 5; ++i)
        seen += account.send("GET", "/v2/list-retell-llms").status == 200 ? '.' : 'x';
    CHECK(seen == ".xx..");
    auto const listed = account.get("/__simulator/faults");
    CHECK(listed.find("faults")->as_array()[0].int_at("matched") == 5);
    CHECK(listed.find("faults")->as_array()[0].int_at("fired") == 2);
    CHECK(account.send("DELETE", "/__simulator/faults").status == 204);
    account.fault(R"({"match":{"count":0},"action":"status","status":500})");
    for (int i = 0; i < 5; ++i) CHECK(account.send("GET", "/v2/list-retell-llms").status == 500);
    account.send("DELETE", "/__simulator/faults");
    CHECK(account.llms() == 0);
}

TEST_CASE("simulator faults: mistakes in a fault are refused, none of a list is taken then")
{
    faulty_account account;
    for (auto const* bad : {R"({"action":"explode"})", R"({"action":"status","status":9})",
             R"({"action":"status","matsch":{}})", R"({"action":"status","match":{"nth":0}})",
             R"([{"action":"status"},{"action":"status","match":{"verb":"GET"}}])", "[1]"})
        account.refused(400, "POST", "/__simulator/faults", json::parse(bad));
    CHECK(account.get("/__simulator/faults").find("faults")->as_array().empty());
}

TEST_CASE("simulator faults: somebody else's edit at a chosen step")
{
    faulty_account account;
    auto const llm = account.make_llm();
    auto const agent = account.make_agent(llm);
    account.publish(agent, 0);
    account.fault(R"({"match":{"path":"create-agent-version"},"action":"edit","edit":{"agent_id":")" +
        agent + R"(","engine_patch":{"general_prompt":"theirs"}}})");
    auto const draft = account.fork(agent, 0);
    CHECK(draft.int_at("version") == 2); // theirs came first
    CHECK(account.agent(agent, "1").bool_at("is_published"));
    CHECK(account.llm(llm, "1").string_at("general_prompt") == "theirs");
}

TEST_CASE("simulator: a rate limit answers 429 with the time to wait")
{
    simulator_options options;
    options.rate_limit = 2;
    simulated_account account(options);
    auto const status = [&] { return account.send("GET", "/get-concurrency").status; };
    CHECK(status() == 200);
    CHECK(status() == 200);
    auto const refused = account.send("GET", "/get-concurrency");
    CHECK(refused.status == 429);
    CHECK(refused.headers.get("Retry-After") == "1");
    CHECK(refused.headers.get("Retry-After-ms") == "500");
    account.time.advance(499ms);
    CHECK(status() == 429);
    account.time.advance(1ms);
    CHECK(status() == 200);
    CHECK(status() == 429);
    account.send("POST", "/__simulator/options", json::object{{"rate_limit", 0}});
    CHECK(status() == 200);
}

TEST_CASE("simulator: latency is put on every answer, errors included")
{
    simulator_options options;
    options.latency = 100ms;
    simulated_account account(options);
    CHECK(account.send("GET", "/get-concurrency").delay == 100ms);
    CHECK(account.send("GET", "/nowhere").delay == 100ms);
    CHECK(account.send("GET", "/__simulator/stats").delay == 0ms);
}

TEST_CASE("simulator: the log tells who asked what, and forgets the oldest")
{
    simulator_options options;
    options.request_log_size = 20;
    simulated_account account(options);
    account.make_llm();
    account.send("GET", "/__simulator/stats");
    account.send("GET", "/nowhere");
    REQUIRE(account.sim.log().size() == 2);
    CHECK(account.sim.log()[0].operation == "create-retell-llm");
    CHECK(account.sim.log()[0].mutating);
    CHECK(account.sim.log()[0].status == 201);
    CHECK(account.sim.log()[1].operation.empty());
    CHECK(account.sim.log()[1].status == 404);
    account.expect(200, "POST", "/v2/list-agents"); // a POST that reads
    CHECK_FALSE(account.sim.log()[2].mutating);
    auto const since = account.get("/__simulator/log?since=1");
    REQUIRE(since.find("entries")->as_array().size() == 2);
    CHECK(since.find("entries")->as_array()[0].int_at("sequence") == 2);

    for (int i = 0; i < 100; ++i) account.send("GET", "/get-concurrency");
    CHECK(account.sim.log().size() <= 20);
    CHECK(account.sim.log().back().sequence == 103);
    CHECK(account.send("DELETE", "/__simulator/log").status == 204);
    CHECK(account.sim.log().empty());

    auto const stats = account.get("/__simulator/stats");
    CHECK(stats.int_at("requests") == 103);
    CHECK(stats.int_at("writes") == 1);
    CHECK(stats.find("by_operation")->int_at("get-concurrency") == 100);
}

TEST_CASE("simulator: switches are set at run time, all or none")
{
    simulated_account account;
    account.refused(
        400, "POST", "/__simulator/options", json::parse(R"({"latency_ms":7,"nonsense":1})"));
    account.refused(400, "POST", "/__simulator/options",
        json::parse(R"({"latency_ms":9223372036854775807})")); // no clock holds it
    account.refused(400, "POST", "/__simulator/faults",
        json::parse(R"({"action":"delay","delay_ms":9223372036854775807})"));
    account.refused(
        400, "POST", "/__simulator/faults", json::parse(R"({"action":"delay","delay_ms":-1})"));
    CHECK(account.get("/__simulator/options").int_at("latency_ms") == 0);
    account.refused(400, "POST", "/__simulator/options", json::parse(R"({"default_fill":1})"));
    account.refused(400, "POST", "/__simulator/options", json::parse(R"({"api_key":"x"})"));
    CHECK(account.expect(200, "POST", "/__simulator/options", json::parse(R"({"latency_ms":7})"))
              .int_at("latency_ms") == 7);
}

TEST_CASE("simulator: the control path needs no key and can be closed")
{
    simulator_options options;
    options.api_key = "right";
    simulated_account account(options);
    CHECK(account.send("GET", "/__simulator/state", {}, "").status == 200);
    account.refused(404, "GET", "/__simulator/nonsense");
    options.control_path = false;
    simulated_account closed(options);
    CHECK(closed.send("GET", "/__simulator/state", {}, "right").status == 404);
}
