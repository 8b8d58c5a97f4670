#include "simulator_support.hpp"

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;

namespace {

std::string make_test_case(simulated_account& account, std::string_view llm, std::string_view name)
{
    json::object const engine{{"type", "retell-llm"}, {"llm_id", llm}};
    json::object const body{{"name", name}, {"metrics", json::array{"polite"}},
        {"user_prompt", "Ask for an appointment"}, {"response_engine", engine}};
    return std::string(account.expect(201, "POST", "/create-test-case-definition", body)
                           .string_at("test_case_definition_id"));
}

json::value batch_of(std::string_view llm, std::vector<std::string> const& cases)
{
    json::array ids;
    for (auto const& id : cases) ids.emplace_back(id);
    return json::object{
        {"response_engine", json::object{{"type", "retell-llm"}, {"llm_id", llm}, {"version", 0}}},
        {"test_case_definition_ids", std::move(ids)}};
}

std::string counts(json::value const& batch)
{
    return std::string(batch.string_at("status")) + ' ' +
        std::to_string(batch.int_at("pass_count")) + '/' +
        std::to_string(batch.int_at("fail_count")) + '/' +
        std::to_string(batch.int_at("error_count")) + " of " +
        std::to_string(batch.int_at("total_count"));
}

} // namespace

TEST_CASE("simulator tests: a batch moves on by the clock and counts what passed and failed")
{
    simulator_options options;
    options.failing_tests = "wrong";
    options.test_time = 1000ms;
    simulated_account account(options);
    auto const llm = account.make_llm();
    auto const doomed = account.make_llm();
    std::vector<std::string> const cases{make_test_case(account, llm, "books"),
        make_test_case(account, llm, "wrong number"), make_test_case(account, doomed, "swaps"),
        make_test_case(account, llm, "cancels")};
    account.send("DELETE", "/delete-retell-llm/" + doomed);
    auto const made = account.expect(201, "POST", "/create-batch-test", batch_of(llm, cases));
    std::string const id(made.string_at("test_case_batch_job_id"));
    CHECK(counts(made) == "in_progress 0/0/0 of 4");

    auto const batch = [&] { return account.get("/get-batch-test/" + id); };
    auto const runs = [&] {
        std::string out;
        auto const page = account.get("/v2/list-test-runs/" + id);
        for (auto const& run : page.find("items")->as_array())
            out = std::string(run.string_at("status")) + ' ' + out;
        return out;
    };
    CHECK(runs() == "in_progress pending pending pending ");
    account.time.advance(999ms);
    CHECK(counts(batch()) == "in_progress 0/0/0 of 4");
    account.time.advance(1ms);
    CHECK(counts(batch()) == "in_progress 1/0/0 of 4");
    CHECK(runs() == "pass in_progress pending pending ");
    // Saved in the middle, it goes on the same.
    auto const saved = account.sim.state_text();
    account.time.advance(2000ms);
    CHECK(counts(batch()) == "in_progress 1/1/1 of 4");
    account.sim.load_state(json::parse(saved));
    account.time.advance(1000ms);
    CHECK(counts(batch()) == "complete 2/1/1 of 4");
    CHECK(runs() == "pass fail error pass ");

    // A run keeps the definition as it was.
    account.send("DELETE", "/delete-test-case-definition/" + cases[0]);
    auto const page = account.get("/v2/list-test-runs/" + id + "?limit=1");
    std::string const run(page.find("items")->as_array()[0].string_at("test_case_job_id"));
    auto const whole = account.get("/get-test-run/" + run);
    CHECK(whole.at_or_null("test_case_definition_snapshot").string_at("name") == "cancels");
    CHECK_FALSE(whole.string_at("result_explanation").empty());
}

TEST_CASE("simulator tests: what a batch and a definition refer to must exist")
{
    simulated_account account;
    auto const llm = account.make_llm();
    auto const test = make_test_case(account, llm, "n");
    account.refused(400, "POST", "/create-batch-test", batch_of("no", {test}));
    account.refused(400, "POST", "/create-batch-test", batch_of(llm, {"no"}));
    account.refused(400, "POST", "/create-batch-test", batch_of(llm, {}));
    for (auto const* engine : {R"({"type":"custom-llm"})", R"({"type":"retell-llm","llm_id":"no"})",
             R"({"type":"conversation-flow","conversation_flow_id":"no"})"})
    {
        auto const body = json::object{{"response_engine", json::parse(engine)}};
        account.refused(400, "PUT", "/update-test-case-definition/" + test, body);
    }
    for (auto const* path : {"/get-batch-test/no", "/get-test-run/no", "/v2/list-test-runs/no"})
        account.refused(404, "GET", path);
}

TEST_CASE("simulator tests: lists are of one engine")
{
    simulated_account account;
    auto const a = account.make_llm(), b = account.make_llm();
    auto const test = make_test_case(account, a, "n");
    make_test_case(account, b, "m");
    account.expect(201, "POST", "/create-batch-test", batch_of(a, {test}));
    auto const count = [&](std::string const& target) {
        return account.get(target).find("items")->as_array().size();
    };
    CHECK(count("/v2/list-test-case-definitions?type=retell-llm") == 2);
    CHECK(count("/v2/list-test-case-definitions?type=retell-llm&llm_id=" + a) == 1);
    CHECK(count("/v2/list-test-case-definitions?type=conversation-flow") == 0);
    CHECK(count("/v2/list-batch-tests?type=retell-llm&version=0&llm_id=" + a) == 1);
    CHECK(count("/v2/list-batch-tests?type=retell-llm&version=1&llm_id=" + a) == 0);
    CHECK(count("/v2/list-batch-tests?type=retell-llm&llm_id=" + b) == 0);
    for (auto const* bad : {"", "?type=custom-llm", "?type=retell-llm&version=x"})
        account.expect(400, "GET", std::string("/v2/list-batch-tests") + bad);
}
