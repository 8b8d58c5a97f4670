#include <trunkline/sync/merge.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace trunkline;
using namespace trunkline::sync;
using retell::resource_kind;

namespace {

using strings = std::vector<std::string>;

merge_result merged(resource_kind kind, char const* base, char const* local, char const* remote,
    prefer p = prefer::neither)
{
    return merge(kind, json::parse(base), json::parse(local), json::parse(remote), p);
}

template <class Entry>
strings paths(std::vector<Entry> const& entries)
{
    strings out;
    for (auto const& e : entries) out.push_back(e.path);
    return out;
}

std::string text(std::optional<json::value> const& v)
{
    return v ? json::to_text(*v) : "absent";
}

auto const of_agent = resource_kind::agent;
auto const of_llm = resource_kind::llm;
auto const flow = resource_kind::flow;

} // namespace

TEST_CASE("merge: the same field changed on both sides is a conflict with all three values")
{
    auto const m = merged(of_llm, R"({"general_prompt":"A"})", R"({"general_prompt":"C"})",
        R"({"llm_id":"l","general_prompt":"B"})");
    REQUIRE(paths(m.conflicts) == strings{"general_prompt"});
    CHECK(text(m.conflicts[0].base) == R"("A")");
    CHECK(text(m.conflicts[0].local) == R"("C")");
    CHECK(text(m.conflicts[0].remote) == R"("B")");
    CHECK(json::to_text(m.merged) == R"({"llm_id":"l","general_prompt":"B"})");
}

TEST_CASE("merge: different fields merge without a question")
{
    auto const m = merged(of_agent, R"({"agent_name":"a","voice_speed":1,"voice_id":"v"})",
        R"({"agent_name":"b","voice_speed":1,"voice_id":"v"})",
        R"({"voice_speed":1.2,"agent_name":"a","voice_id":"v"})");
    CHECK(m.conflicts.empty());
    CHECK(json::to_text(m.merged) == R"({"voice_speed":1.2,"agent_name":"b","voice_id":"v"})");
    CHECK(paths(m.local_changes) == strings{"agent_name"});
    CHECK(paths(m.remote_changes) == strings{"voice_speed"});
}

TEST_CASE("merge: the same change on both sides is no conflict and nothing to write")
{
    auto const m =
        merged(of_agent, R"({"agent_name":"a"})", R"({"agent_name":"b"})", R"({"agent_name":"b"})");
    CHECK(m.conflicts.empty());
    CHECK(json::to_text(m.merged) == R"({"agent_name":"b"})");
    CHECK(changes(of_agent, json::parse(R"({"agent_name":"b"})"), m.merged).empty());
}

TEST_CASE("merge: items of a list with keys come, go and change on their own")
{
    char const* base = R"({"general_tools":[{"name":"Y","url":"u"},{"name":"Z"},{"name":"K"}]})";
    auto const m =
        merged(of_llm, base, R"({"general_tools":[{"name":"Y","url":"u2"},{"name":"K"}]})",
            R"({"general_tools":[{"name":"X"},{"name":"Y","url":"u"},{"name":"K"}]})");
    CHECK(m.conflicts.empty());
    CHECK(json::to_text(m.merged) ==
        R"({"general_tools":[{"name":"X"},{"name":"Y","url":"u2"},{"name":"K"}]})");
    CHECK(paths(m.local_changes) == strings{"general_tools[Y].url", "general_tools[Z]"});
    CHECK(paths(m.remote_changes) == strings{"general_tools[Z]", "general_tools[X]"});
}

TEST_CASE("merge: two edits of one item's field conflict there and nowhere else")
{
    auto const m = merged(flow, R"({"tools":[{"tool_id":"Y","url":"u","method":"GET"}]})",
        R"({"tools":[{"tool_id":"Y","url":"u1","method":"PUT"}]})",
        R"({"tools":[{"tool_id":"Y","url":"u2","method":"GET"},{"tool_id":"X"}]})");
    CHECK(paths(m.conflicts) == strings{"tools[Y].url"});
    CHECK(json::to_text(m.merged) ==
        R"({"tools":[{"tool_id":"Y","url":"u2","method":"PUT"},{"tool_id":"X"}]})");
}

TEST_CASE("merge: an edit against a delete is a conflict, either way round")
{
    char const* both = R"({"general_tools":[{"name":"Y","url":"u"}]})";
    char const* edited = R"({"general_tools":[{"name":"Y","url":"new"}]})";
    char const* gone = R"({"general_tools":[]})";
    auto const theirs = merged(of_llm, both, edited, gone);
    REQUIRE(paths(theirs.conflicts) == strings{"general_tools[Y]"});
    CHECK(text(theirs.conflicts[0].remote) == "absent");
    CHECK(json::to_text(theirs.merged) == gone);
    auto const ours = merged(of_llm, both, gone, edited);
    REQUIRE(paths(ours.conflicts) == strings{"general_tools[Y]"});
    CHECK(text(ours.conflicts[0].local) == "absent");
    CHECK(json::to_text(ours.merged) == edited);
    CHECK(json::to_text(merged(of_llm, both, edited, gone, prefer::local).merged) == edited);
    CHECK(json::to_text(merged(of_llm, both, gone, edited, prefer::local).merged) == gone);
    CHECK(merged(of_llm, both, gone, edited, prefer::local).conflicts.empty());
    CHECK(merged(of_llm, both, gone, edited, prefer::remote).conflicts.empty());
}

TEST_CASE("merge: a preference settles every conflict and nothing else")
{
    char const* base = R"({"agent_name":"a","voice_speed":1.1,"timezone":"X"})";
    char const* local = R"({"agent_name":"l","voice_speed":1.1,"timezone":"L"})";
    char const* remote = R"({"agent_name":"r","voice_speed":1.3,"timezone":"X"})";
    CHECK(json::to_text(merged(of_agent, base, local, remote, prefer::local).merged) ==
        R"({"agent_name":"l","voice_speed":1.3,"timezone":"L"})");
    CHECK(json::to_text(merged(of_agent, base, local, remote, prefer::remote).merged) ==
        R"({"agent_name":"r","voice_speed":1.3,"timezone":"L"})");
}

TEST_CASE(
    "merge: what the author does not mention at the top is not managed, further down it is deleted")
{
    auto const m = merged(of_agent, R"({"agent_name":"a","voice_speed":1.5,
            "voicemail_option":{"action":{"type":"hangup"},"detection_prompt":"d"}})",
        R"({"agent_name":"b","voicemail_option":{"action":{"type":"hangup"}}})",
        R"({"agent_name":"a","voice_speed":1.6,
            "voicemail_option":{"action":{"type":"hangup"},"detection_prompt":"d"}})");
    CHECK(m.conflicts.empty());
    CHECK(json::to_text(m.merged) ==
        R"({"agent_name":"b","voice_speed":1.6,"voicemail_option":{"action":{"type":"hangup"}}})");
    CHECK(paths(m.local_changes) == strings{"agent_name", "voicemail_option.detection_prompt"});
}

TEST_CASE("merge: null clears, and equals absent only where the catalogue says so")
{
    auto const m = merged(of_agent, R"({"webhook_url":"https://a"})", R"({"webhook_url":null})",
        R"({"webhook_url":"https://a"})");
    CHECK(json::to_text(m.merged) == R"({"webhook_url":null})");
    CHECK(paths(m.local_changes) == strings{"webhook_url"});
    CHECK(changes(of_agent, json::parse(R"({"webhook_url":null})"), json::parse("{}")).empty());
    CHECK(paths(changes(of_agent, json::parse(R"({"what":null})"), json::parse("{}"))) ==
        strings{"what"});
}

TEST_CASE("merge: defaults and fills are no changes")
{
    auto const m = merged(flow, R"({"nodes":[{"id":"n","type":"end"}]})",
        R"({"nodes":[{"id":"n","type":"end","name":"N"}]})",
        R"({"kb_config":{"top_k":3,"filter_score":0.6},"nodes":[{"id":"n","type":"end","skippable":false}]})");
    CHECK(m.conflicts.empty());
    CHECK(m.remote_changes.empty());
    CHECK(paths(m.local_changes) == strings{"nodes[n].name"});
    CHECK(json::to_text(m.merged) ==
        R"({"kb_config":{"top_k":3,"filter_score":0.6},)"
        R"("nodes":[{"id":"n","type":"end","skippable":false,"name":"N"}]})");
    CHECK(changes(of_agent, json::parse(R"({"voice_speed":1.0})"), json::parse("{}")).empty());
    CHECK(changes(
        of_agent, json::parse(R"({"language":"de-DE"})"), json::parse(R"({"language":["de-DE"]})"))
              .empty());
}

TEST_CASE("merge: a fill the author does not repeat stays, one the author changes is written")
{
    char const* base = R"({"nodes":[{"id":"n","skippable":true,"kb_config":{"top_k":5}}]})";
    auto const silent = merged(flow, base, R"({"nodes":[{"id":"n"}]})", base);
    CHECK(silent.local_changes.empty());
    CHECK(json::to_text(silent.merged) == base);
    auto const written = merged(flow, base, R"({"nodes":[{"id":"n","skippable":false}]})", base);
    CHECK(paths(written.local_changes) == strings{"nodes[n].skippable"});
    CHECK_FALSE(written.merged.at_or_null("nodes").as_array()[0].bool_at("skippable", true));
}

TEST_CASE("merge: bookkeeping is the remote's, layout is the local's if only it moved")
{
    auto const m = merged(flow,
        R"({"version":1,"nodes":[{"id":"a","display_position":{"x":1}},{"id":"b","display_position":{"x":1}}]})",
        R"({"version":9,"nodes":[{"id":"a","display_position":{"x":2}},{"id":"b","display_position":{"x":2}}]})",
        R"({"version":2,"nodes":[{"id":"a","display_position":{"x":1}},{"id":"b","display_position":{"x":3}}]})");
    CHECK(m.conflicts.empty());
    CHECK(m.local_changes.empty());
    CHECK(m.remote_changes.empty());
    CHECK(json::to_text(m.merged) ==
        R"({"version":2,"nodes":[{"id":"a","display_position":{"x":2}},{"id":"b","display_position":{"x":3}}]})");
    auto const engine =
        merged(of_agent, R"({"response_engine":{"type":"retell-llm","llm_id":"l","version":1}})",
            R"({"response_engine":{"type":"retell-llm","llm_id":"l"}})",
            R"({"response_engine":{"type":"retell-llm","llm_id":"l","version":4}})");
    CHECK(engine.remote_changes.empty());
    CHECK(engine.merged.at_or_null("response_engine").int_at("version") == 4);
}

TEST_CASE("merge: sets take additions and removals of both sides")
{
    auto const m = merged(of_agent, R"({"boosted_keywords":["a","b","c"]})",
        R"({"boosted_keywords":["d","c","b"]})", R"({"boosted_keywords":["e","a","b"]})");
    CHECK(m.conflicts.empty());
    CHECK(json::to_text(m.merged) == R"({"boosted_keywords":["e","b","d"]})");
    // Absent means the documented default: only that can have been removed from.
    auto const events = merged(of_agent, "{}", R"({"webhook_events":["call_started","call_ended"]})",
        R"({"webhook_events":["call_started","call_ended","call_analyzed","transfer_started"]})");
    CHECK(json::to_text(events.merged) ==
        R"({"webhook_events":["call_started","call_ended","transfer_started"]})");
    auto const cleared = merged(of_agent, R"({"boosted_keywords":["a"]})",
        R"({"boosted_keywords":null})", R"({"boosted_keywords":["a","b"]})");
    CHECK(paths(cleared.conflicts) == strings{"boosted_keywords"});
}

TEST_CASE("merge: maps merge per key, lists without keys and unknown fields as one value")
{
    auto const map = merged(of_llm, R"({"default_dynamic_variables":{"a":"1","b":"1"}})",
        R"({"default_dynamic_variables":{"a":"2","b":"1","c":"l"}})",
        R"({"default_dynamic_variables":{"b":"2","a":"1","c":"r"}})");
    CHECK(paths(map.conflicts) == strings{"default_dynamic_variables.c"});
    CHECK(json::to_text(map.merged) == R"({"default_dynamic_variables":{"b":"2","a":"2","c":"r"}})");

    auto const schema = merged(of_llm,
        R"({"general_tools":[{"name":"t","parameters":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}}]})",
        R"({"general_tools":[{"name":"t","parameters":{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"number"}},"required":["a","b"]}}]})",
        R"({"general_tools":[{"name":"t","parameters":{"type":"object","properties":{"a":{"type":"string","description":"d"}},"required":[]}}]})");
    CHECK(schema.conflicts.empty());
    CHECK(json::to_text(schema.merged) ==
        R"({"general_tools":[{"name":"t","parameters":{"type":"object","properties":{"a":{"type":"string","description":"d"},"b":{"type":"number"}},"required":["b"]}}]})");

    CHECK(paths(merged(of_agent, R"({"fallback_voice_ids":["a"]})",
              R"({"fallback_voice_ids":["a","b"]})", R"({"fallback_voice_ids":["a","c"]})")
                    .conflicts) == strings{"fallback_voice_ids"});
    CHECK(paths(merged(of_agent, R"({"new":{"x":1,"y":1}})", R"({"new":{"x":2,"y":1}})",
              R"({"new":{"x":1,"y":2}})")
                    .conflicts) == strings{"new"});
    CHECK(paths(merged(resource_kind::phone_number,
              R"({"inbound_agents":[{"agent_id":"a","weight":1}]})",
              R"({"inbound_agents":[{"agent_id":"b","weight":1}]})",
              R"({"inbound_agents":[{"agent_id":"a","weight":1.0,"agent_version":4}]})")
                    .conflicts) == strings{"inbound_agents"});
}

TEST_CASE("merge: lists whose keys are missing or not unique merge as one value")
{
    char const* twice = R"({"general_tools":[{"name":"a","url":"1"},{"name":"a","url":"2"}]})";
    auto const m = merged(of_llm, twice,
        R"({"general_tools":[{"name":"a","url":"3"},{"name":"a","url":"2"}]})",
        R"({"general_tools":[{"name":"a","url":"1"},{"name":"a","url":"4"}]})");
    CHECK(paths(m.conflicts) == strings{"general_tools"});
    CHECK(paths(m.local_changes) == strings{"general_tools"});
    auto const quiet = merged(of_llm, twice, twice, R"({"general_tools":[{"url":"no name"}]})");
    CHECK(json::to_text(quiet.merged) == R"({"general_tools":[{"url":"no name"}]})");
    CHECK(paths(quiet.remote_changes) == strings{"general_tools"});
}

TEST_CASE("merge: remote order, additions behind what they follow, a reorder of one side counts")
{
    auto const order = [](char const* base, char const* local, char const* remote) {
        auto const nodes = [](char const* ids) {
            json::array out;
            for (auto c = ids; *c; ++c) out.push_back(json::object{{"id", std::string(1, *c)}});
            return json::value(json::object{{"nodes", out}});
        };
        auto const m = merge(flow, nodes(base), nodes(local), nodes(remote));
        std::string out = m.conflicts.empty() ? "" : m.conflicts[0].path + ": ";
        for (auto const& n : m.merged.at_or_null("nodes").as_array()) out += n.string_at("id");
        return out;
    };
    CHECK(order("abc", "abc", "cab") == "cab");
    CHECK(order("abc", "axbcy", "abc") == "axbcy");
    CHECK(order("abc", "axbc", "cba") == "cbax");
    CHECK(order("abc", "xabc", "dabc") == "xdabc");
    CHECK(order("abc", "xyabc", "ac") == "xyac");
    CHECK(order("abc", "cba", "abzc") == "cbza");
    CHECK(order("abc", "cba", "cba") == "cba");
    CHECK(order("abc", "cba", "bac") == "nodes (order): bac");
    CHECK(order("abc", "bxc", "abc") == "bxc");
    auto const listed = changes(flow, json::parse(R"({"nodes":[{"id":"a"},{"id":"b"},{"id":"c"}]})"),
        json::parse(R"({"nodes":[{"id":"c"},{"id":"a"}]})"));
    REQUIRE(paths(listed) == strings{"nodes[b]", "nodes (order)"});
    CHECK(text(listed[1].before) == R"(["a","c"])");
    CHECK(text(listed[1].after) == R"(["c","a"])");
}

TEST_CASE("merge: an object that became another type is not mixed with the old one")
{
    char const* base = R"({"voicemail_option":{"action":{"type":"prompt","text":"a"}}})";
    char const* other_type = R"({"voicemail_option":{"action":{"type":"hangup"}}})";
    char const* other_text = R"({"voicemail_option":{"action":{"type":"prompt","text":"b"}}})";
    auto const m = merged(of_agent, base, other_type, other_text);
    CHECK(paths(m.conflicts) == strings{"voicemail_option.action"});
    CHECK(json::to_text(merged(of_agent, base, other_type, base).merged) == other_type);
    CHECK(json::to_text(merged(of_agent, base, base, other_text).merged) == other_text);
}

TEST_CASE("merge: numbers compare by value, secrets as references")
{
    CHECK(merged(
        of_agent, R"({"voice_speed":1.20})", R"({"voice_speed":1.2})", R"({"voice_speed":1.5})")
              .conflicts.empty());
    auto const m = merged(of_llm, R"({"general_tools":[{"name":"t","headers":{"A":"@secret:1"}}]})",
        R"({"general_tools":[{"name":"t","headers":{"A":"@secret:2"}}]})",
        R"({"general_tools":[{"name":"t","headers":{"A":"@secret:3","B":"@secret:4"}}]})");
    CHECK(paths(m.conflicts) == strings{"general_tools[t].headers.A"});
    CHECK(paths(m.remote_changes) ==
        strings{"general_tools[t].headers.A", "general_tools[t].headers.B"});
}

TEST_CASE("merge: a password that cannot be read back is a local change and never a conflict")
{
    auto const m = merged(resource_kind::phone_number, R"({"auth_password":"@secret:1"})",
        R"({"auth_password":"@secret:2"})", R"({"phone_number":"+1"})");
    CHECK(m.conflicts.empty());
    CHECK(paths(m.local_changes) == strings{"auth_password"});
    CHECK(m.remote_changes.empty());
    CHECK(m.merged.string_at("auth_password") == "@secret:2");
}

TEST_CASE("merge: unknown members and remote number spellings survive in place")
{
    auto const m = merged(of_agent, R"({"agent_name":"a"})", R"({"agent_name":"b"})",
        R"({"zz":1e2,"agent_name":"a","voice_speed":1.50,"aa":[1.0,{"k":"v"}]})");
    CHECK(json::to_text(m.merged) ==
        R"({"zz":1e2,"agent_name":"b","voice_speed":1.50,"aa":[1.0,{"k":"v"}]})");
}

TEST_CASE("merge: paths of odd names stay unambiguous")
{
    auto const listed = changes(of_llm,
        json::parse(R"({"general_tools":[{"name":"a]b","headers":{"x.y":"1"}}],"metadata":{"":1}})"),
        json::parse(R"({"general_tools":[{"name":"a]b","headers":{"x.y":"2"}}],"metadata":{"":2}})"));
    CHECK(paths(listed) == strings{R"(general_tools["a]b"].headers["x.y"])", R"(metadata[""])"});
}
