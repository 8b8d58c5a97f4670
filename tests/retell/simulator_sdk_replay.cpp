// What the official SDK puts on the wire in its own resource tests, replayed against the simulator.
// Each request meets a fresh account that holds the ids it names.

#include "simulator_forms.hpp"

#include <trunkline/http/url.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace trunkline;
using namespace trunkline::retell;

namespace {

std::filesystem::path recorded_requests()
{
    auto const* given = std::getenv("TRUNKLINE_SHARED");
    std::filesystem::path const shared = given ? given : TRUNKLINE_SOURCE_DIR "/../shared";
    return shared / "retell" / "sdk-requests-5.60.0.jsonl";
}

json::value versions(
    std::string_view id_member, std::string_view id, json::object const& content, int count)
{
    json::array out;
    for (int i = 0; i < count; ++i) {
        auto document = content;
        document.set(id_member, id);
        document.set("version", i);
        document.set("is_published", i % 2 == 0 && i + 1 < count);
        out.emplace_back(std::move(document));
    }
    return json::object{{id_member, id}, {"versions", std::move(out)}};
}

void add_plain_resources(json::object& state)
{
    auto const hold = [&](std::string_view member, std::initializer_list<char const*> documents) {
        json::array list;
        for (auto const* text : documents) list.push_back(json::parse(text));
        state.set(member, std::move(list));
    };
    hold("conversation_flow_components",
        {R"({"conversation_flow_component_id":"conversation_flow_component_id","name":"n","nodes":[]})"});
    hold("test_case_definitions",
        {R"({"test_case_definition_id":"test_case_definition_id","name":"n"})",
            R"({"test_case_definition_id":"string","name":"n"})"});
    hold("batch_tests", {R"({"test_case_batch_job_id":"test_case_batch_job_id"})"});
    hold("knowledge_bases",
        {R"({"knowledge_base_id":"kb_1234567890","status":"complete","knowledge_base_sources":[
            {"type":"url","source_id":"source_1234567890","url":"https://a.example"}]})"});
    state.set("mcp_servers", json::object{{"mcp-server-1", json::array()}});
    hold("test_runs", {R"({"test_case_job_id":"test_case_job_id"})"});
}

/// An account in which everything the recorded requests name exists.
json::value named_things(bool with_number, bool chat)
{
    json::array agents, llms;
    json::object const agent{
        {"voice_id", "retell-Cimo"}, {"response_engine", json::object{{"type", "custom-llm"}}}};
    for (auto const* id : {"16b980523634a6dc504898cda492e939", "oBeDLoLOeuAbiuaMFXRtDOLriTJ5tSxD",
             "agent_xxx", "agent_id"})
    {
        auto record = versions("agent_id", id, agent, 17);
        if (chat) record.as_object().set("channel", "chat");
        agents.push_back(std::move(record));
    }
    for (auto const* id : {"16b980523634a6dc504898cda492e939", "oBeDLoLOeuAbiuaMFXRtDOLriTJ5tSxD",
             "llm_234sdertfsdsfsdf", "llm_id"})
        llms.push_back(versions("llm_id", id, {}, 2));
    json::object state{{"format", 1}, {"agents", std::move(agents)},
        {"retell_llms", std::move(llms)},
        {"conversation_flows",
            json::array{versions("conversation_flow_id", "conversation_flow_id", {}, 1)}}};
    add_plain_resources(state);
    if (with_number) {
        json::array const bound{
            json::object{{"agent_id", "oBeDLoLOeuAbiuaMFXRtDOLriTJ5tSxD"}, {"weight", 1}}};
        json::array numbers;
        for (auto const* number : {"+14157774444", "+12137771234"})
            numbers.emplace_back(
                json::object{{"phone_number", number}, {"phone_number_type", "custom"},
                    {"outbound_agents", bound}, {"outbound_sms_agents", bound}});
        state.set("phone_numbers", std::move(numbers));
    }
    return state;
}

/// The calls and chats the requests name, in the state in which what is asked can be done.
void add_conversations(json::value& state, std::string_view path)
{
    bool const live = path.find("live-call") != path.npos || path.find("stop-call") != path.npos;
    json::array calls, chats;
    for (auto const* id : {"119c3f8e47135a29e65947eeb34cf12d", "call_a4441234567890777c4a4a123e6",
             "call_119c3f8e47135a29e65947eeb34cf12d"})
        calls.emplace_back(json::object{{"call",
            json::object{{"call_id", id}, {"call_type", "phone_call"},
                {"call_status", live ? "ongoing" : "ended"}}}});
    bool const over = path.find("rerun") != path.npos;
    for (auto const* id : {"16b980523634a6dc504898cda492e939", "chat_98c1a2157aa0559144d67bb0729",
             "oBeDLoLOeuAbiuaMFXRtDOLriTJ5tSxD", "chat_16b980523634a6dc504898cda492e939"})
        chats.emplace_back(json::object{
            {"chat", json::object{{"chat_id", id}, {"chat_status", over ? "ended" : "ongoing"}}}});
    state.as_object().set("calls", std::move(calls));
    state.as_object().set("chats", std::move(chats));
}

/// Bodies name agents of their own invention: those exist as well.
void add_bound_agents(json::value& state, json::value const& body)
{
    json::array& agents = state.find("agents")->as_array();
    for (auto const* list :
        {"inbound_agents", "outbound_agents", "inbound_sms_agents", "outbound_sms_agents"})
    {
        json::value const& bindings = body.at_or_null(list);
        if (!bindings.is_array()) continue;
        for (json::value const& b : bindings.as_array()) {
            auto const id = b.string_at("agent_id");
            if (std::ranges::any_of(
                    agents, [&](json::value const& a) { return a.string_at("agent_id") == id; }))
                continue;
            agents.push_back(versions("agent_id", id, {{"voice_id", "retell-Cimo"}}, 3));
        }
    }
}

http::request request_of(json::value const& line)
{
    http::request r;
    r.method = line.string_at("method");
    r.target = line.string_at("path");
    char mark = '?';
    if (json::value const* query = line.find("query"); query && query->is_array())
        for (json::value const& q : query->as_array()) {
            r.target += mark + http::encode_query_component(q.as_array()[0].string_or({})) + '=' +
                http::encode_query_component(q.as_array()[1].string_or({}));
            mark = '&';
        }
    r.headers.set("Authorization", "Bearer k");
    if (json::value const* body = line.find("body"); body && !body->is_null())
        r.body = json::to_text(*body);
    if (json::value const* parts = line.find("parts"); parts && parts->is_array()) {
        test_form form;
        for (json::value const& p : parts->as_array()) {
            auto const name = p.string_at("name"), value = p.string_at("value");
            if (p.find("filename")) form.file(name, p.string_at("filename"), value);
            else form.field(name, value);
        }
        r.headers.set("Content-Type", test_form::content_type);
        r.body = form.text();
    }
    return r;
}

} // namespace

TEST_CASE("simulator: the official SDK's own requests get the statuses it expects")
{
    std::ifstream file(recorded_requests());
    if (!file) {
        MESSAGE("skipped: no recorded requests (set TRUNKLINE_SHARED)");
        return;
    }
    int replayed = 0, answered_by_empty = 0;
    for (std::string text; std::getline(file, text);) {
        auto const line = json::parse(text);
        auto const path = line.string_at("path");
        auto const expected = line.find("expect")->as_array()[0].string_or({});
        auto state = named_things(
            path != "/import-phone-number", path.find("chat-agent") != std::string_view::npos);
        add_bound_agents(state, line.at_or_null("body"));
        add_conversations(state, path);
        simulator_options options;
        options.check_weights = false; // the SDK's example is half an agent
        options.check_cursors = false; // and its cursor is the word "pagination_key"
        simulated_account account(options), empty(options);
        account.sim.load_state(state);
        auto const reply = account.sim.handle(request_of(line));
        INFO(text);
        INFO(reply.body);
        CHECK(std::to_string(reply.status) == expected);
        ++replayed;
        // The same in an account that holds nothing: what names a thing is refused there.
        if (expected != "404") answered_by_empty += empty.sim.handle(request_of(line)).status < 300;
    }
    CHECK(replayed == 127);
    CHECK(answered_by_empty < 40);
    MESSAGE("replayed " << replayed << ", of these also answered by an empty account "
                        << answered_by_empty);
}
