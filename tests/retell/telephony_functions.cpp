#include "telephony_receiver.hpp"

using namespace trunkline;
using namespace trunkline::retell;
using namespace std::chrono_literals;

namespace {

/// An account whose agent has this one tool, beside those in a state.
class tooled_account : public heard_account {
public:
    explicit tooled_account(std::string const& tool)
    {
        auto const llm = make_llm({{"general_tools", json::array{json::parse(tool)}},
            {"states",
                json::parse(
                    R"([{"name":"s","tools":[{"type":"custom","name":"deep",)"
                    R"("url":"http://127.0.0.1:9/deep"},{"type":"end_call","name":"bye"}]}])")},
            {"starting_state", "s"}});
        agent_with_tool = make_agent(llm, "Tooled");
    }
    /// The call in which the tool is used with these arguments.
    json::value use(std::string const& name, std::string const& arguments = "{}")
    {
        json::object const script{{"steps",
            json::array{json::object{{"tool", name}, {"arguments", json::parse(arguments)}},
                said("agent", "Done")}}};
        auto const web = expect(200, "POST", "/__simulator/calls",
            json::object{{"direction", "web"}, {"agent_id", agent_with_tool}, {"script", script}});
        std::string const id(web.string_at("call_id"));
        listen(15min);
        for (auto const& d : heard)
            if (d.event == "function" && d.conversation == id) called.push_back(d);
        return call(id);
    }
    std::string agent_with_tool;
    std::vector<webhook_delivery> called;
};

json::value result_in(json::value const& call)
{
    for (json::value const& e : call.find("transcript_with_tool_calls")->as_array())
        if (e.string_at("role") == "tool_call_result") return e;
    return {};
}

constexpr auto book = R"({"type":"custom","name":"book","url":"http://127.0.0.1:9/book?v=1",
    "headers":{"X-Token":"t"},"query_params":{"q":"a b"},"timeout_ms":5000,"max_retry":2,
    "response_variables":{"slot":"slots[1].start","count":"count","none":"x.y"}})";

} // namespace

TEST_CASE("simulated functions: called signed, with name, call and args, and the call waits")
{
    tooled_account account(book);
    account.answer = [](webhook_delivery const& d) {
        return d.event == "function"
            ? webhook_outcome(200, R"({"slots":[{},{"start":"9:30"}],"count":2})")
            : webhook_outcome(204, "");
    };
    auto const call = account.use("book", R"({"call_id":"call_1","day":"Monday"})");
    REQUIRE(account.called.size() == 1);
    auto const& d = account.called[0];
    CHECK(d.method == "POST");
    CHECK(d.url == "http://127.0.0.1:9/book?v=1&q=a%20b");
    CHECK(d.headers.get("X-Token") == "t");
    CHECK(d.headers.get("Content-Type") == "application/json");
    CHECK(d.timeout == 5s);
    auto const body = json::parse(d.body);
    CHECK(body.string_at("name") == "book");
    CHECK(body.find("call")->string_at("call_id") == call.string_at("call_id"));
    CHECK(body.find("args")->string_at("call_id") == "call_1"); // the model's invention stays one
    CHECK(result_in(call).bool_at("successful"));
    CHECK(result_in(call).string_at("content").starts_with(R"({"slots")"));
    CHECK(call.find("collected_dynamic_variables")->string_at("slot") == "9:30");
    CHECK(call.find("collected_dynamic_variables")->string_at("count") == "2");
    CHECK_FALSE(call.find("collected_dynamic_variables")->find("none"));
    CHECK(call.string_at("transcript").ends_with("Agent: Done\n"));
}

TEST_CASE("simulated functions: the signature is of the body, or of nothing for GET and DELETE")
{
    for (auto const* method : {"POST", "PUT", "PATCH", "GET", "DELETE"}) {
        INFO(method);
        tooled_account account(
            R"({"type":"custom","name":"f","url":"http://127.0.0.1:9/f","method":")" +
            std::string(method) + "\"}");
        bool signed_right = false;
        account.answer = [&](webhook_delivery const& d) {
            bool const bodiless = d.method == "GET" || d.method == "DELETE";
            if (d.event == "function") {
                signed_right = account.verify(d) == signature_result::ok;
                CHECK(d.body.empty() == bodiless);
                CHECK((d.url.find("day=Mon%20day") != std::string::npos) == bodiless);
            }
            return webhook_outcome(200, "ok");
        };
        account.use("f", R"({"day":"Mon day"})");
        CHECK(signed_right);
        REQUIRE(account.called.size() == 1);
        CHECK(account.called[0].method == method);
    }
}

TEST_CASE("simulated functions: arguments at the root, and forms")
{
    tooled_account root(
        R"({"type":"custom","name":"f","url":"http://127.0.0.1:9/f","args_at_root":true})");
    root.use("f", R"({"day":"Monday"})");
    CHECK(root.called.at(0).body == R"({"day":"Monday"})");
    tooled_account form(R"({"type":"custom","name":"f","url":"http://127.0.0.1:9/f",)"
                        R"("args_at_root":true,"parameter_type":"form"})");
    form.use("f", R"({"day":"Mon day","n":2})");
    CHECK(form.called.at(0).body == "day=Mon%20day&n=2");
    CHECK(form.called.at(0).headers.get("Content-Type") == "application/x-www-form-urlencoded");
}

TEST_CASE("simulated functions: failures are repeated max_retry times and then told")
{
    tooled_account account(book);
    account.answer = [](webhook_delivery const& d) {
        return webhook_outcome(d.event == "function" ? 502 : 204, "bad gateway");
    };
    auto const call = account.use("book");
    CHECK(account.called.size() == 3);
    CHECK_FALSE(result_in(call).bool_at("successful", true));
    CHECK(result_in(call).string_at("content").find("502") != std::string::npos);
    CHECK(call.string_at("transcript").ends_with("Agent: Done\n"));

    tooled_account once(R"({"type":"custom","name":"f","url":"http://127.0.0.1:9/f"})");
    once.answer = account.answer;
    once.use("f");
    CHECK(once.called.size() == 1);
    CHECK(once.called[0].timeout == 2min);
}

TEST_CASE("simulated functions: a long answer is cut after 15,000 characters, not bytes")
{
    tooled_account account(R"({"type":"custom","name":"f","url":"http://127.0.0.1:9/f"})");
    std::string text;
    for (int i = 0; i < 15'001; ++i) text += "\xc3\xa4";
    account.answer = [&](auto const&) { return webhook_outcome(200, text); };
    CHECK(result_in(account.use("f")).string_at("content").size() == 30'000);
}

TEST_CASE("simulated functions: tools of states are found; those of other kinds answer by script")
{
    tooled_account account(
        R"({"type":"check_availability_cal","name":"cal","cal_api_key":"k","event_type_id":1})");
    account.use("deep");
    CHECK(account.called.size() == 1);
    auto const call = account.use("cal");
    CHECK(account.called.size() == 1);
    CHECK(result_in(call).string_at("content") == "success");
    CHECK(account.use("bye").string_at("disconnection_reason") == "agent_hangup");
    CHECK_FALSE(account.use("bye").find("transcript"));
}

TEST_CASE("simulated functions: an answer after the call has ended changes nothing")
{
    tooled_account account(book);
    json::object const script{{"steps", json::array{json::object{{"tool", "book"}}}}};
    auto const web = account.expect(200, "POST", "/__simulator/calls",
        json::object{
            {"direction", "web"}, {"agent_id", account.agent_with_tool}, {"script", script}});
    std::string const id(web.string_at("call_id"));
    account.wait(1s);
    auto const sent = account.sim.take_deliveries();
    auto const f = std::ranges::find(sent, "function", &webhook_delivery::event);
    REQUIRE(f != sent.end());
    account.expect(204, "POST", "/v2/stop-call/" + id);
    auto const before = json::to_text(account.call(id));
    account.sim.settle(*f, {200, "late"});
    CHECK(json::to_text(account.call(id)) == before);
}
